/** Numbers of the fields in a SentencePiece `.model` file that matter here. Source: sentencepiece_model.proto of 0.1.97. */

/** Algorithms by the trainer's number for them. */
export const algorithms = [undefined, 'unigram', 'bpe'] as const;
export const field = { pieces: 1, trainer: 2, normalizer: 3, denormalizer: 5 } as const;
export const pieceField = { text: 1, score: 2, type: 3 } as const;
export const trainerField = {
  algorithm: 3,
  vocabularySize: 4,
  characterCoverage: 10,
  whitespaceAsSuffix: 24,
  byteFallback: 35,
  unknownSurface: 44,
  bosPiece: 46,
  eosPiece: 47,
} as const;
export const normalizerField = {
  name: 1,
  charsmap: 2,
  addDummyPrefix: 3,
  removeExtraWhitespaces: 4,
  escapeWhitespaces: 5,
} as const;
