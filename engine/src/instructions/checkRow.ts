/** One row checked: what is wrong with it, where in its text, and what it says, to be compared with other rows. */
import { createHash } from 'node:crypto';
import type { Steps } from '../base/steps.ts';
import { templateOf } from '../data/templates.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Conversation, type FieldFault, readFields, type RowForm, type Said } from './fields.ts';
import { languagesDiffer } from './language.ts';
import { rowLength, type RowTemplate, surelyFits, templateFor } from './length.ts';
import { parseRow, RowPlaces, type RowRange } from './row.ts';
import type { RowFinding, RowRuleId } from './rule.ts';
import { truncatedAt } from './truncated.ts';

export interface RowOptions {
  /** Absent: lengths are not told. */
  readonly tokenizer?: Tokenizer | undefined;
  readonly template: RowTemplate;
  /** Tokens that a training reads of a row. */
  readonly length: number;
}

/** As run specs have it where they say nothing else. */
export const defaultRowOptions = { template: 'auto', length: 2048 } as const satisfies RowOptions;

export interface CheckedRow {
  readonly form: RowForm;
  /** In the order of the row's text. */
  readonly findings: readonly RowFinding[];
  /** Equal for rows that say the same; absent for those that say nothing. */
  readonly says?: string;
  /** What is marked where the row is one too many. */
  readonly head: RowRange;
}

/** Rows' own word for what shall not be told of them: ids of rules, or none for all. */
const silencer = 'bllossom-disable';

/** Checks a row by itself. `text` is the row alone, without a line's end. Pauses where a row is long. */
export function* checkRow(text: string, options: RowOptions): Steps<CheckedRow> {
  const parsed = parseRow(text);
  if (!parsed.ok) {
    const { what, torn, range } = parsed;
    const finding: RowFinding = { rule: 'row-syntax', variant: torn ? 'torn' : 'json', values: { what }, ...range };
    return { form: 'broken', findings: [finding], head: range };
  }
  const { value } = parsed;
  const { form, faults, conversation } = readFields(value);
  const places = new RowPlaces(text);
  const silent = silencedBy(value);
  const findings: RowFinding[] = [];
  const tell = (rule: RowRuleId, variant: string, range: () => RowRange, values?: RowFinding['values']): void => {
    if (!silent(rule)) findings.push({ rule, variant, ...(values === undefined ? {} : { values }), ...range() });
  };
  for (const fault of faults) tell('row-field', fault.variant, () => placeOf(fault, places), fault.values);
  const head = { start: text.length - text.trimStart().length, end: text.trimEnd().length };
  if (conversation === undefined) return { form, findings, head };
  checkTexts(conversation, places, tell);
  yield* checkLength(conversation, options, places, tell);
  findings.sort((a, b) => a.start - b.start || a.end - b.end);
  return silent('row-duplicate')
    ? { form, findings, head }
    : { form, findings, says: saidBy(conversation), head: headOf(text, head) };
}

type Tell = (rule: RowRuleId, variant: string, range: () => RowRange, values?: RowFinding['values']) => void;

function checkTexts({ turns }: Conversation, places: RowPlaces, tell: Tell): void {
  let before = '';
  for (const { question, input, answer } of turns) {
    const asks = question.text.trim() !== '' || (input?.text ?? '').trim() !== '';
    if (!asks) tell('row-empty', 'question', () => places.value(question.path));
    if (answer.text.trim() === '') {
      tell('row-empty', 'answer', () => places.value(answer.path));
      continue;
    }
    for (const said of [question, ...(input === undefined ? [] : [input]), answer]) checkSpaces(said, places, tell);
    // What was asked for before may go on: `Answer in English from now on.`
    before = `${question.text}\n${before}`.slice(0, 2000);
    const differ = languagesDiffer(before, input?.text ?? '', answer.text);
    if (differ !== undefined) tell('row-language', 'differs', () => places.value(answer.path), { ...differ });
    const torn = truncatedAt(answer.text);
    if (torn === undefined) continue;
    const values = torn.end === undefined ? undefined : { end: torn.end };
    tell('row-truncated', torn.variant, () => places.within(answer.path, torn.start, torn.stop), values);
  }
}

/** Of a text that is nothing but spaces another rule tells, or it is an input that may be empty. */
function checkSpaces({ text, path }: Said, places: RowPlaces, tell: Tell): void {
  if (text.trim() === '' || text.trim() === text) return;
  const where = text.trimStart() === text ? 'behind' : text.trimEnd() === text ? 'before' : 'both';
  tell('row-space', 'around', () => places.value(path), { where });
}

function* checkLength(conversation: Conversation, options: RowOptions, places: RowPlaces, tell: Tell): Steps<void> {
  const { tokenizer, length } = options;
  const name = templateFor(options.template, conversation);
  const { turns, system } = conversation;
  const template: { readonly turns: string; readonly system?: unknown; readonly systemInTurn?: unknown } =
    templateOf(name);
  const first = turns[0]!.question.path;
  if ((system?.text ?? '') !== '' && template.system === undefined && template.systemInTurn === undefined) {
    tell('row-template', 'system', () => places.value(system!.path), { template: name });
    return;
  }
  if (turns.length > 1 && template.turns === 'one') {
    tell('row-template', 'turns', () => places.value(first), { template: name, turns: turns.length });
    return;
  }
  if (tokenizer === undefined || surelyFits(conversation, name, length)) return;
  const { tokens, prompt, cut } = (yield* rowLength(conversation, name, tokenizer, length)) ?? { tokens: 0, prompt: 0 };
  if (cut === undefined) return;
  const values = { tokens, prompt, length, over: tokens - length, template: name };
  if (prompt >= length) tell('row-too-long', 'prompt', () => places.value(first), values);
  else {
    const { said, at } = cut;
    tell('row-too-long', 'answer', () => places.within(said.path, at, said.text.length), values);
  }
}

/** What of a row is marked. */
export function placeOf({ path, at }: FieldFault, places: RowPlaces): RowRange {
  switch (at) {
    case 'value':
      return places.value(path);
    case 'key':
      return places.key(path);
    case 'head':
      return places.head(path);
    default:
      return at satisfies never;
  }
}

/** The first member's name, which is short. */
function headOf(text: string, row: RowRange): RowRange {
  const name = /^\s*\{\s*("(?:[^"\\]|\\.)*")/.exec(text);
  return name === null ? row : { start: name[0].length - name[1]!.length, end: name[0].length };
}

function silencedBy(value: unknown): (rule: RowRuleId) => boolean {
  const said =
    typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[silencer] : undefined;
  if (said === undefined || said === false) return () => false;
  const ids: readonly string[] = typeof said === 'string' ? (said.match(/[\w-]+/g) ?? []) : [];
  return (rule) => ids.length === 0 || ids.includes(rule);
}

/** A digest of questions and answers without differences of spaces and of composed letters. */
function saidBy({ system, turns }: Conversation): string {
  const texts = [
    system?.text,
    ...turns.flatMap(({ question, input, answer }) => [question.text, input?.text, answer.text]),
  ];
  const plain = texts.map((text = '') => text.normalize('NFC').replace(/\s+/g, ' ').trim());
  return createHash('sha1').update(JSON.stringify(plain)).digest('base64');
}
