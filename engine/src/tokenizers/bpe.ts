/**
 * Byte-pair encoding as SentencePiece 0.1.97 does it: a text's characters are symbols; the neighbours whose joint text is
 * the piece with the highest score are merged, leftmost first, until no two neighbours make a piece. Since a merge can
 * only span places that lie inside some piece, a text may be cut wherever no piece holds the two characters side by side;
 * so most texts are words, and most words have been seen before. Texts are units with their spaces escaped.
 */
import { finish, type Steps } from '../base/steps.ts';
import { type BpeTables, bpeTables } from './bpeTables.ts';
import { EncodingBuffer, type UnknownRule } from './encodingBuffer.ts';
import { Merger, type Origins, type Row, shortRow } from './merges.ts';
import type { SentencePieceModel } from './sentencePieceModel.ts';
import { PieceType } from './tokenizer.ts';
import { codePointAt, spaceUnit } from './units.ts';
import { LongestMatch } from './unitTrie.ts';
import { longestCached, WordCache } from './wordCache.ts';

/** Units encoded between two pauses; a longer word has pauses inside. */
const unitsAtOnce = 8192;

export class BpeEncoder {
  /** True where a text may be cut at places at all: pieces marked unused are taken apart by rules that span the text. */
  readonly hasCuts: boolean;

  private readonly tables: BpeTables;
  private readonly merger: Merger;
  private readonly userDefined: LongestMatch;
  private readonly userDefinedIds: Int32Array;
  private readonly cache = new WordCache();
  private readonly wordTokens: EncodingBuffer;
  /** For words that are encoded without a pause. */
  private row: Row = { symbols: new Int32Array(256), positions: new Int32Array(256) };

  constructor(
    private readonly model: SentencePieceModel,
    private readonly unknown: UnknownRule,
  ) {
    this.tables = bpeTables(model.pieces);
    this.hasCuts = this.tables.hasCuts;
    this.merger = new Merger(this.tables.pairs, this.tables.ranks);
    this.userDefined = new LongestMatch(
      model.pieces.filter((p) => p.type === PieceType.userDefined).map((p) => p.piece),
    );
    this.userDefinedIds = Int32Array.from(this.userDefined.texts, (piece) => model.ids.get(piece)!);
    this.wordTokens = new EncodingBuffer(unknown);
  }

  /** True where a text may be cut between two code points: the tokens of the parts, joined, are the tokens of the whole. */
  canCut(left: number, right: number): boolean {
    if (!this.hasCuts) return false;
    const a = this.symbolOf(left);
    const b = this.symbolOf(right);
    if (this.isJoined(a, b)) return false;
    // Without byte fallback a run of unknown characters is one token.
    return this.unknown.byteIds !== undefined || this.isPiece(a) || this.isPiece(b);
  }

  /** Appends the tokens of units [0, end). */
  encode(units: Uint16Array, end: number, out: EncodingBuffer): void {
    for (let at = 0; at < end;) {
      at = this.words(units, at, end, end, out);
      if (at < end) at = finish(this.longWord(units, at, end, out));
    }
  }

  /** As `encode`, with pauses; nobody may write into `units` meanwhile. */
  *encodeInSteps(units: Uint16Array, end: number, out: EncodingBuffer): Steps<void> {
    for (let at = 0; at < end;) {
      const from = at;
      at = this.words(units, at, Math.min(end, at + unitsAtOnce), end, out);
      if (at === from) at = yield* this.longWord(units, at, end, out);
      if (at < end) yield;
    }
  }

  /** Number of tokens that `encode` appends; for models with byte fallback, where no tokens are joined. */
  count(units: Uint16Array, end: number): number {
    const { cache, wordTokens } = this;
    let count = 0;
    for (let at = 0; at < end;) {
      const from = at;
      at = this.wordEnd(units, from, end);
      const length = at - from;
      const known = length > longestCached ? -1 : cache.find(units, from, length);
      if (known >= 0) {
        count += cache.countAt(known);
        continue;
      }
      wordTokens.clear();
      if (length > unitsAtOnce || !this.hasCuts) finish(this.longWord(units, from, at, wordTokens));
      else {
        this.word(units, from, at, wordTokens);
        if (length <= longestCached) cache.add(units, from, length, wordTokens);
      }
      count += wordTokens.length;
    }
    return count;
  }

