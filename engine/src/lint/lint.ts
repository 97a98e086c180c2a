/**
 * The linter: a text in, findings out, in the order of the text. It works in steps, so that who must answer in between can; the
 * time a text takes grows with its length and with what is found, and no expression goes back over what it has seen.
 */
import type { Edit } from '../base/edit.ts';
import type { Steps } from '../base/steps.ts';
import type { RuleSetting, Settings } from './config.ts';
import { Measure } from './measure.ts';
import type { Measured } from './measured.ts';
import { type LintMemory, moved } from './memory.ts';
import type { Match, Rule, Severity } from './rule.ts';
import { ruleOf } from './rules.ts';
import { readSource, type KindName, type Passage, type Source } from './source.ts';
import { Suppressions } from './suppress.ts';
import { tellsCost } from './words.ts';
import type { Tokenizer, TokenizedText } from '../tokenizers/index.ts';

export interface Finding extends Match {
  readonly rule: Rule;
  readonly severity: Severity;
  /** Tokens that the change saves, measured; absent without tokenizer, without change, or where measuring takes too long. */
  readonly saved?: number;
  /** Tokens that the place costs, where the rule tells it. */
  readonly tokens?: number;
  /** May the change be made without a look? False where there is none. */
  readonly safe: boolean;
}

export interface LintInput {
  readonly text: string;
  readonly kind: KindName;
  readonly settings: Settings;
  readonly tokenizer?: Tokenizer | undefined;
  /** The text's tokens under the same tokenizer, where somebody keeps them. */
  readonly tokenized?: TokenizedText | undefined;
  /** Of the same document; what was found before an edit need not be searched again. */
  readonly memory?: LintMemory | undefined;
  /** What was measured under the same tokenizer, in any document. */
  readonly measured?: Measured | undefined;
  /** Only rules for which this holds are heard. */
  readonly only?: (rule: Rule) => boolean;
}

/** Findings of a rule beyond so many are not told: a text of them is one problem, not thousands. */
const mostOfRule = 1000;
/** Units searched between two pauses, about. */
const blockLength = 16_384;

/** All findings; pauses every few milliseconds. */
export function* lint(input: LintInput): Steps<readonly Finding[]> {
  const { text, kind, settings, tokenizer, tokenized, only, memory, measured } = input;
  const source = readSource(text, kind);
  const suppressions = new Suppressions(text, kind);
  const measure = tokenizer === undefined ? undefined : new Measure(tokenizer, text, tokenized, measured);
  const active = [...settings.rules].flatMap(([id, setting]) => {
    const rule = ruleOf(id);
    return rule === undefined || only?.(rule) === false ? [] : [{ rule, setting, left: mostOfRule }];
  });
  const search = memory?.search(text, { settings, kind, tokenizer });
  const findings: Finding[] = [];
  yield;

  function* take(entry: (typeof active)[number], matches: Iterable<Match | undefined>, passage?: Passage): Steps<void> {
    const { rule, setting } = entry;
    for (const match of matches) {
      if (entry.left === 0) return;
      const found =
        match === undefined ? undefined : judged(match, { rule, setting, source, suppressions, measure, passage });
      if (found !== undefined) {
        entry.left--;
        findings.push(found);
      }
      yield;
    }
  }

  for (const { from, to } of blocks(text)) {
    /** By offsets from the block's start. */
    const known = search?.recall('lines', from, to, () => new Map<Rule, readonly Match[]>());
    for (const entry of active) {
      const { rule, setting } = entry;
      if (rule.scope !== 'lines' || entry.left === 0) continue;
      let matches = known?.get(rule)?.map((match) => moved(match, from));
      if (matches === undefined) {
        matches = [...rule.find({ text, from, to, kind, measure }, setting.options)].filter((m) => m !== undefined);
        if (rule.measures !== true) known?.set(rule, matches.map((match) => moved(match, -from))); // prettier-ignore
        yield;
      }
      yield* take(entry, matches);
    }
    yield;
  }
  const ofPassages = active.filter(({ rule }) => rule.scope === 'passage');
  for (const passage of ofPassages.length === 0 ? [] : source.passages) {
    for (const entry of ofPassages) {
      const { start: from, end: to } = passage;
      const recall = search?.recall.bind(search);
      const place = { text, from, to, kind, passage, measure, recall };
      yield* take(entry, entry.rule.find(place, entry.setting.options), passage);
    }
    yield;
  }
  search?.end();
  return findings.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Lines together, cut where a line ends; a line that does not is cut where no mark or half of a character is parted. */
function* blocks(text: string): Generator<{ from: number; to: number }> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + blockLength);
    if (to < text.length) {
      const near = text.slice(to, to + blockLength);
      const end = /\n(?!\s)/.exec(near);
      if (end !== null) to += end.index + 1;
      else while (to < text.length && to < from + 2 * blockLength && !isPlain(text, to)) to++;
    }
    yield { from, to };
    from = to;
  }
}

