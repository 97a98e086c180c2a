/**
 * A document's tokens, kept up to date while it is edited: the text is held in chunks cut where no token can cross. The
 * numbers always equal those of encoding the whole text as one. What an edit costs:
 *
 * - BPE, with or without a normaliser: encoding the chunk it touches anew, a thousand units or so.
 * - Unigram: the same, and a look at each chunk behind it: the sum of scores before a chunk bears on how float32 rounds in
 *   it. Nearly always that moves the chunk's sums and leaves its tokens (scoreSums.ts says when); else it is encoded anew.
 * - A text without a place to cut (a million equal characters), and a tokenizer that allows no cuts (BPE with pieces marked
 *   unused): encoding the whole anew.
 *
 * Nothing is encoded before it is asked for, or `work` has time for it; what is under way is given up where an edit meets it.
 */
import { applied, type Edit } from '../base/edit.ts';
import type { Steps } from '../base/steps.ts';
import { byteSpans, byteTokens, type ByteSpan } from './byteSpans.ts';
import { chunkEnd, type Cuts, isCutAt, longChunk, RememberedCuts, type Uncut, uncutAfter } from './chunkCuts.ts';
import type { PartSums } from './scoreSums.ts';
import type { ChainedEncoding, Encoding, Tokenizer } from './tokenizer.ts';
import type { TriedChunks } from './triedChunks.ts';

interface Chunk {
  readonly text: string;
  /** -1 until counted. */
  tokens: number;
  byteTokens: number;
  byteCharacters: number;
  /** Of a chunk behind others on which it depends. */
  sums?: PartSums | undefined;
  /** Encoding under way, from the sum `before` on. */
  steps?: { readonly run: Steps<ChunkEncoding>; readonly before: number } | undefined;
  /** Kept for chunks that take long to encode. */
  encoding?: Encoding | undefined;
}

type ChunkEncoding = Omit<ChainedEncoding, 'sums'> & { readonly sums?: PartSums };

export class TokenizedText {
  /** Length of the document in UTF-16 units. */
  length: number;

  private readonly cuts: Cuts | undefined;
  private chunks: Chunk[] = [];
  /** Chunks before this one are counted, and those that depend on others agree with them. */
  private settled = 0;
  /** Chunks that are not counted, and long ones. */
  private uncounted = 0;
  private long = 0;
  /** Of the chunks that are counted. */
  private readonly totals = { tokens: 0, byteTokens: 0, byteCharacters: 0 };
  /** A chunk and its offset: edits and questions mostly come near the last one. */
  private hint = { index: 0, offset: 0 };
  /** The chunk last looked at: questions come one after the other. */
  private latest: { readonly chunk: Chunk; readonly encoding: Encoding } | undefined;

  constructor(
    readonly tokenizer: Tokenizer,
    text: string,
  ) {
    const cuts = tokenizer.parts ?? tokenizer.chain;
    if (cuts !== undefined) this.cuts = new RememberedCuts(cuts);
    this.length = text.length;
    this.chunks = this.cut(text);
    for (const chunk of this.chunks) this.enter(chunk);
  }

  /**
   * Counts what is not counted yet for about `milliseconds`; true when nothing is left. A server calls it in slices after
   * opening a large document; whoever asks for a number before gets the rest counted at once.
   */
  work(milliseconds: number): boolean {
    const until = performance.now() + milliseconds;
    while (this.settled < this.chunks.length) {
      if (this.uncounted === 0 && this.agrees(this.settled)) {
        this.settled = this.chunks.length;
        break;
      }
      if (!this.settle(this.settled, until)) return false;
      this.settled++;
    }
    return true;
  }

  /** Tokens of the whole text as one, no BOS. */
  get tokens(): number {
    this.work(Infinity);
    return this.totals.tokens;
  }

  /** Of these, byte pieces. */
  get byteTokens(): number {
    this.work(Infinity);
    return this.totals.byteTokens;
  }

  /** Characters that byte pieces spell. */
  get byteCharacters(): number {
    this.work(Infinity);
    return this.totals.byteCharacters;
  }

  /** True where looking at a part of the text may wait for all of it: then `work` should be through. */
  get isWhole(): boolean {
    return this.tokenizer.parts === undefined || this.long > 0;
  }

  /** Puts `text` in place of [start, end). */
  replace(start: number, end: number, text: string): void {
    if (start < 0 || end < start || end > this.length) {
      throw new RangeError(`[${start}, ${end}) lies outside of a text of ${this.length}`);
    }
    const { first, last, from, changed } = this.around(start, end, (touched, offset) => {
      return touched.slice(0, start - offset) + text + touched.slice(end - offset);
    });
    const shift = text.length - (end - start);
    const fresh = this.cut(changed, uncutAfter(this.chunks.slice(first, last + 1), start - from, end - from, shift));
    for (const chunk of this.chunks.splice(first, last - first + 1, ...fresh)) this.leave(chunk);
    for (const chunk of fresh) this.enter(chunk);
    this.settled = Math.min(this.settled, first);
    this.hint = first < this.chunks.length ? { index: first, offset: from } : { index: 0, offset: 0 };
    this.length += shift;
  }

