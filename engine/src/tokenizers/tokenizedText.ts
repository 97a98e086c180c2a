/**
 * A document's tokens, kept up to date while it is edited: the text is held in chunks cut where no token can cross, so an
 * edit costs what it touches. The numbers always equal those of encoding the whole text as one. Where a tokenizer allows no
 * cuts (unigram models, normalising rules), or a text has none, a chunk is as long as it must be; the encoding of a text
 * that is one chunk for want of cuts is kept.
 */
import { finish, type Steps } from '../base/steps.ts';
import { byteSpans, type ByteSpan } from './byteSpans.ts';
import type { Encoding, PartEncoder, Tokenizer } from './tokenizer.ts';

interface Chunk {
  readonly text: string;
  /** -1 until counted. */
  tokens: number;
  byteTokens: number;
  byteCharacters: number;
  /** Where the tokenizer allows no cuts: the encoding, under way or done. */
  steps?: Steps<Encoding>;
  encoding?: Encoding;
}

/** Chunks are cut at the first place behind this many units, at a line's end where there is one nearby. */
const chunkLength = 1024;
const lineSearch = 512;

export class TokenizedText {
  /** Length of the document in UTF-16 units. */
  length: number;

  private readonly parts: PartEncoder | undefined;
  private chunks: Chunk[] = [];
  /** Chunks before this one are counted. */
  private counted = 0;

  constructor(
    readonly tokenizer: Tokenizer,
    text: string,
  ) {
    this.parts = tokenizer.parts;
    this.length = text.length;
    this.chunks = this.cut(text);
  }

  /**
   * Counts what is not counted yet for about `milliseconds`; true when nothing is left. A server calls it in slices after
   * opening a large document; whoever asks for a number before gets the rest counted at once.
   */
  work(milliseconds: number): boolean {
    const until = performance.now() + milliseconds;
    for (; this.counted < this.chunks.length; this.counted++) {
      if (this.chunks[this.counted]!.tokens >= 0) continue;
      if (performance.now() >= until || !this.count(this.counted, until)) return false;
    }
    return true;
  }

  /** Tokens of the whole text as one, no BOS. */
  get tokens(): number {
    return this.sum((chunk) => chunk.tokens);
  }

  /** Of these, byte pieces. */
  get byteTokens(): number {
    return this.sum((chunk) => chunk.byteTokens);
  }

  /** Characters that byte pieces spell. */
  get byteCharacters(): number {
    return this.sum((chunk) => chunk.byteCharacters);
  }

  /** True where only the whole text can be encoded, so that looking at any part of it waits for all. */
  get isWhole(): boolean {
    return this.parts === undefined;
  }

  /** Puts `text` in place of [start, end). */
  replace(start: number, end: number, text: string): void {
    if (start < 0 || end < start || end > this.length) {
      throw new RangeError(`[${start}, ${end}) lies outside of a text of ${this.length}`);
    }
    const [index, offset] = this.chunkAt(start);
    let first = index;
    let last = index;
    let upTo = offset + (this.chunks[first]?.text.length ?? 0);
    while (upTo < end) upTo += this.chunks[++last]!.text.length;
    let changed =
      this.joined(first, last).slice(0, start - offset) + text + this.joined(first, last).slice(end - offset);
    // The seams to the neighbours must still be cuts; a first chunk that became empty hands its place to the next.
    while (first > 0 && !(changed !== '' && this.isCut(this.chunks[first - 1]!.text, changed))) {
      changed = this.chunks[--first]!.text + changed;
    }
    while (last + 1 < this.chunks.length && !(changed !== '' && this.isCut(changed, this.chunks[last + 1]!.text))) {
      changed += this.chunks[++last]!.text;
    }
    this.chunks.splice(first, last - first + 1, ...this.cut(changed));
    this.counted = Math.min(this.counted, first);
    this.length += text.length - (end - start);
  }

  /** The text of [start, end). */
  slice(start: number, end: number): string {
    const [first, offset] = this.chunkAt(start);
    let text = '';
    for (let i = first; i < this.chunks.length && offset + text.length < end; i++) text += this.chunks[i]!.text;
    return text.slice(start - offset, end - offset);
  }

