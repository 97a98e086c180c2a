/**
 * Byte-level BPE inside of a word: the bytes of its UTF-8, and of the pairs side by side always the one of lowest rank, the
 * leftmost first, made one. Short words are kept with their tokens; long ones go through a heap, so that a run of a million
 * equal characters takes time in proportion.
 */
import { finish, type Steps } from '../base/steps.ts';
import { byteSymbols, bytesOfSymbols, type ByteLevelModel } from './byteLevelModel.ts';
import { KeyHeap } from './keyHeap.ts';
import { PairTable } from './pairTable.ts';
import type { TokenBuffer } from './tokenBuffer.ts';

/** Words of more UTF-16 units are not kept. */
export const longestKept = 64;
/** Kept words, and numbers for their tokens; when there are more, all are forgotten. */
const mostKept = 1 << 18;
const mostKeptNumbers = 1 << 22;
/** More symbols go through the heap. */
const shortWord = 48;
const mergesAtOnce = 1 << 14;

/** Tokens of a word: ids, and spans in the word's UTF-16 units, a part of a character with the whole of it. */
export interface WordTokens {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export class ByteLevelBpe {
  private readonly byteIds = new Int32Array(256);
  private readonly ranks: PairTable;
  private readonly merged: Int32Array;
  /** Pieces that are whole words as they stand, by their text; only where merges may be ignored. */
  private readonly wholeWords: Map<string, number> | undefined;
  /** By word: the id of its only token, or the complement of where its tokens lie in `pool`: their number, then id, start, end of each. */
  private readonly kept = new Map<string, number>();
  private pool = new Int32Array(1 << 12);
  private poolSize = 0;
  /** Where short words are merged: a symbol a byte. */
  private readonly scratch = {
    ids: new Int32Array(3 * longestKept),
    starts: new Int32Array(3 * longestKept),
    ends: new Int32Array(3 * longestKept),
    pairs: new Int32Array(3 * longestKept),
  };

  /** Of a model that has a piece for each byte. */
  constructor({ pieces, ids, vocabularySize, merges, ignoreMerges }: ByteLevelModel) {
    for (let byte = 0; byte < 256; byte++) this.byteIds[byte] = ids.get(byteSymbols[byte]!) ?? -1;
    this.ranks = new PairTable(merges.left.length);
    this.merged = merges.merged;
    for (let rank = 0; rank < merges.left.length; rank++) this.ranks.set(merges.left[rank]!, merges.right[rank]!, rank);
    if (!ignoreMerges) return;
    this.wholeWords = new Map();
    const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    for (let id = 0; id < vocabularySize; id++) {
      const bytes = bytesOfSymbols(pieces[id]!.piece);
      if (bytes === undefined) continue;
      try {
        this.wholeWords.set(utf8.decode(bytes), id);
      } catch {
        // Part of a character: no word.
      }
    }
  }

  /**
   * Puts the tokens of a well-formed word of at most `longestKept` units out; the word begins at `start`, its first `shift`
   * units stand for nothing there.
   */
  encodeShort(word: string, start: number, shift: number, out: TokenBuffer): void {
    let kept = this.kept.get(word);
    if (kept === undefined) {
      kept = this.wholeWords?.get(word) ?? this.mergeIntoPool(word);
      // A copy: a slice would keep the whole text that it was cut from.
      const key = word.length < 13 ? word : Buffer.from(word, 'utf16le').toString('utf16le');
      this.kept.set(key, kept);
    }
    if (kept >= 0) {
      out.push(kept, start, start + word.length - shift);
      return;
    }
    const { pool } = this;
    const shifted = start - shift;
    const first = ~kept + 1;
    const last = first + 3 * pool[first - 1]!;
    for (let i = first; i < last; i += 3) {
      const from = shifted + pool[i + 1]!;
      const to = shifted + pool[i + 2]!;
      out.push(pool[i]!, from < start ? start : from, to < start ? start : to);
    }
  }

  /** The tokens of a well-formed word of any length. */
  *encodeLong(word: string): Steps<WordTokens> {
    const whole = this.wholeWords?.get(word);
    return whole === undefined ? yield* this.merge(word) : oneToken(whole, word.length);
  }

  /** The id of a word that is one token, or the complement of where its tokens were laid down. */
  private mergeIntoPool(word: string): number {
    const { ids, starts, ends, pairs } = this.scratch;
    const symbols = finish(this.symbols(word, ids, starts, ends));
    const n =
      symbols <= shortWord
        ? this.mergeShort(ids, starts, ends, pairs, symbols)
        : finish(this.mergeLong(ids, starts, ends, symbols));
    if (n === 1) return ids[0]!;
    if (this.kept.size >= mostKept || this.poolSize + 1 + 3 * n > mostKeptNumbers) {
      this.kept.clear();
      this.poolSize = 0;
    }
    if (this.poolSize + 1 + 3 * n > this.pool.length) {
      const grown = new Int32Array(2 * this.pool.length);
      grown.set(this.pool);
      this.pool = grown;
    }
    const { pool } = this;
    const at = this.poolSize;
    pool[at] = n;
    for (let i = 0, to = at + 1; i < n; i++) {
      pool[to++] = ids[i]!;
      pool[to++] = starts[i]!;
      pool[to++] = ends[i]!;
    }
    this.poolSize = at + 1 + 3 * n;
    return ~at;
  }

