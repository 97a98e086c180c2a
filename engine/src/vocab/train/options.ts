/** What a vocabulary is trained by. */
import type { NormalizerSpec } from '../../tokenizers/sentencePieceModel.ts';

export interface TrainOptions {
  /** BPE by default. */
  readonly type?: 'bpe' | 'unigram';
  /** Number of pieces, special ones, bytes and single characters included. */
  readonly size: number;
  /** Share of the text's characters that get a piece of their own, 0 to 1; the rarest are left to bytes. */
  readonly coverage: number;
  /** 256 byte pieces for characters without a piece. */
  readonly byteFallback: boolean;
  /** Characters of a piece at most; 16 by default. */
  readonly longest?: number;
  /** Each digit is a piece of its own; not by default. */
  readonly splitDigits?: boolean;
  /** Further pieces that no text yields, and such as always stand for their text; the words must be counted with the latter. */
  readonly control?: readonly string[];
  readonly userDefined?: readonly string[];
  /** Rules that go into the model; none by default. The words must be counted with them. */
  readonly normalizer?: NormalizerSpec;
  /** Substrings that a unigram model starts from, at most; a million by default. */
  readonly seeds?: number;
}
