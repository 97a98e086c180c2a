/**
 * Proof, on texts of the user's, that a merge left old text alone: each line without a mark of the new language is encoded
 * with both vocabularies, and must give the same ids.
 */
import type { Encoding, Tokenizer } from '../tokenizers/tokenizer.ts';

export interface UnchangedProof {
  /** Lines that hold anything but white space. */
  readonly lines: number;
  /** Lines with a mark of the new language, which are not compared. */
  readonly newLanguage: number;
  /** Of the others: those with the same ids, and those without. */
  readonly unchanged: number;
  readonly changed: number;
  /** Of the changed ones: those where nothing differs but characters that have a piece of their own only now. */
  readonly changedByNewCharacters: number;
  /** The first of the changed lines; those by new characters only where there are no others. */
  readonly examples: readonly ChangedLine[];
}

export interface ChangedLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The stretch of the line that differs, and the pieces of it; at most `longestExample` of them. */
  readonly text: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly byNewCharacters: boolean;
}

const examplesKept = 20;
const longestExample = 24;

export class UnchangedText {
  private lines = 0;
  private newLanguage = 0;
  private changed = 0;
  private byNewCharacters = 0;
  private readonly examples: ChangedLine[] = [];
  private readonly lesser: ChangedLine[] = [];

  constructor(
    private readonly before: Tokenizer,
    private readonly after: Tokenizer,
    private readonly marks: (text: string) => boolean,
  ) {}

  add(file: string, number: number, line: string, before: Encoding, after: Encoding): void {
    if (line.trim() === '') return;
    this.lines++;
    if (this.marks(line)) {
      this.newLanguage++;
      return;
    }
    if (sameIds(before.ids, after.ids)) return;
    this.changed++;
    const byNewCharacters = this.differsByCharactersOnly(before, after);
    if (byNewCharacters) this.byNewCharacters++;
    const examples = byNewCharacters ? this.lesser : this.examples;
    if (examples.length >= examplesKept) return;
    examples.push({ file, line: number, ...this.difference(line, before, after), byNewCharacters });
  }

  result(): UnchangedProof {
    return {
      lines: this.lines,
      newLanguage: this.newLanguage,
      unchanged: this.lines - this.newLanguage - this.changed,
      changed: this.changed,
      changedByNewCharacters: this.byNewCharacters,
      examples: this.examples.length > 0 ? this.examples : this.lesser,
    };
  }

  /** True where, with the new single-character pieces and what stood in their place left out, the ids agree. */
  private differsByCharactersOnly(before: Encoding, after: Encoding): boolean {
    const replaced = new Set<number>();
    for (let i = 0; i < after.ids.length; i++) {
      const id = after.ids[i]!;
      if (id < this.before.size) continue;
      if (Array.from(this.after.piece(id).piece).length !== 1) return false;
      replaced.add(after.starts[i]!);
    }
    const rest = ({ ids, starts, ends }: Encoding) =>
      ids.filter((_, i) => !(replaced.has(starts[i]!) && ends[i]! > starts[i]!));
    return sameIds(rest(before), rest(after));
  }

  /** What is left of two encodings without their common beginning and end. */
  private difference(line: string, before: Encoding, after: Encoding): Pick<ChangedLine, 'text' | 'before' | 'after'> {
    const shorter = Math.min(before.ids.length, after.ids.length);
    let head = 0;
    while (head < shorter && before.ids[head] === after.ids[head]) head++;
    let tail = 0;
    while (tail < shorter - head && before.ids.at(-1 - tail) === after.ids.at(-1 - tail)) tail++;
    const pieces = (tokenizer: Tokenizer, { ids }: Encoding) =>
      Array.from(
        ids.subarray(head, Math.min(ids.length - tail, head + longestExample)),
        (id) => tokenizer.piece(id).piece,
      );
    const from = Math.min(before.starts[head] ?? line.length, after.starts[head] ?? line.length);
    const lastBefore = Math.min(before.ids.length - tail, head + longestExample) - 1;
    const lastAfter = Math.min(after.ids.length - tail, head + longestExample) - 1;
    const to = Math.max(before.ends[lastBefore] ?? from, after.ends[lastAfter] ?? from);
    return { text: line.slice(from, to), before: pieces(this.before, before), after: pieces(this.after, after) };
  }
}

function sameIds(a: Int32Array, b: Int32Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