/** True where nothing that rules look for as one can stand across a place. */
const isPlain = (text: string, at: number): boolean => /[a-z가-힣]/.test(text[at]!) && text[at - 1] === ' ';

interface Judging {
  readonly rule: Rule;
  readonly setting: RuleSetting;
  readonly source: Source;
  readonly suppressions: Suppressions;
  readonly measure: Measure | undefined;
  readonly passage: Passage | undefined;
}

/** A match as a finding; undefined where it is no text for a model, silenced, or its change saves too little. */
function judged(
  match: Match,
  { rule, setting, source, suppressions, measure, ...judging }: Judging,
): Finding | undefined {
  const { start, end } = match;
  const passage = judging.passage ?? holding(source.passages, start);
  if (passage === undefined || end > passage.end) return undefined;
  if (!rule.inCode && holding(source.code, start) !== undefined) return undefined;
  if (suppressions.holds(rule.id, start)) return undefined;
  if (suppressions.comments.some((comment) => comment.start <= start && start < comment.end)) return undefined;
  const edits = match.edits === undefined ? undefined : written(match.edits, passage);
  const saved = edits === undefined ? undefined : measure?.saved(edits);
  if (saved === undefined ? match.leastSaved !== undefined : saved < (match.leastSaved ?? rule.leastSaved))
    return undefined;
  const tokens = tellsCost(rule, match) ? measure?.tokensIn(start, end) : undefined;
  return {
    start,
    end,
    ...(match.values === undefined ? {} : { values: match.values }),
    ...(match.variant === undefined ? {} : { variant: match.variant }),
    ...(match.related === undefined ? {} : { related: match.related }),
    rule,
    severity: setting.severity,
    safe: edits !== undefined && (match.safe ?? rule.fix === 'safe'),
    ...(edits === undefined ? {} : { edits }),
    ...(saved === undefined ? {} : { saved }),
    ...(tokens === undefined ? {} : { tokens }),
  };
}

/** Edits as they are written inside of a string; undefined where they would need the string's own way to write them. */
function written(edits: readonly Edit[], passage: Passage): readonly Edit[] | undefined {
  switch (passage.escapes) {
    case 'none':
      return edits;
    case 'json':
      return edits.map((edit) => ({ ...edit, text: JSON.stringify(edit.text).slice(1, -1) }));
    case 'code':
      return edits.some(({ text }) => /["'`\\$\n]/.test(text)) ? undefined : edits;
    default:
      return passage.escapes satisfies never;
  }
}

/** The range that holds a place; they are in order and do not overlap. */
function holding<T extends { readonly start: number; readonly end: number }>(
  ranges: readonly T[],
  at: number,
): T | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.end > at) high = middle;
    else low = middle + 1;
  }
  const range = ranges[low];
  return range !== undefined && range.start <= at ? range : undefined;
}
