/**
 * Byte-pair encoding as SentencePiece 0.1.97 does it: a text's characters are symbols; the neighbours whose joint text is
 * the piece with the highest score are merged, leftmost first, until no two neighbours make a piece. Since a merge can
 * only span places that lie inside some piece, a text may be cut wherever no piece holds the two characters side by side.
 */
import { EncodingBuffer, type PackedTokens, type UnknownRule } from './encodingBuffer.ts';
import { KeyHeap } from './keyHeap.ts';
import { LongestMatch, spaceSymbol } from './normalizer.ts';
import { PairTable } from './pairTable.ts';
import type { SentencePieceModel } from './sentencePieceModel.ts';
import { PieceType } from './tokenizer.ts';

/** Words up to this many units are kept in the cache; longer ones seldom come again. */
const cachedLength = 64;
const cacheSize = 50_000;
/** Up to this many symbols, looking through all pairs for the best is faster than a heap. */
const smallSegment = 32;
const space = spaceSymbol.charCodeAt(0);

export class BpeEncoder {
  /** True where a text may be cut at places at all: pieces marked unused are taken apart by rules that span the text. */
  readonly hasCuts: boolean;

  private readonly size: number;
  /** Symbols by character: pieces bear their id, characters that only occur inside pieces a number from `size` on. */
  private readonly basic = new Int32Array(0x10000).fill(-1);
  private readonly astral = new Map<number, number>();
  /** Two symbols to the piece they make. */
  private readonly pairs: PairTable;
  /** Two code points that stand side by side in some piece. */
  private readonly joins: PairTable;
  /** Order of the pieces by score, the highest first; equal scores share a rank. */
  private readonly ranks: Int32Array;
  private readonly unused: Uint8Array;
  private readonly userDefined: LongestMatch;
  /** True where no piece holds ▁ behind another character, so that words are units. */
  private readonly wordsAreUnits: boolean;
  private readonly cache = new Map<string, PackedTokens>();
  private readonly wordTokens: EncodingBuffer;
  private symbols = new Int32Array(256);
  private positions = new Int32Array(256);

  constructor(
    private readonly model: SentencePieceModel,
    private readonly unknown: UnknownRule,
  ) {
    const { pieces } = model;
    this.size = pieces.length;
    this.wordTokens = new EncodingBuffer(unknown);
    this.ranks = ranksOf(pieces.map((p) => p.score));
    this.unused = Uint8Array.from(pieces, (p) => (p.type === PieceType.unused ? 1 : 0));
    this.hasCuts = !this.unused.includes(1);
    this.userDefined = new LongestMatch(pieces.filter((p) => p.type === PieceType.userDefined).map((p) => p.piece));
    const own = new Map<string, number>();
    for (const [id, { piece, type }] of pieces.entries()) {
      if (type === PieceType.normal || type === PieceType.userDefined || type === PieceType.unused) own.set(piece, id);
    }
    let next = this.size;
    const symbols = new Map(own);
    this.joins = new PairTable(own.size);
    let wordsAreUnits = this.hasCuts;
    for (const piece of own.keys()) {
      let before = -1;
      for (const character of piece) {
        if (!symbols.has(character)) symbols.set(character, next++);
        const codePoint = character.codePointAt(0)!;
        if (before >= 0) this.joins.set(before, codePoint, 1);
        if (codePoint === space && before >= 0 && before !== space) wordsAreUnits = false;
        before = codePoint;
      }
    }
    this.wordsAreUnits = wordsAreUnits;
    this.pairs = new PairTable(2 * own.size);
    for (const [piece, id] of own) {
      for (let cut = 1; cut < piece.length; cut++) {
        const left = symbols.get(piece.slice(0, cut));
        const right = left === undefined ? undefined : symbols.get(piece.slice(cut));
        if (left !== undefined && right !== undefined) this.pairs.set(left, right, id);
      }
    }
    for (const [text, symbol] of symbols) {
      const codePoint = text.codePointAt(0)!;
      if (text.length === 1) this.basic[codePoint] = symbol;
      else if (text.length === 2 && codePoint > 0xffff) this.astral.set(codePoint, symbol);
    }
  }

  /** True where a text may be cut between two code points: the tokens of the parts, joined, are the tokens of the whole. */
  canCut(left: number, right: number): boolean {
    const a = this.escaped(left);
    const b = this.escaped(right);
    if (!this.hasCuts || this.joins.get(a, b) >= 0) return false;
    // Without byte fallback a run of unknown characters is one token.
    return this.unknown.byteIds !== undefined || this.isPiece(a) || this.isPiece(b);
  }

