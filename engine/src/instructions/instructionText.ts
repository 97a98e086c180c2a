/**
 * A text of instruction data while it is edited: rows are checked once and again only when they change. Of JSON lines an edit touches
 * the lines it stands in; of an array of JSON, whose rows have no fixed ends, the rows that read otherwise than before.
 */
import { finish, type Steps } from '../base/steps.ts';
import { type CheckedRow, checkRow, type RowOptions } from './checkRow.ts';
import type { RowForm } from './fields.ts';
import type { RowRange } from './row.ts';
import type { Severity } from '../lint/rule.ts';
import { defaultRowSeverities, type RowFinding, type RowRuleId, type RowSeverities } from './rule.ts';
import { arrayItems } from './splitRows.ts';

export type InstructionKind = 'jsonl' | 'json';

/** A finding by offsets in the text. */
export interface InstructionFinding extends RowFinding {
  /** From 1, among the rows that are not blank. */
  readonly row: number;
  readonly severity: Severity;
  /** The row itself, without a line's end. */
  readonly whole: RowRange;
  /** Where the other of two rows stands that are the same. */
  readonly related?: RowRange;
}

/** A row of the text. */
export interface RowAt extends RowRange {
  readonly text: string;
}

/** Findings of a rule beyond so many are not told: a file of them is one problem, not thousands. */
const mostOfRowRule = 1000;
/** Rows that tell whether a file is instruction data at all. */
const lookedAt = 50;

export interface CheckManner {
  /** The file was named as instruction data, and nothing is left out. */
  readonly all?: boolean;
  /** Findings of a rule that are told, at most. */
  readonly most?: number;
  /** As they are by default where absent. */
  readonly severities?: RowSeverities | undefined;
}

interface CheckedRowAt extends RowRange {
  readonly checked: CheckedRow;
}

interface Line {
  /** With its end. */
  readonly length: number;
  checked?: CheckedRow | undefined;
  blank?: boolean;
}

export class InstructionText {
  private readonly kind: InstructionKind;
  private text: string;
  private lines: Line[];
  /** Rows of an array, by their text. */
  private known = new Map<string, CheckedRow>();
  private options: RowOptions | undefined;
  /** Rows that the last whole check found. */
  rows = 0;

  constructor(kind: InstructionKind, text: string) {
    this.kind = kind;
    this.text = text;
    this.lines = kind === 'jsonl' ? linesOf(text) : [];
  }

  /** `[start, end)` of the text gave way to `inserted`; `text` is what it is now. */
  replace(start: number, end: number, inserted: string, text: string): void {
    this.text = text;
    if (this.kind === 'json') return;
    let first = 0;
    let from = 0;
    while (first < this.lines.length - 1 && from + this.lines[first]!.length <= start)
      from += this.lines[first++]!.length;
    let last = first;
    let to = from + this.lines[first]!.length;
    while (last < this.lines.length - 1 && to <= end) to += this.lines[++last]!.length;
    const now = linesOf(text.slice(from, to + inserted.length - (end - start)));
    // What follows has lines of its own: the empty line behind the last end is theirs.
    if (last < this.lines.length - 1 && now.at(-1)!.length === 0) now.pop();
    this.lines =
      now.length < 1000
        ? this.lines.toSpliced(first, last - first + 1, ...now)
        : [...this.lines.slice(0, first), ...now, ...this.lines.slice(last + 1)];
  }

  /** Several edits, each in the text that the one before it left. */
  replaceAll(
    edits: readonly { readonly start: number; readonly end: number; readonly inserted: string }[],
    text: string,
  ): void {
    for (const [i, { start, end, inserted }] of edits.entries()) {
      const now = i === edits.length - 1 ? text : this.text.slice(0, start) + inserted + this.text.slice(end);
      this.replace(start, end, inserted, now);
    }
  }

  /**
   * Findings in the order of the text; none where it is not instruction data. Pauses at each row. An edit meanwhile makes the result
   * worthless, but what was checked is kept.
   */
  *check(
    options: RowOptions,
    { all = false, most, severities }: CheckManner = {},
  ): Steps<readonly InstructionFinding[]> {
    if (!sameOptions(this.options, options)) {
      this.options = options;
      this.known = new Map();
      for (const line of this.lines) line.checked = undefined;
    }
    const rows: CheckedRowAt[] = [];
    let decided = all ? true : undefined;
    this.rows = 0;
    for (const row of this.kind === 'jsonl' ? this.jsonLines(options) : this.jsonItems(options)) {
      if (row === undefined) {
        yield;
        continue;
      }
      rows.push(row);
      if (rows.length === lookedAt) decided ??= isInstructionData(rows.map(({ checked }) => checked.form));
      if (decided === false) return [];
    }
    decided ??= isInstructionData(rows.map(({ checked }) => checked.form));
    this.rows = rows.length;
    const told = { most: most ?? (all ? Infinity : mostOfRowRule), severities: severities ?? defaultRowSeverities };
    return decided ? yield* assembled(rows, told) : [];
  }