  /** The document's tokens that touch [start, end), spans in the document. */
  tokensIn(start: number, end: number): Encoding {
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let [index, offset] = this.chunkAt(start);
    for (; index < this.chunks.length && (offset < end || offset === start); index++) {
      const encoding = this.encode(index);
      for (let i = 0; i < encoding.ids.length; i++) {
        const from = encoding.starts[i]! + offset;
        const to = encoding.ends[i]! + offset;
        const touches = from === to ? from >= start && from < Math.max(end, start + 1) : from < end && to > start;
        if (!touches) continue;
        ids.push(encoding.ids[i]!);
        starts.push(from);
        ends.push(to);
      }
      offset += this.chunks[index]!.text.length;
    }
    return { ids: Int32Array.from(ids), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
  }

  /** The tokens of the character at an offset. */
  tokensAt(offset: number): Encoding {
    return this.tokensIn(offset, offset + 1);
  }

  /** The characters that touch [start, end) and fall to bytes, in order. */
  byteSpansIn(start: number, end: number): ByteSpan[] {
    return byteSpans(this.tokenizer, this.tokensIn(start, end));
  }

  private sum(of: (chunk: Chunk) => number): number {
    this.work(Infinity);
    return this.chunks.reduce((total, chunk) => total + of(chunk), 0);
  }

  private encode(index: number): Encoding {
    const chunk = this.chunks[index]!;
    if (this.parts !== undefined) return this.parts.encode(chunk.text, index === 0);
    return (chunk.encoding ??= finish(chunk.steps ?? this.tokenizer.encodeInSteps(chunk.text)));
  }

  /** Encodes what can be paused until the time is over; false where it is not done then. */
  private encodeUntil(chunk: Chunk, until: number): boolean {
    if (this.parts !== undefined || chunk.encoding !== undefined) return true;
    chunk.steps ??= this.tokenizer.encodeInSteps(chunk.text);
    for (;;) {
      const step = chunk.steps.next();
      if (step.done === true) {
        chunk.encoding = step.value;
        delete chunk.steps;
        return true;
      }
      if (performance.now() >= until) return false;
    }
  }

  private count(index: number, until: number): boolean {
    const chunk = this.chunks[index]!;
    if (!this.encodeUntil(chunk, until)) return false;
    const encoding = this.encode(index);
    chunk.tokens = encoding.ids.length;
    const spans = byteSpans(this.tokenizer, encoding);
    chunk.byteCharacters = spans.length;
    chunk.byteTokens = spans.reduce((total, span) => total + span.bytes, 0);
    return true;
  }

  /** Index and offset of the chunk that holds a place; the last one for the text's end. */
  private chunkAt(place: number): [index: number, offset: number] {
    let offset = 0;
    let index = 0;
    while (index + 1 < this.chunks.length && offset + this.chunks[index]!.text.length <= place) {
      offset += this.chunks[index++]!.text.length;
    }
    return [index, offset];
  }

  private joined(first: number, last: number): string {
    let text = '';
    for (let i = first; i <= last; i++) text += this.chunks[i]?.text ?? '';
    return text;
  }

  private isCut(left: string, right: string): boolean {
    return (
      this.parts !== undefined && isCutAt(this.parts, left.slice(-2) + right.slice(0, 2), Math.min(2, left.length))
    );
  }

  private cut(text: string): Chunk[] {
    const chunks: Chunk[] = [];
    for (let from = 0; from < text.length;) {
      const to = this.parts === undefined ? text.length : chunkEnd(this.parts, text, from);
      chunks.push({ text: text.slice(from, to), tokens: -1, byteTokens: 0, byteCharacters: 0 });
      from = to;
    }
    return chunks;
  }
}

function chunkEnd(parts: PartEncoder, text: string, from: number): number {
  if (text.length - from <= 2 * chunkLength) return text.length;
  // Looked for in a slice: in a text of one endless line, each search would go to its end.
  const near = text.slice(from + chunkLength, from + chunkLength + lineSearch).indexOf('\n');
  const lineEnd = from + chunkLength + near + 1;
  if (near >= 0 && isCutAt(parts, text, lineEnd)) return lineEnd;
  let at = from + chunkLength;
  while (at < text.length && !isCutAt(parts, text, at)) at++;
  return at;
}

/** May the text be cut at a place inside it? Never inside of a surrogate pair. */
function isCutAt(parts: PartEncoder, text: string, at: number): boolean {
  if (at >= text.length) return true;
  const right = text.codePointAt(at)!;
  const low = text.charCodeAt(at - 1);
  const before = at >= 2 ? text.codePointAt(at - 2)! : low;
  const left = before > 0xffff ? before : low;
  if (isLow(right) && isHigh(low)) return false;
  return parts.canCut(isHigh(left) || isLow(left) ? 0xfffd : left, isHigh(right) || isLow(right) ? 0xfffd : right);
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