  private *merge(word: string): Steps<WordTokens> {
    const most = 3 * word.length;
    const starts = new Int32Array(most);
    const ends = new Int32Array(most);
    const ids = new Int32Array(most);
    const n = yield* this.symbols(word, ids, starts, ends);
    const left = yield* this.mergeLong(ids, starts, ends, n);
    return { ids: ids.slice(0, left), starts: starts.slice(0, left), ends: ends.slice(0, left) };
  }

  /** Lays a word's bytes down as ids, each with the span of its character; answers their number. */
  private *symbols(word: string, ids: Int32Array, starts: Int32Array, ends: Int32Array): Steps<number> {
    const { byteIds } = this;
    let n = 0;
    for (let i = 0, done = 1; i < word.length; done++) {
      if (done % mergesAtOnce === 0) yield;
      const code = word.codePointAt(i)!;
      const end = i + (code > 0xffff ? 2 : 1);
      const from = n;
      if (code < 0x80) ids[n++] = byteIds[code]!;
      else {
        if (code < 0x800) ids[n++] = byteIds[0xc0 | (code >> 6)]!;
        else {
          if (code < 0x10000) ids[n++] = byteIds[0xe0 | (code >> 12)]!;
          else {
            ids[n++] = byteIds[0xf0 | (code >> 18)]!;
            ids[n++] = byteIds[0x80 | ((code >> 12) & 0x3f)]!;
          }
          ids[n++] = byteIds[0x80 | ((code >> 6) & 0x3f)]!;
        }
        ids[n++] = byteIds[0x80 | (code & 0x3f)]!;
      }
      for (let k = from; k < n; k++) {
        starts[k] = i;
        ends[k] = end;
      }
      i = end;
    }
    return n;
  }

  /** Merges in place; answers how many symbols are left. */
  private mergeShort(ids: Int32Array, starts: Int32Array, ends: Int32Array, pairs: Int32Array, count: number): number {
    const { ranks, merged } = this;
    let n = count;
    // The rank of the pair that begins at each symbol; -1: none.
    for (let i = 0; i + 1 < n; i++) pairs[i] = ranks.get(ids[i]!, ids[i + 1]!);
    pairs[n - 1] = -1;
    for (;;) {
      let best = -1;
      let at = -1;
      for (let i = 0; i + 1 < n; i++) {
        const rank = pairs[i]!;
        if (rank >= 0 && (best < 0 || rank < best)) {
          best = rank;
          at = i;
        }
      }
      if (at < 0) return n;
      ids[at] = merged[best]!;
      ends[at] = ends[at + 1]!;
      n--;
      // By hand: so few numbers are moved faster than they are handed over.
      for (let i = at + 1; i < n; i++) {
        ids[i] = ids[i + 1]!;
        starts[i] = starts[i + 1]!;
        ends[i] = ends[i + 1]!;
        pairs[i] = pairs[i + 1]!;
      }
      if (at > 0) pairs[at - 1] = ranks.get(ids[at - 1]!, ids[at]!);
      pairs[at] = at + 1 < n ? ranks.get(ids[at]!, ids[at + 1]!) : -1;
    }
  }

  private *mergeLong(ids: Int32Array, starts: Int32Array, ends: Int32Array, n: number): Steps<number> {
    const { ranks, merged } = this;
    const next = new Int32Array(n);
    const previous = new Int32Array(n);
    const heap = new KeyHeap(n);
    const offer = (i: number, j: number) => {
      const rank = ranks.get(ids[i]!, ids[j]!);
      // Rank first, then place: numbers under 2^53.
      if (rank >= 0) heap.push(rank * 2 ** 31 + i);
    };
    for (let i = 0; i < n; i++) {
      next[i] = i + 1 < n ? i + 1 : -1;
      previous[i] = i - 1;
      if (i + 1 < n) offer(i, i + 1);
      if (i % mergesAtOnce === mergesAtOnce - 1) yield;
    }
    for (let done = 1; heap.size > 0; done++) {
      if (done % mergesAtOnce === 0) yield;
      const key = heap.pop();
      const rank = Math.floor(key / 2 ** 31);
      const i = key - rank * 2 ** 31;
      const j = next[i]!;
      // Symbols that were merged away have the id -1; a pair that changed has another rank.
      if (ids[i]! < 0 || j < 0 || ranks.get(ids[i]!, ids[j]!) !== rank) continue;
      ids[i] = merged[rank]!;
      ends[i] = ends[j]!;
      ids[j] = -1;
      next[i] = next[j]!;
      if (next[i] >= 0) {
        previous[next[i]] = i;
        offer(i, next[i]);
      }
      if (previous[i]! >= 0) offer(previous[i]!, i);
    }
    let left = 0;
    for (let i = 0; i >= 0; i = next[i]!, left++) {
      if (left % mergesAtOnce === mergesAtOnce - 1) yield;
      ids.copyWithin(left, i, i + 1);
      starts.copyWithin(left, i, i + 1);
      ends.copyWithin(left, i, i + 1);
    }
    return left;
  }
}

const oneToken = (id: number, length: number): WordTokens => ({
  ids: Int32Array.of(id),
  starts: Int32Array.of(0),
  ends: Int32Array.of(length),
});
