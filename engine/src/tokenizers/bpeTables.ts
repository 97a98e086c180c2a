/** What a BPE vocabulary is looked up in, laid out once: symbols by character, merges, ranks, and who stands beside whom. */
import { PairTable } from './pairTable.ts';
import { PartTable } from './partTable.ts';
import { type Piece, PieceType } from './tokenizer.ts';
import { spaceUnit } from './units.ts';

export interface BpeTables {
  /** Number of pieces. Symbols below are pieces, those from it on characters that only occur inside of pieces. */
  readonly size: number;
  /** Symbols by unit, for characters of one unit; -1 for a character that no piece holds. */
  readonly basic: Int32Array;
  /** Symbols by code point, for the others. */
  readonly astral: ReadonlyMap<number, number>;
  /** Two symbols to the piece they make. */
  readonly pairs: PairTable;
  /** Two characters, as symbols, that stand side by side in some piece. */
  readonly joins: PairTable;
  /** Order of the pieces by score, the highest 0; equal scores share a rank. */
  readonly ranks: Int32Array;
  /** 1 for pieces that are taken apart again. */
  readonly unused: Uint8Array;
  /** True where a text may be cut at all. */
  readonly hasCuts: boolean;
  /** True where no piece holds ▁ behind another character, so that words are units. */
  readonly wordsAreUnits: boolean;
}

export function bpeTables(pieces: readonly Piece[]): BpeTables {
  const size = pieces.length;
  const own = new Map<string, number>();
  for (const [id, { piece, type }] of pieces.entries()) {
    if (type === PieceType.normal || type === PieceType.userDefined || type === PieceType.unused) own.set(piece, id);
  }
  const unused = Uint8Array.from(pieces, (p) => (p.type === PieceType.unused ? 1 : 0));
  const hasCuts = !unused.includes(1);
  const basic = new Int32Array(0x10000).fill(-1);
  const astral = new Map<number, number>();
  let next = size;
  const symbolOf = (codePoint: number): number => {
    let symbol = codePoint > 0xffff ? (astral.get(codePoint) ?? -1) : basic[codePoint]!;
    if (symbol >= 0) return symbol;
    symbol = own.get(String.fromCodePoint(codePoint)) ?? next++;
    if (codePoint > 0xffff) astral.set(codePoint, symbol);
    else basic[codePoint] = symbol;
    return symbol;
  };
  const parts = new PartTable(own.size);
  for (const [piece, id] of own) {
    parts.read(piece);
    parts.add(0, piece.length, id);
  }
  const joins = new PairTable(own.size);
  const pairs = new PairTable(own.size);
  let wordsAreUnits = hasCuts;
  for (const [piece, id] of own) {
    let before = -1;
    let wasSpace = true;
    for (let i = 0; i < piece.length;) {
      const codePoint = piece.codePointAt(i)!;
      const symbol = symbolOf(codePoint);
      if (before >= 0) joins.set(before, symbol, 1);
      if (codePoint === spaceUnit && !wasSpace) wordsAreUnits = false;
      before = symbol;
      wasSpace = codePoint === spaceUnit;
      i += codePoint > 0xffff ? 2 : 1;
    }
    // Symbols are pieces or single characters; two characters at least are needed for a pair.
    if (piece.length === 1 || (piece.length === 2 && piece.codePointAt(0)! > 0xffff)) continue;
    parts.read(piece);
    const part = (from: number, to: number): number => {
      const known = parts.find(from, to);
      if (known >= 0) return known;
      const codePoint = piece.codePointAt(from)!;
      return to - from === (codePoint > 0xffff ? 2 : 1) ? symbolOf(codePoint) : -1;
    };
    for (let cut = 1; cut < piece.length; cut++) {
      if ((piece.charCodeAt(cut) & 0xfc00) === 0xdc00) continue;
      const left = part(0, cut);
      const right = left < 0 ? -1 : part(cut, piece.length);
      if (right >= 0) pairs.set(left, right, id);
    }
  }
  const ranks = ranksOf(pieces.map((p) => p.score));
  return { size, basic, astral, pairs, joins, ranks, unused, hasCuts, wordsAreUnits };
}

/** Ranks of float32 scores, the highest 0. */
function ranksOf(scores: readonly number[]): Int32Array {
  const distinct = [...new Set(scores)].sort((a, b) => b - a);
  const rank = new Map(distinct.map((score, i) => [score, i]));
  return Int32Array.from(scores, (score) => rank.get(score)!);
}
