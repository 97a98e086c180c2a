/**
 * `ranked`: every new piece at a score of its own below all of the base's, so that the base's merges come first; a new
 * piece of several characters is produced only where it bears a mark of the new language, and else keeps its id unused.
 * Texts without such marks keep their ids (but for characters that had no piece before), and other libraries, which break
 * ties differently, agree.
 */
import { type Piece, PieceType } from '../../tokenizers/tokenizer.ts';
import type { NewLanguage } from '../newLanguage.ts';
import type { RecipeRule } from './rule.ts';

export const ranked: RecipeRule = ({ base, added, language }) => {
  const scores = scoresBelow(base.pieces);
  return added.map((piece) => ({
    piece,
    score: scores(),
    type: isProduced(piece, language) ? PieceType.normal : PieceType.control,
  }));
};

/** False for a piece of several characters, all of the base's own language: producing it would change old texts. */
export const isProduced = (piece: string, language: NewLanguage): boolean =>
  Array.from(piece).length === 1 || language.marks(piece);

/**
 * Scores one under the other, the first below all of these pieces': one less each time, or a power of two where float32
 * numbers are that far apart (64 at -1e9).
 */
export function scoresBelow(pieces: readonly Piece[]): () => number {
  let score = pieces.reduce((lowest, piece) => Math.min(lowest, piece.score), 0);
  return () => {
    let step = 1;
    while (Math.fround(score - step) >= Math.fround(score)) step *= 2;
    return (score = Math.fround(score - step));
  };
}
