/** A model without its normaliser, to see what its merges alone make of a piece's own text. */
import type { SentencePieceModel } from '../tokenizers/sentencePieceModel.ts';

/** `▁` in a text given to it stands for itself. */
export const mergesOnly = (model: SentencePieceModel): SentencePieceModel => ({
  ...model,
  trainer: { ...model.trainer, whitespaceAsSuffix: false },
  normalizer: {
    name: 'identity',
    charsmap: new Uint8Array(),
    addDummyPrefix: false,
    removeExtraWhitespaces: false,
    escapeWhitespaces: true,
  },
});
