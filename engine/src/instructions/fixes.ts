/**
 * What can be done about a row without guessing what its writer meant: each fix is an order in words and edits that leave JSON behind
 * them. Nothing here is done in silence: to delete a row, or a space, is for a person to say.
 */
import type { Edit } from '../base/edit.ts';
import { type Steps } from '../base/steps.ts';
import type { Language } from '../lint/rule.ts';
import { placeOf } from './checkRow.ts';
import { chatForms, readFields, type Said } from './fields.ts';
import type { InstructionFinding, InstructionKind } from './instructionText.ts';
import { parseRow, type Path, RowPlaces, type RowRange } from './row.ts';
import { arrayItems } from './splitRows.ts';

export type RowFixName =
  | 'delete' // the row
  | 'deleteSame' // the row, which says what one before it says
  | 'trim' // spaces around a text
  | 'cut' // what is left of a character
  | 'quote' // a number or a truth value as text
  | 'remove' // a field that is null
  | 'emptyHistory'
  | 'role' // a role by its name in this form
  | 'unanswered' // the last question
  | 'comma'; // behind a row of JSON lines

export interface RowFix {
  readonly name: RowFixName;
  readonly values: Readonly<Record<string, string | number>>;
  /** In the whole text, in order, without overlaps. */
  readonly edits: readonly Edit[];
}

const titles: Readonly<Record<Language, Readonly<Record<RowFixName, string>>>> = {
  en: {
    delete: 'Delete row {row}',
    deleteSame: 'Delete row {row}, which says the same as row {first}',
    trim: 'Remove the spaces around the text',
    cut: 'Remove the torn character',
    quote: 'Write {value} as a text',
    remove: 'Remove "{field}"',
    emptyHistory: 'Write "history": []',
    role: 'Write the role "{role}"',
    unanswered: 'Remove the question without an answer',
    comma: 'Remove the comma behind the row',
  },
  ko: {
    delete: '{row}번째 행 지우기',
    deleteSame: '{first}번째 행과 같은 {row}번째 행 지우기',
    trim: '글 앞뒤의 공백 없애기',
    cut: '끊긴 글자 없애기',
    quote: '{value} 값을 글로 쓰기',
    remove: '"{field}" 필드 없애기',
    emptyHistory: '"history": [] 쓰기',
    role: '"{role}" 역할로 쓰기',
    unanswered: '답이 없는 질문 없애기',
    comma: '행 뒤의 쉼표 없애기',
  },
};

export const rowFixTitle = ({ name, values }: Pick<RowFix, 'name' | 'values'>, language: Language): string =>
  titles[language][name].replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ''));

/** Other names of roles, by the speaker that they mean. */
const speakers: Readonly<Record<string, 'system' | 'user' | 'assistant'>> = {
  system: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
};

/** What may be offered for a finding of a text; the first is the least that mends it. Pauses where rows of an array are looked for. */
export function* rowFixes(finding: InstructionFinding, text: string, kind: InstructionKind): Steps<readonly RowFix[]> {
  const { rule, variant, whole, row, values = {} } = finding;
  const fix = (name: RowFixName, edits: readonly Edit[], more: RowFix['values'] = {}): RowFix => ({
    name,
    values: { row, ...more },
    edits,
  });
  switch (rule) {
    case 'row-duplicate':
      return [fix('deleteSame', yield* deletion(text, kind, [whole]), { first: values['row'] ?? '' })];
    case 'row-empty':
      return [fix('delete', yield* deletion(text, kind, [whole]))];
    case 'row-syntax': {
      if (kind === 'json') return [];
      const written = text.slice(whole.start, whole.end);
      const comma = /,\s*$/.exec(written);
      const less = comma === null ? undefined : written.slice(0, comma.index);
      const ends = less !== undefined && parseRow(less).ok;
      const at = whole.start + (comma?.index ?? 0);
      return [
        ...(ends ? [fix('comma', [{ start: at, end: at + 1, text: '' }])] : []),
        fix('delete', yield* deletion(text, kind, [whole])),
      ];
    }
    case 'row-field':
    case 'row-space':
    case 'row-truncated': {
      const found = inRow(text.slice(whole.start, whole.end), {
        ...{ rule, variant, start: finding.start - whole.start, end: finding.end - whole.start },
      });
      if (found === undefined) return [];
      const edits = found.edits.map((e) => ({ ...e, start: e.start + whole.start, end: e.end + whole.start }));
      return [fix(found.name, edits, found.values)];
    }
    case 'row-language':
    case 'row-too-long':
    case 'row-template':
      return [];
    default:
      return rule satisfies never;
  }
}

