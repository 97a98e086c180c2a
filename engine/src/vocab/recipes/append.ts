/**
 * `append`: every new piece at score 0, as Chinese-LLaMA-Alpaca published it. It outranks the base's own merges, and so
 * changes texts in the base's language too; where two new pieces overlap, their equal scores leave the choice to the
 * library.
 */
import { PieceType } from '../../tokenizers/tokenizer.ts';
import type { RecipeRule } from './rule.ts';

export const append: RecipeRule = ({ added }) => added.map((piece) => ({ piece, score: 0, type: PieceType.normal }));
