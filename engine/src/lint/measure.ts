/**
 * What a change saves, measured: tokens of the text before, less tokens of the text after, exactly those of encoding both as a
 * whole. Where the tokenizer allows cuts, only the stretch between two cuts that the change cannot reach is encoded.
 */
import { applied, type Edit } from '../base/edit.ts';
import { finish } from '../base/steps.ts';
import { TokenizedText, type Tokenizer } from '../tokenizers/index.ts';
import type { PartEncoder } from '../tokenizers/tokenizer.ts';
import { Measured } from './measured.ts';
import { isCutAt } from '../tokenizers/chunkCuts.ts';

/** A stretch of the text, cut where no token can cross, whatever is changed inside of it. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Encoding is given up, and no saving told, after as many units as this times the text's length, and some. */
const patience = 6;
const patienceAtLeast = 4_000_000;
/** What a change costs of it where the text is chained: the chunk it touches, twice, and a look at those behind. */
const chainedChange = 4096;
/** Units encoded at once where a place is looked for. */
const stretchLength = 4096;

export class Measure {
  private readonly whole: TokenizedText | undefined;
  /** Units that may still be encoded. */
  private left: number;

  /**
   * `tokenized`: the same text, counted already. Where the tokenizer encodes whole texts alone it is changed and changed back
   * within a call; nobody else sees it otherwise. `measured`: under this tokenizer, before.
   */
  constructor(
    readonly tokenizer: Tokenizer,
    readonly text: string,
    private tokenized?: TokenizedText,
    private readonly measured = new Measured(tokenizer),
  ) {
    if (tokenizer.parts === undefined) this.whole = tokenized ?? new TokenizedText(tokenizer, text);
    this.left = Math.max(patience * text.length, patienceAtLeast);
  }

  /** Tokens that all these edits together save (fewer than 0: they cost some); undefined where measuring takes too long. */
  saved(edits: readonly Edit[]): number | undefined {
    if (edits.length === 0) return 0;
    const { parts } = this.tokenizer;
    if (parts === undefined) return this.savedInWhole(edits);
    if (this.left === 0) return undefined;
    const { start, end } = this.stretchOf(edits);
    if (!this.spend(2 * (end - start))) return undefined;
    const before = this.text.slice(start, end);
    return this.countPart(parts, before, start, end) - this.countPart(parts, applied(before, edits, start), start, end);
  }

  /** The stretch that edits lie in: what they change is between its cuts, and so are two units on each side. */
  stretchOf(edits: readonly Edit[]): Stretch {
    const { parts } = this.tokenizer;
    const { text } = this;
    if (parts === undefined) return { start: 0, end: text.length };
    // A cut is judged by two units on each side; none of them may change.
    let start = Math.max(0, edits[0]!.start - 2);
    while (start > 0 && !isCutAt(parts, text, start)) start--;
    let end = Math.min(text.length, edits.at(-1)!.end + 2);
    while (end < text.length && !isCutAt(parts, text, end)) end++;
    return { start, end };
  }

  /** Tokens of the whole text; undefined where that takes too long. */
  get tokens(): number | undefined {
    if (this.tokenized === undefined) {
      if (!this.spend(this.text.length)) return undefined;
      this.tokenized = this.whole ?? new TokenizedText(this.tokenizer, this.text);
    }
    return this.tokenized.tokens;
  }

  /** Tokens that touch [start, end), in the whole text; undefined where that takes too long. */
  tokensIn(start: number, end: number): number | undefined {
    const { parts } = this.tokenizer;
    if (parts === undefined) {
      if (!this.spend(chainedChange + (end - start))) return undefined;
      return this.whole!.tokensIn(start, end).ids.length;
    }
    if (this.left === 0) return undefined;
    const stretch = this.stretchOf([{ start, end, text: '' }]);
    if (!this.spend(stretch.end - stretch.start)) return undefined;
    const part = this.text.slice(stretch.start, stretch.end);
    const { starts, ends } = parts.encode(part, stretch.start === 0, stretch.end === this.text.length);
    let count = 0;
    for (let i = 0; i < starts.length; i++)
      if (starts[i]! + stretch.start < end && ends[i]! + stretch.start > start) count++;
    return count;
  }

  /** Tokens of [start, end) as a text of its own, and where the token number `most` begins; undefined where that takes too long. */
  countAlone(start: number, end: number, most: number): { tokens: number; beyond: number | undefined } | undefined {
    if (start === 0 && end === this.text.length && this.tokenized !== undefined) {
      const { tokens } = this.tokenized;
      if (tokens <= most) return { tokens, beyond: undefined };
      const { parts } = this.tokenizer;
      if (parts !== undefined) return { tokens, beyond: this.placeOf(parts, most) };
    }
    if (!this.spend(end - start)) return undefined;
    const encoding = finish(this.tokenizer.encodeInSteps(this.text.slice(start, end)));
    const tokens = encoding.ids.length;
    return { tokens, beyond: tokens <= most ? undefined : start + encoding.starts[most]! };
  }

  /** Where the token number `most` of the whole text begins; only what stands before it is encoded. */
  private placeOf(parts: PartEncoder, most: number): number {
    const { text } = this;
    let before = 0;
    for (let start = 0; ;) {
      let end = Math.min(text.length, start + stretchLength);
      while (end < text.length && !isCutAt(parts, text, end)) end++;
      const { starts } = parts.encode(text.slice(start, end), start === 0, end === text.length);
      const place = starts[most - before];
      if (place !== undefined) return start + place;
      if (end === text.length) return end;
      before += starts.length;
      start = end;
    }
  }

  private countPart(parts: PartEncoder, part: string, start: number, end: number): number {
    const [first, last] = [start === 0, end === this.text.length];
    const key = `${first ? 1 : 0}${last ? 1 : 0}${part}`;
    const known = this.measured.counts.get(key);
    if (known !== undefined) return known;
    const count = parts.encode(part, first, last).ids.length;
    this.measured.counts.set(key, count);
    return count;
  }

  private savedInWhole(edits: readonly Edit[]): number | undefined {
    const text = this.whole!;
    if (!this.spend(this.tokenizer.chain === undefined ? 2 * text.length : chainedChange * edits.length))
      return undefined;
    const before = text.tokens;
    const { tried } = this.measured;
    const withEdits = tried === undefined ? undefined : text.tokensWith(edits, tried);
    if (withEdits !== undefined) return before - withEdits;
    for (const edit of edits.toReversed()) text.replace(edit.start, edit.end, edit.text);
    const after = text.tokens;
    for (const { start, end, text: inserted } of edits)
      text.replace(start, start + inserted.length, this.text.slice(start, end));
    return before - after;
  }

  /** False once the patience is over. */
  private spend(units: number): boolean {
    const enough = units <= this.left;
    this.left = enough ? this.left - units : 0;
    return enough;
  }
}