  /** Encodes words from `from` on up to or a little behind `limit`, but none longer than `unitsAtOnce`; answers where it stopped. */
  private words(units: Uint16Array, from: number, limit: number, end: number, out: EncodingBuffer): number {
    if (!this.hasCuts) return from;
    const { cache, wordTokens } = this;
    let at = from;
    while (at < limit) {
      const start = at;
      at = this.wordEnd(units, start, end);
      const length = at - start;
      if (length > longestCached) {
        if (length > unitsAtOnce) return start;
        this.word(units, start, at, out);
        continue;
      }
      let known = cache.find(units, start, length);
      if (known < 0) {
        wordTokens.clear();
        this.word(units, start, at, wordTokens);
        known = cache.add(units, start, length, wordTokens);
      }
      cache.appendTo(out, known, start);
    }
    return at;
  }

  /** A good place for a cut behind `from`: a word with the spaces before it, or else the next place that may be cut. */
  private wordEnd(units: Uint16Array, from: number, end: number): number {
    if (!this.hasCuts) return end;
    let i = from;
    if (this.tables.wordsAreUnits) {
      while (i < end && units[i] === spaceUnit) i++;
      while (i < end && units[i] !== spaceUnit) i++;
      return i;
    }
    let codePoint = codePointAt(units, i);
    let left = this.symbolOf(codePoint);
    for (;;) {
      i += codePoint > 0xffff ? 2 : 1;
      if (i >= end) return end;
      codePoint = codePointAt(units, i);
      const right = this.symbolOf(codePoint);
      if (!this.isJoined(left, right)) return i;
      left = right;
    }
  }

  /** Encodes a word without a pause. */
  private word(units: Uint16Array, from: number, to: number, out: EncodingBuffer): void {
    if (this.row.symbols.length <= to - from) {
      this.row = { symbols: new Int32Array(2 * (to - from)), positions: new Int32Array(2 * (to - from)) };
    }
    const { row } = this;
    const count = this.split(units, from, to, to, row, 0);
    if (count <= shortRow) {
      this.emit(units, row, 0, this.merger.mergeShort(row, 0, count), to, out);
      return;
    }
    for (let first = 0; first < count;) {
      const last = this.rowEnd(row, first, count);
      const left =
        last - first <= shortRow
          ? this.merger.mergeShort(row, first, last - first)
          : finish(this.merger.mergeLong(row, first, last - first));
      this.emit(units, row, first, left, row.positions[last]!, out);
      first = last;
    }
  }

  /** Encodes the word that begins at `from`, with pauses; answers where it ends. */
  private *longWord(units: Uint16Array, from: number, end: number, out: EncodingBuffer): Steps<number> {
    const to = this.wordEnd(units, from, end);
    const row = { symbols: new Int32Array(to - from + 1), positions: new Int32Array(to - from + 1) };
    let count = 0;
    for (let at = from; at < to;) {
      count = this.split(units, at, Math.min(to, at + unitsAtOnce), to, row, count);
      at = row.positions[count]!;
      yield;
    }
    const origins: Origins | undefined = this.hasCuts ? undefined : new Map();
    let sinceYield = 0;
    for (let first = 0; first < count;) {
      const last = this.rowEnd(row, first, count);
      const stop = row.positions[last]!;
      let left = last - first;
      if (left > shortRow || origins !== undefined) {
        left = yield* this.merger.mergeLong(row, first, left, this.tables.unused, origins);
      } else left = this.merger.mergeShort(row, first, left);
      if (origins !== undefined) yield* this.emitParts(units, row, first, left, stop, origins, out);
      else this.emit(units, row, first, left, stop, out);
      sinceYield += last - first;
      first = last;
      if (sinceYield < unitsAtOnce) continue;
      sinceYield = 0;
      yield;
    }
    return to;
  }

