/** A trained vocabulary as a SentencePiece model: the special pieces in SentencePiece's order, then the trained ones, and the rules. */
import { MessageWriter } from '../../base/protobuf.ts';
import { algorithms, field, normalizerField, pieceField, trainerField } from '../../tokenizers/sentencePieceFields.ts';
import { type NormalizerSpec, pieceOfByte } from '../../tokenizers/sentencePieceModel.ts';
import { type Piece, PieceType } from '../../tokenizers/tokenizer.ts';
import type { TrainOptions } from './options.ts';

/** What a trainer says about itself, by its number in sentencepiece_model.proto; only for those who read the file. */
const longestPieceField = 20;
const splitDigitsField = 25;
const controlField = 30;
const userDefinedField = 31;

/** Spaces become ▁, one goes before the text, nothing else changes. */
export const identity: NormalizerSpec = {
  name: 'identity',
  charsmap: new Uint8Array(),
  addDummyPrefix: true,
  removeExtraWhitespaces: false,
  escapeWhitespaces: true,
};

/** Unknown, BOS and EOS, control and user-defined pieces, bytes. */
export function specialPieces({ control, userDefined, byteFallback }: Required<TrainOptions>): Piece[] {
  const piece = (type: PieceType) => (text: string) => ({ piece: text, score: 0, type });
  return [
    { piece: '<unk>', score: 0, type: PieceType.unknown },
    ...['<s>', '</s>', ...control].map(piece(PieceType.control)),
    ...userDefined.map(piece(PieceType.userDefined)),
    ...(byteFallback ? Array.from({ length: 256 }, (_, byte) => pieceOfByte(byte)) : []).map(piece(PieceType.byte)),
  ];
}

export function newModel(pieces: readonly Piece[], options: Required<TrainOptions>): Uint8Array {
  const { normalizer } = options;
  const writer = new MessageWriter();
  for (const { piece, score, type } of pieces) {
    const message = new MessageWriter().text(pieceField.text, piece).float(pieceField.score, score);
    writer.bytes(field.pieces, (type === PieceType.normal ? message : message.varint(pieceField.type, type)).finish());
  }
  const trainer = new MessageWriter()
    .varint(trainerField.algorithm, algorithms.indexOf(options.type))
    .varint(trainerField.vocabularySize, pieces.length)
    .float(trainerField.characterCoverage, options.coverage)
    .varint(longestPieceField, options.longest)
    .varint(splitDigitsField, options.splitDigits ? 1 : 0);
  for (const text of options.control) trainer.text(controlField, text);
  for (const text of options.userDefined) trainer.text(userDefinedField, text);
  trainer.varint(trainerField.byteFallback, options.byteFallback ? 1 : 0);
  const rules = new MessageWriter()
    .text(normalizerField.name, normalizer.name)
    .bytes(normalizerField.charsmap, normalizer.charsmap)
    .varint(normalizerField.addDummyPrefix, normalizer.addDummyPrefix ? 1 : 0)
    .varint(normalizerField.removeExtraWhitespaces, normalizer.removeExtraWhitespaces ? 1 : 0)
    .varint(normalizerField.escapeWhitespaces, 1);
  return writer.bytes(field.trainer, trainer.finish()).bytes(field.normalizer, rules.finish()).finish();
}