interface InRow extends RowRange {
  readonly rule: 'row-field' | 'row-space' | 'row-truncated';
  readonly variant: string;
}

type Found = Pick<RowFix, 'name' | 'edits'> & { readonly values?: RowFix['values'] };

function inRow(row: string, finding: InRow): Found | undefined {
  const parsed = parseRow(row);
  if (!parsed.ok) return undefined;
  const read = readFields(parsed.value);
  const places = new RowPlaces(row);
  if (finding.rule === 'row-field') return ofField(row, finding, parsed.value, places);
  for (const said of textsOf(read.conversation)) {
    const place = places.value(said.path);
    if (finding.start < place.start || finding.end > place.end) continue;
    if (finding.rule === 'row-space') return { name: 'trim', edits: trimming(said, places) };
    const torn = /[\ud800-\udbff\ufffd]+\s*$/.exec(said.text);
    if (finding.variant !== 'character' || torn === null) return undefined;
    return { name: 'cut', edits: [{ ...places.within(said.path, torn.index, said.text.length), text: '' }] };
  }
  return undefined;
}

function textsOf(conversation: ReturnType<typeof readFields>['conversation']): readonly Said[] {
  const turns = conversation?.turns ?? [];
  return turns.flatMap(({ question, input, answer }) => [question, ...(input === undefined ? [] : [input]), answer]);
}

function trimming({ text, path }: Said, places: RowPlaces): Edit[] {
  const begin = text.length - text.trimStart().length;
  const end = text.trimEnd().length;
  return [
    ...(begin > 0 ? [{ ...places.within(path, 0, begin), text: '' }] : []),
    ...(end < text.length ? [{ ...places.within(path, end, text.length), text: '' }] : []),
  ];
}

function ofField(row: string, { variant, start, end }: InRow, value: unknown, places: RowPlaces): Found | undefined {
  const { form, faults } = readFields(value);
  const fault = faults.find((one) => {
    const place = placeOf(one, places);
    return one.variant === variant && place.start === start && place.end === end;
  });
  if (fault === undefined) return undefined;
  const { path } = fault;
  const there = at(value, path);
  const written = row.slice(start, end);
  const put = (text: string): readonly Edit[] => [{ start, end, text }];
  switch (variant) {
    case 'text':
      if (typeof there === 'number' || typeof there === 'boolean')
        return { name: 'quote', edits: put(JSON.stringify(written)), values: { value: written.slice(0, 40) } };
      // Only what a row may go without.
      return there === null && path.length === 1 && path[0] === 'system'
        ? { name: 'remove', edits: [{ ...places.item(path), text: '' }], values: { field: 'system' } }
        : undefined;
    case 'history':
      return there === '' || (isObject(there) && Object.keys(there).length === 0)
        ? { name: 'emptyHistory', edits: put('[]') }
        : undefined;
    case 'role': {
      if ((form !== 'messages' && form !== 'conversations') || typeof there !== 'string') return undefined;
      const name = there.trim().toLowerCase();
      const speaker = Object.hasOwn(speakers, name) ? speakers[name] : undefined;
      if (speaker === undefined) return undefined;
      const role = chatForms[form][speaker][0];
      return { name: 'role', edits: put(JSON.stringify(role)), values: { role } };
    }
    case 'unanswered': {
      // Of a chat that has no other question nothing would be left.
      const [name, index] = path;
      if (typeof name !== 'string' || typeof index !== 'number' || index < 2) return undefined;
      return { name: 'unanswered', edits: [{ ...places.item([name, index]), text: '' }] };
    }
    default:
      return undefined;
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inside, step) => (inside as Readonly<Record<string | number, unknown>> | null)?.[step], value);