  /** The row at an offset; undefined between rows, and where the text is no rows. */
  *rowAt(offset: number): Steps<RowAt | undefined> {
    if (this.kind === 'jsonl') {
      const start = this.text.lastIndexOf('\n', offset - 1) + 1;
      const end = this.text.indexOf('\n', offset);
      const text = this.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
      return { start, end: start + text.length, text };
    }
    const { text } = this;
    const item = (yield* arrayItems(text))?.find(({ start, end }) => start <= offset && offset <= end);
    return item === undefined ? undefined : { ...item, text: text.slice(item.start, item.end) };
  }

  /** True where the first rows look like instruction data; undefined where none is whole. */
  looksRight(): boolean | undefined {
    const forms: RowForm[] = [];
    const add = (text: string): void => {
      if (text.trim() !== '') forms.push(finish(checkRow(text, { template: 'auto', length: Infinity })).form);
    };
    if (this.kind === 'jsonl') for (const line of this.text.slice(0, 65_536).split('\n').slice(0, 8)) add(line);
    else
      for (const { start, end } of finish(arrayItems(this.text.slice(0, 65_536)))?.slice(0, 8) ?? [])
        add(this.text.slice(start, end));
    return forms.every((form) => form === 'broken') ? undefined : isInstructionData(forms);
  }

  /** Where the rows of an array of JSON stand; none of JSON lines, whose rows are lines. */
  *items(): Steps<readonly RowRange[]> {
    return this.kind === 'json' ? ((yield* arrayItems(this.text)) ?? []) : [];
  }

  private *jsonLines(options: RowOptions): Generator<CheckedRowAt | undefined> {
    const { lines, text } = this;
    let start = text.startsWith('\ufeff') ? 1 : 0;
    let at = 0;
    let passed = 0;
    for (const line of lines) {
      const next = at + line.length;
      if (line.checked === undefined && line.blank !== true) {
        const row = text.slice(start, next).replace(/\r?\n$|\r$/, '');
        line.blank = row.trim() === '';
        if (!line.blank) line.checked = yield* checkRow(row, options);
        yield undefined;
      } else if (++passed % 2048 === 0) yield undefined;
      if (line.checked !== undefined) yield { start, end: next - lineEnd(text, next), checked: line.checked };
      start = at = next;
    }
  }

  private *jsonItems(options: RowOptions): Generator<CheckedRowAt | undefined> {
    const { text, known } = this;
    const items = (yield* arrayItems(text)) ?? [];
    const now = new Map<string, CheckedRow>();
    for (const { start, end } of items) {
      const row = text.slice(start, end);
      const checked = known.get(row) ?? (yield* checkRow(row, options));
      now.set(row, checked);
      yield undefined;
      yield { start, end, checked };
    }
    // Before the next check, unless the text or the options are others by then.
    if (this.text === text && this.options === options) this.known = now;
  }
}

/** Units of the end of line that ends before `next`. */
const lineEnd = (text: string, next: number): number =>
  text[next - 1] === '\n' ? (text[next - 2] === '\r' ? 2 : 1) : text[next - 1] === '\r' ? 1 : 0;

const linesOf = (text: string): Line[] => {
  const lines: Line[] = [];
  let from = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
    lines.push({ length: at + 1 - from });
    from = at + 1;
  }
  lines.push({ length: text.length - from });
  return lines;
};

const sameOptions = (a: RowOptions | undefined, b: RowOptions): boolean =>
  a !== undefined && a.tokenizer === b.tokenizer && a.template === b.template && a.length === b.length;

/** At least one row in a form of instruction data, and no more in others. */
function isInstructionData(forms: readonly RowForm[]): boolean {
  const rows = forms.filter((form) => form === 'alpaca' || form === 'messages' || form === 'conversations').length;
  const others = forms.filter((form) => form === 'other').length;
  return rows > 0 && rows >= others;
}

function* assembled(
  rows: readonly CheckedRowAt[],
  { most, severities }: { readonly most: number; readonly severities: RowSeverities },
): Steps<readonly InstructionFinding[]> {
  const findings: InstructionFinding[] = [];
  const left = new Map<RowRuleId, number>();
  const firsts = new Map<string, number>();
  const tell = (finding: RowFinding & Pick<InstructionFinding, 'row' | 'whole' | 'related'>): void => {
    const severity = severities.get(finding.rule);
    if (severity === undefined) return;
    const more = left.get(finding.rule) ?? most;
    left.set(finding.rule, more - 1);
    if (more > 0) findings.push({ ...finding, severity });
  };
  for (const [i, { start, end, checked }] of rows.entries()) {
    const { head, says } = checked;
    const whole = { start, end };
    const first = says === undefined ? undefined : firsts.get(says);
    if (first !== undefined) {
      const other = rows[first]!;
      const related = { start: other.start + other.checked.head.start, end: other.start + other.checked.head.end };
      const at = { start: start + head.start, end: start + head.end };
      tell({ rule: 'row-duplicate', variant: 'same', values: { row: first + 1 }, row: i + 1, whole, related, ...at });
    } else if (says !== undefined) firsts.set(says, i);
    for (const finding of checked.findings)
      tell({ ...finding, row: i + 1, whole, start: start + finding.start, end: start + finding.end });
    if (i % 1024 === 1023) yield;
  }
  return findings;
}