  /**
   * Tokens that the text would have with changes made, in order and without overlaps; it stays as it is, and what `tried` holds, under
   * the same tokenizer, is not encoded again. Undefined where making them costs no more: they lie far apart, or the tokenizer has no chain.
   */
  tokensWith(edits: readonly Edit[], tried: TriedChunks): number | undefined {
    const [start, end] = [edits[0]?.start ?? 0, edits.at(-1)?.end ?? 0];
    const { chain } = this.tokenizer;
    if (chain === undefined || end - start > longChunk) return undefined;
    this.work(Infinity);
    const { first, last, changed } = this.around(start, end, (touched, offset) => applied(touched, edits, offset));
    let { tokens } = this.totals;
    let sum = this.before(first);
    const { length } = this.chunks;
    for (let i = first; i <= last && i < length; i++) tokens -= this.chunks[i]!.tokens;
    const fresh = this.cut(changed);
    for (const [i, { text }] of fresh.entries()) {
      const own = tried.of(text, first + i === 0, last + 1 >= length && i + 1 === fresh.length, sum);
      tokens += own.tokens;
      sum = own.sums.after;
    }
    for (let i = last + 1; i < length; i++) {
      const { sums, text, tokens: before } = this.chunks[i]!;
      // From here on all agree.
      if (sums!.before === sum) break;
      const moved = chain.moved(sums!, sum);
      if (moved === undefined) {
        const own = tried.of(text, false, i + 1 === length, sum);
        tokens += own.tokens - before;
        sum = own.sums.after;
      } else sum = moved.after;
    }
    return tokens;
  }

