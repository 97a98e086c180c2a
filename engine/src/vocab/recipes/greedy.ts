/**
 * `greedy`: as `ranked`, with the pieces that bear a mark of the new language user-defined: wherever one stands in a text it
 * is taken, the longest first, whatever merges there are. All of them are reached. Only SentencePiece reads it that way.
 */
import { PieceType } from '../../tokenizers/tokenizer.ts';
import { ranked } from './ranked.ts';
import type { RecipeRule } from './rule.ts';

export const greedy: RecipeRule = (input) =>
  ranked(input).map((piece) => (input.language.marks(piece.piece) ? { ...piece, type: PieceType.userDefined } : piece));
