/** What a recipe of a merge is: new pieces in, pieces with scores and types out. */
import type { SentencePieceModel } from '../../tokenizers/sentencePieceModel.ts';
import type { Piece } from '../../tokenizers/tokenizer.ts';
import type { NewLanguage } from '../newLanguage.ts';

export interface RecipeInput {
  readonly base: SentencePieceModel;
  /** The pieces to add, in their order. */
  readonly added: readonly string[];
  readonly language: NewLanguage;
}

/** The new pieces in the order of `added`; behind them, further ones that the recipe needs. */
export type RecipeRule = (input: RecipeInput) => readonly Piece[];