/** The edits that take rows out of a text: with the ends of their lines, or with commas, so that JSON is left. */
export function* deletion(text: string, kind: InstructionKind, rows: readonly RowRange[]): Steps<readonly Edit[]> {
  const cuts = kind === 'json' ? yield* itemCuts(text, rows) : rows.map((row) => lineCut(text, row));
  const merged: { start: number; end: number; readonly text: '' }[] = [];
  for (const { start, end } of cuts) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end, text: '' });
  }
  return merged;
}

function lineCut(text: string, { start, end }: RowRange): RowRange {
  const next = /\r?\n/y;
  next.lastIndex = end;
  const behind = next.exec(text)?.[0].length ?? 0;
  if (behind > 0) return { start, end: end + behind };
  const before = /\r?\n$/.exec(text.slice(Math.max(0, start - 2), start))?.[0].length ?? 0;
  return { start: start - before, end };
}

function* itemCuts(text: string, rows: readonly RowRange[]): Steps<readonly RowRange[]> {
  const items = (yield* arrayItems(text)) ?? [];
  const gone = new Set(rows.map(({ start }) => start));
  const cuts: RowRange[] = [];
  for (let i = 0; i < items.length; i++) {
    if (!gone.has(items[i]!.start)) continue;
    let last = i;
    while (last + 1 < items.length && gone.has(items[last + 1]!.start)) last++;
    const next = items[last + 1];
    const before = items[i - 1];
    cuts.push(
      next !== undefined
        ? { start: items[i]!.start, end: next.start }
        : { start: before?.end ?? items[i]!.start, end: items[last]!.end },
    );
    i = last;
  }
  return cuts;
}

/** The edit that gives a row of Alpaca's form an empty "input" behind its "instruction"; undefined where there is nothing to give. */
export function rowInput(row: string): Edit | undefined {
  const parsed = parseRow(row);
  if (!parsed.ok) return undefined;
  const { form, conversation } = readFields(parsed.value);
  const value = parsed.value as Readonly<Record<string, unknown>>;
  if (form !== 'alpaca' || conversation === undefined || (value['input'] ?? undefined) !== undefined) return undefined;
  const places = new RowPlaces(row);
  if (value['input'] === null) return { ...places.value(['input']), text: '""' };
  const [key, said, item] = [places.key(['instruction']), places.value(['instruction']), places.item(['instruction'])];
  const colon = row.slice(key.end, said.start);
  // As the row has it between its members; behind the last of them it has nothing.
  const between = item.end > said.end ? row.slice(said.end, item.end) : ', ';
  return { start: said.end, end: said.end, text: `${between}"input"${colon}""` };
}

/** The edit that lets a row say that a rule is silent for it; undefined for what is no object. */
export function silencing(row: string, rule: string): Edit | undefined {
  const member = /"bllossom-disable"\s*:\s*"([^"\\]*)"/.exec(row);
  if (member !== null) {
    const end = member.index + member[0].length - 1;
    return { start: end, end, text: ` ${rule}` };
  }
  const brace = /^\s*\{/.exec(row);
  if (brace === null || !parseRow(row).ok) return undefined;
  const rest = row.slice(brace[0].length);
  const more = /^\s*\}/.test(rest) ? '' : `,${/^\s*/.exec(rest)![0] || ' '}`;
  const start = brace[0].length + /^\s*/.exec(rest)![0].length;
  return { start, end: start, text: `"bllossom-disable": "${rule}"${more}` };
}