  /**
   * Appends the tokens of a well-formed text, spans in its units; spaces and ▁ are the same where the model escapes
   * spaces. With `prefix`, a ▁ that stands for nothing goes before.
   */
  encode(text: string, prefix: boolean, out: EncodingBuffer): void {
    for (let from = 0; from < text.length;) {
      const to = this.wordEnd(text, from);
      const first = prefix && from === 0;
      out.append(this.word((first ? spaceSymbol : '') + text.slice(from, to)), first ? -1 : from, first ? 0 : from);
      from = to;
    }
  }

  /** Number of tokens that `encode` appends; for models with byte fallback, where no tokens are joined. */
  count(text: string, prefix: boolean): number {
    let count = 0;
    for (let from = 0; from < text.length;) {
      const to = this.wordEnd(text, from);
      count += this.word((prefix && from === 0 ? spaceSymbol : '') + text.slice(from, to)).length / 3;
      from = to;
    }
    return count;
  }

  /** A good place for a cut behind `from`: a word with the spaces before it, or else the next place that may be cut. */
  private wordEnd(text: string, from: number): number {
    if (!this.hasCuts) return text.length;
    let i = from;
    if (this.wordsAreUnits) {
      while (i < text.length && this.escaped(text.charCodeAt(i)) === space) i++;
      while (i < text.length && this.escaped(text.charCodeAt(i)) !== space) i++;
      return i;
    }
    let left = text.codePointAt(i)!;
    for (;;) {
      i += left > 0xffff ? 2 : 1;
      if (i >= text.length) return i;
      const right = text.codePointAt(i)!;
      if (this.canCut(left, right)) return i;
      left = right;
    }
  }

  private word(raw: string): PackedTokens {
    const known = raw.length > cachedLength ? undefined : this.cache.get(raw);
    if (known !== undefined) return known;
    this.wordTokens.clear();
    this.segment(this.model.normalizer.escapeWhitespaces ? raw.replaceAll(' ', spaceSymbol) : raw, this.wordTokens);
    const tokens = this.wordTokens.pack();
    if (raw.length <= cachedLength) {
      if (this.cache.size >= cacheSize) this.cache.clear();
      this.cache.set(raw, tokens);
    }
    return tokens;
  }

  /** Splits into symbols, and merges between the places that may be cut. */
  private segment(text: string, out: EncodingBuffer): void {
    if (this.symbols.length <= text.length) {
      this.symbols = new Int32Array(2 * text.length);
      this.positions = new Int32Array(2 * text.length);
    }
    const { symbols, positions } = this;
    const mayCut = this.hasCuts;
    const hasUserDefined = !this.userDefined.isEmpty;
    let count = 0;
    let before = -1;
    for (let i = 0; i < text.length;) {
      const kept = hasUserDefined ? this.userDefined.at(text, i) : undefined;
      const codePoint = text.codePointAt(i)!;
      if (count > 0 && mayCut && this.joins.get(before, codePoint) < 0) {
        this.merge(text, count, i, out);
        count = 0;
      }
      positions[count] = i;
      if (kept !== undefined) {
        // A user-defined piece is never merged: numbers below -1 are in no pair.
        symbols[count++] = -2 - this.model.ids.get(kept)!;
        i += kept.length;
        const last = text.codePointAt(i - 2);
        before = last !== undefined && last > 0xffff && kept.length > 1 ? last : text.charCodeAt(i - 1);
      } else {
        symbols[count++] = codePoint > 0xffff ? (this.astral.get(codePoint) ?? -1) : this.basic[codePoint]!;
        i += codePoint > 0xffff ? 2 : 1;
        before = codePoint;
      }
    }
    if (count > 0) this.merge(text, count, text.length, out);
  }

  /** Merges the first `count` symbols, whose text ends at `end`, and hands out what is left. */
  private merge(text: string, count: number, end: number, out: EncodingBuffer): void {
    if (count > smallSegment || !this.hasCuts) {
      this.mergeByHeap(text, count, end, out);
      return;
    }
    const { symbols, positions, ranks } = this;
    let n = count;
    for (;;) {
      let best = 0x7fffffff;
      let at = -1;
      let merged = -1;
      for (let i = 0; i + 1 < n; i++) {
        const piece = this.pair(symbols[i]!, symbols[i + 1]!);
        if (piece >= 0 && ranks[piece]! < best) {
          best = ranks[piece]!;
          at = i;
          merged = piece;
        }
      }
      if (at < 0) break;
      symbols[at] = merged;
      symbols.copyWithin(at + 1, at + 2, n);
      positions.copyWithin(at + 1, at + 2, n);
      n--;
    }
    for (let i = 0; i < n; i++) this.emit(text, symbols[i]!, positions[i]!, i + 1 < n ? positions[i + 1]! : end, out);
  }