  /**
   * The chunks that a change of [start, end) bears on, joined and changed: the seams to their neighbours are still cuts. `first` to `last`
   * are their indices, `from` is the offset of the first.
   */
  private around(
    start: number,
    end: number,
    change: (touched: string, offset: number) => string,
  ): { readonly first: number; readonly last: number; readonly from: number; readonly changed: string } {
    const [index, offset] = this.chunkAt(start);
    let first = index;
    let last = index;
    let from = offset;
    let upTo = offset + (this.chunks[first]?.text.length ?? 0);
    while (upTo < end) upTo += this.chunks[++last]!.text.length;
    let changed = change(this.joined(first, last), offset);
    // A first or last chunk that became empty hands its place to the next.
    while (first > 0 && !(changed !== '' && this.isCut(this.chunks[first - 1]!.text, changed))) {
      changed = this.chunks[--first]!.text + changed;
      from -= this.chunks[first]!.text.length;
    }
    while (last + 1 < this.chunks.length && !(changed !== '' && this.isCut(changed, this.chunks[last + 1]!.text))) {
      changed += this.chunks[++last]!.text;
    }
    return { first, last, from, changed };
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
    // What depends on what stands before is right once all of that is.
    if (this.tokenizer.parts === undefined) this.work(Infinity);
    const ids: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    let [index, offset] = this.chunkAt(start);
    for (; index < this.chunks.length && (offset < end || offset === start); index++) {
      const encoding = this.encodingOf(index);
      for (let i = firstBehind(encoding.ends, start - offset - 1); i < encoding.ids.length; i++) {
        const from = encoding.starts[i]! + offset;
        const to = encoding.ends[i]! + offset;
        if (from > end) break;
        // What stands for nothing lies at the beginning, or behind the end.
        const upTo = end === this.length ? end + 1 : Math.max(end, start + 1);
        const touches = from === to ? from >= start && from < upTo : from < end && to > start;
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

  /** The sum of scores that a chunk starts from. */
  private before(index: number): number {
    return index === 0 ? 0 : (this.chunks[index - 1]!.sums?.after ?? 0);
  }

  /** True where a chunk was counted from what now stands before it. */
  private agrees(index: number): boolean {
    return this.tokenizer.chain === undefined || this.chunks[index]!.sums?.before === this.before(index);
  }

  /** Counts a chunk, if it is not counted or its tokens may be others now; false where the time is over before. */
  private settle(index: number, until: number): boolean {
    const chunk = this.chunks[index]!;
    const { chain } = this.tokenizer;
    if (chunk.tokens >= 0) {
      if (chain === undefined || this.agrees(index)) return true;
      const moved = chunk.sums === undefined ? undefined : chain.moved(chunk.sums, this.before(index));
      if (moved !== undefined) {
        chunk.sums = moved;
        return true;
      }
      if (performance.now() >= until) return false;
      this.leave(chunk);
      chunk.tokens = -1;
      chunk.encoding = undefined;
      this.enter(chunk);
    }
    if (performance.now() >= until) return false;
    const result = this.encodeUntil(index, until);
    if (result === undefined) return false;
    const { encoding } = result;
    this.leave(chunk);
    chunk.tokens = encoding.ids.length;
    chunk.byteTokens = byteTokens(this.tokenizer, encoding);
    chunk.byteCharacters = byteSpans(this.tokenizer, encoding).length;
    chunk.sums = result.sums;
    if (isLong(chunk)) chunk.encoding = encoding;
    this.enter(chunk);
    return true;
  }

  private encodingOf(index: number): Encoding {
    const chunk = this.chunks[index]!;
    if (chunk.encoding !== undefined) return chunk.encoding;
    if (this.latest?.chunk === chunk) return this.latest.encoding;
    const encoding = this.encodeUntil(index, Infinity)!.encoding;
    this.latest = { chunk, encoding };
    if (isLong(chunk)) chunk.encoding = encoding;
    return encoding;
  }

  /** Goes on encoding a chunk; undefined where the time is over before the end. */
  private encodeUntil(index: number, until: number): ChunkEncoding | undefined {
    const chunk = this.chunks[index]!;
    const before = this.before(index);
    if (chunk.steps?.before !== before) chunk.steps = { run: this.encodeInSteps(index, before), before };
    for (;;) {
      const step = chunk.steps.run.next();
      if (step.done === true) {
        chunk.steps = undefined;
        return step.value;
      }
      if (performance.now() >= until) return undefined;
    }
  }

  private *encodeInSteps(index: number, before: number): Steps<ChunkEncoding> {
    const result = yield* this.resultInSteps(index, before);
    // Counting what is in a long one takes a while too.
    if (isLong(this.chunks[index]!)) yield;
    return result;
  }

  private *resultInSteps(index: number, before: number): Steps<ChunkEncoding> {
    const chunk = this.chunks[index]!;
    const first = index === 0;
    const last = index === this.chunks.length - 1;
    const { parts, chain } = this.tokenizer;
    if (chunk.encoding !== undefined && chain === undefined) return { encoding: chunk.encoding };
    if (chain !== undefined && parts === undefined) return yield* chain.encodeInSteps(chunk.text, first, last, before);
    if (parts === undefined) return { encoding: yield* this.tokenizer.encodeInSteps(chunk.text) };
    if (isLong(chunk) && parts.encodeInSteps !== undefined) {
      return { encoding: yield* parts.encodeInSteps(chunk.text, first, last) };
    }
    return { encoding: parts.encode(chunk.text, first, last) };
  }

  /** Adds a chunk's numbers to those of the text. */
  private enter(chunk: Chunk): void {
    this.add(chunk, 1);
  }

  private leave(chunk: Chunk): void {
    if (this.latest?.chunk === chunk) this.latest = undefined;
    this.add(chunk, -1);
  }

  private add(chunk: Chunk, sign: 1 | -1): void {
    const { totals } = this;
    if (isLong(chunk)) this.long += sign;
    if (chunk.tokens < 0) {
      this.uncounted += sign;
      return;
    }
    totals.tokens += sign * chunk.tokens;
    totals.byteTokens += sign * chunk.byteTokens;
    totals.byteCharacters += sign * chunk.byteCharacters;
  }

  /** Index and offset of the chunk that holds a place; the last one for the text's end. */
  private chunkAt(place: number): [index: number, offset: number] {
    let { index, offset } = this.hint;
    while (offset > place) offset -= this.chunks[--index]!.text.length;
    while (index + 1 < this.chunks.length && offset + this.chunks[index]!.text.length <= place) {
      offset += this.chunks[index++]!.text.length;
    }
    this.hint = { index, offset };
    return [index, offset];
  }

  private joined(first: number, last: number): string {
    let text = '';
    for (let i = first; i <= last; i++) text += this.chunks[i]?.text ?? '';
    return text;
  }

  private isCut(left: string, right: string): boolean {
    return isCutAt(this.cuts, left.slice(-2) + right.slice(0, 2), Math.min(2, left.length));
  }

  private cut(text: string, uncut: readonly Uncut[] = []): Chunk[] {
    const chunks: Chunk[] = [];
    for (let from = 0; from < text.length;) {
      const to = chunkEnd(this.cuts, text, from, uncut);
      chunks.push({ text: text.slice(from, to), tokens: -1, byteTokens: 0, byteCharacters: 0 });
      from = to;
    }
    return chunks;
  }
}

const isLong = (chunk: Chunk): boolean => chunk.text.length > longChunk;

/** The first index whose end lies behind `place`; ends rise. */
function firstBehind(ends: Int32Array, place: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