  /**
   * Reads the units from `from` on, up to or a little behind `limit`, into symbols behind the first `count` of a row;
   * answers how many there are then. The place behind the last one follows its position.
   */
  private split(units: Uint16Array, from: number, limit: number, end: number, row: Row, count: number): number {
    const { symbols, positions } = row;
    const { basic } = this.tables;
    const { userDefined } = this;
    const hasUserDefined = !userDefined.isEmpty;
    let n = count;
    let at = from;
    while (at < limit) {
      positions[n] = at;
      const unit = units[at]!;
      const kept = hasUserDefined ? userDefined.find(units, at, end) : -1;
      if (kept >= 0) {
        // A user-defined piece is never merged: negative symbols are in no pair.
        symbols[n++] = -2 - this.userDefinedIds[kept]!;
        at += userDefined.length;
      } else if ((unit & 0xfc00) === 0xd800) {
        symbols[n++] = this.symbolOf(codePointAt(units, at));
        at += 2;
      } else {
        symbols[n++] = basic[unit]!;
        at++;
      }
    }
    positions[n] = at;
    return n;
  }

  /** Where the symbols that hang together with the one at `first` end. */
  private rowEnd({ symbols }: Row, first: number, count: number): number {
    if (!this.hasCuts) return count;
    let i = first + 1;
    while (i < count && this.isJoined(symbols[i - 1]!, symbols[i]!)) i++;
    return i;
  }

  /** Hands out symbols [first, first + count), whose text ends at `end`. */
  private emit(units: Uint16Array, row: Row, first: number, count: number, end: number, out: EncodingBuffer): void {
    const { symbols, positions } = row;
    for (let i = first, last = first + count - 1; i <= last; i++) {
      this.emitOne(units, symbols[i]!, positions[i]!, i < last ? positions[i + 1]! : end, out);
    }
  }

  private emitOne(units: Uint16Array, symbol: number, from: number, to: number, out: EncodingBuffer): void {
    if (symbol <= -2) out.push(-2 - symbol, from, to);
    else if (symbol >= 0 && symbol < this.tables.size) out.push(symbol, from, to);
    else out.pushUnknown(codePointAt(units, from), from, to);
  }

  /** As `emit`; an unused piece goes out as what it was last made from in this text. */
  private *emitParts(
    units: Uint16Array,
    row: Row,
    first: number,
    count: number,
    end: number,
    origins: Origins,
    out: EncodingBuffer,
  ): Steps<void> {
    const { unused, size } = this.tables;
    const waiting: { symbol: number; from: number; to: number }[] = [];
    for (let i = first, last = first + count - 1; i <= last; i++) {
      const to = i < last ? row.positions[i + 1]! : end;
      waiting.push({ symbol: row.symbols[i]!, from: row.positions[i]!, to });
      for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
        const origin = unused[part.symbol] === 1 ? origins.get(part.symbol) : undefined;
        if (origin === undefined) {
          this.emitOne(units, part.symbol, part.from, part.to, out);
          continue;
        }
        const [left, right] = origin;
        // A symbol that is no piece is a single character.
        const length =
          left < size ? this.model.pieces[left]!.piece.length : codePointAt(units, part.from) > 0xffff ? 2 : 1;
        const middle = part.from + length;
        waiting.push({ symbol: right, from: middle, to: part.to }, { symbol: left, from: part.from, to: middle });
      }
      if (i % unitsAtOnce === unitsAtOnce - 1) yield;
    }
  }

  /** The symbol of a single character; -1 where no piece holds it. */
  private symbolOf(codePoint: number): number {
    return codePoint > 0xffff ? (this.tables.astral.get(codePoint) ?? -1) : this.tables.basic[codePoint]!;
  }

  private isJoined(left: number, right: number): boolean {
    return left >= 0 && right >= 0 && this.tables.joins.get(left, right) >= 0;
  }

  private isPiece(symbol: number): boolean {
    return symbol >= 0 && symbol < this.tables.size;
  }
}
