/** What a merge added, counted: by script, and by kind of piece. */
import { scriptOf } from './scripts.ts';

/** New pieces of one script, as `scriptOf` names it. */
export interface PiecesOfScript {
  readonly script: string;
  readonly pieces: number;
  /** Of one character, `▁` not counted. */
  readonly singleCharacters: number;
  readonly reachable: number;
}

export interface PieceKinds {
  /** Of one character, `▁` counted. */
  readonly singleCharacter: number;
  readonly severalCharacters: number;
  readonly withDigits: number;
  readonly withLatin: number;
}

/** The most frequent script first. */
export function piecesByScript(pieces: readonly string[], unreachable: ReadonlySet<string>): PiecesOfScript[] {
  const counts = new Map<string, { pieces: number; singleCharacters: number; reachable: number }>();
  for (const piece of pieces) {
    const script = scriptOf(piece);
    const count = counts.get(script) ?? { pieces: 0, singleCharacters: 0, reachable: 0 };
    count.pieces++;
    if (Array.from(piece.replaceAll('\u2581', '')).length === 1) count.singleCharacters++;
    if (!unreachable.has(piece)) count.reachable++;
    counts.set(script, count);
  }
  return [...counts].map(([script, count]) => ({ script, ...count })).sort((a, b) => b.pieces - a.pieces);
}

export function pieceKinds(pieces: readonly string[]): PieceKinds {
  const single = pieces.filter((piece) => Array.from(piece).length === 1).length;
  return {
    singleCharacter: single,
    severalCharacters: pieces.length - single,
    withDigits: pieces.filter((piece) => /\p{Nd}/u.test(piece)).length,
    withLatin: pieces.filter((piece) => /\p{Script=Latin}/u.test(piece)).length,
  };
}