  /**
   * As above in n log n: candidates wait in a heap under rank · 2^30 + index of the left symbol. One that is taken counts
   * if the pair that now stands there has that rank; else it is a leftover of an earlier merge.
   */
  private mergeByHeap(text: string, count: number, end: number, out: EncodingBuffer): void {
    const symbols = this.symbols.slice(0, count);
    const positions = this.positions.slice(0, count);
    const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
    const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
    const alive = new Uint8Array(count).fill(1);
    const origins = this.hasCuts ? undefined : new Map<number, readonly [number, number]>();
    const heap = new KeyHeap(count);
    const consider = (left: number) => {
      const right = left < 0 ? -1 : next[left]!;
      if (right < 0) return;
      const piece = this.pair(symbols[left]!, symbols[right]!);
      if (piece < 0) return;
      heap.push(this.ranks[piece]! * 0x40000000 + left);
      if (origins !== undefined && this.unused[piece] === 1) origins.set(piece, [symbols[left]!, symbols[right]!]);
    };
    for (let i = 0; i + 1 < count; i++) consider(i);
    while (heap.size > 0) {
      const key = heap.pop();
      const left = key % 0x40000000;
      const right = alive[left] === 1 ? next[left]! : -1;
      if (right < 0) continue;
      const piece = this.pair(symbols[left]!, symbols[right]!);
      if (piece < 0 || this.ranks[piece] !== Math.floor(key / 0x40000000)) continue;
      symbols[left] = piece;
      alive[right] = 0;
      next[left] = next[right]!;
      if (next[right]! >= 0) previous[next[right]!] = left;
      consider(previous[left]!);
      consider(left);
    }
    for (let i = 0; i >= 0; i = next[i]!) {
      const to = next[i]! >= 0 ? positions[next[i]!]! : end;
      if (origins === undefined) this.emit(text, symbols[i]!, positions[i]!, to, out);
      else this.emitParts(text, symbols[i]!, positions[i]!, to, origins, out);
    }
  }

  /** An unused piece goes out as what it was last made from in this text. */
  private emitParts(
    text: string,
    symbol: number,
    from: number,
    to: number,
    origins: ReadonlyMap<number, readonly [number, number]>,
    out: EncodingBuffer,
  ): void {
    const waiting: { symbol: number; from: number; to: number }[] = [{ symbol, from, to }];
    for (let part = waiting.pop(); part !== undefined; part = waiting.pop()) {
      const origin = this.unused[part.symbol] === 1 ? origins.get(part.symbol) : undefined;
      if (origin === undefined) {
        this.emit(text, part.symbol, part.from, part.to, out);
        continue;
      }
      const [left, right] = origin;
      // Of the two, at least one is a piece; the other may be a single character.
      const middle = left < this.size ? part.from + this.lengthOf(left) : part.from + charLength(text, part.from);
      waiting.push({ symbol: right, from: middle, to: part.to }, { symbol: left, from: part.from, to: middle });
    }
  }

  private lengthOf(piece: number): number {
    return this.model.pieces[piece]!.piece.length;
  }

  private emit(text: string, symbol: number, from: number, to: number, out: EncodingBuffer): void {
    if (symbol <= -2) out.push(-2 - symbol, from, to);
    else if (symbol >= 0 && symbol < this.size) out.push(symbol, from, to);
    else out.pushUnknown(text.codePointAt(from)!, from, to);
  }

  private pair(left: number, right: number): number {
    return left < 0 || right < 0 ? -1 : this.pairs.get(left, right);
  }

  private escaped(codePoint: number): number {
    return codePoint === 0x20 && this.model.normalizer.escapeWhitespaces ? space : codePoint;
  }

  private isPiece(codePoint: number): boolean {
    const symbol = codePoint > 0xffff ? (this.astral.get(codePoint) ?? -1) : this.basic[codePoint]!;
    return symbol >= 0 && symbol < this.size;
  }
}

const charLength = (text: string, position: number): number => (text.codePointAt(position)! > 0xffff ? 2 : 1);

/** Ranks of float32 scores, the highest 0. */
function ranksOf(scores: readonly number[]): Int32Array {
  const distinct = [...new Set(scores)].sort((a, b) => b - a);
  const rank = new Map(distinct.map((score, i) => [score, i]));
  return Int32Array.from(scores, (score) => rank.get(score)!);
}
