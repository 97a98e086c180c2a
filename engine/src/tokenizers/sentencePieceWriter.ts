/**
 * SentencePiece models as bytes: a new one out of pieces, or one with pieces added, where all that is not understood here
 * survives as it stood.
 */
import { MessageReader, MessageWriter } from '../base/protobuf.ts';
import { algorithms, field, normalizerField, pieceField, trainerField } from './sentencePieceFields.ts';
import type { SentencePieceModel } from './sentencePieceModel.ts';
import { type Piece, PieceType } from './tokenizer.ts';

function pieceBytes(piece: Piece): Uint8Array {
  const writer = new MessageWriter().text(pieceField.text, piece.piece).float(pieceField.score, piece.score);
  return (piece.type === PieceType.normal ? writer : writer.varint(pieceField.type, piece.type)).finish();
}

/** The bytes of a model with further pieces behind its own; all else stays, but for the vocabulary size. */
export function withPieces(model: SentencePieceModel, added: readonly Piece[]): Uint8Array {
  const writer = new MessageWriter();
  const reader = new MessageReader(model.bytes);
  let seen = 0;
  while (reader.next()) {
    if (reader.field === field.trainer) {
      writer.bytes(
        field.trainer,
        withVocabularySize(model.bytes.subarray(reader.from, reader.to), model, added.length),
      );
      continue;
    }
    writer.raw(model.bytes.subarray(reader.start, reader.to));
    if (reader.field === field.pieces && ++seen === model.pieces.length) {
      for (const piece of added) writer.bytes(field.pieces, pieceBytes(piece));
    }
  }
  return writer.finish();
}

function withVocabularySize(trainer: Uint8Array, model: SentencePieceModel, added: number): Uint8Array {
  const writer = new MessageWriter();
  const reader = new MessageReader(trainer);
  while (reader.next()) {
    if (reader.field !== trainerField.vocabularySize) writer.raw(trainer.subarray(reader.start, reader.to));
    else writer.varint(trainerField.vocabularySize, model.pieces.length + added);
  }
  return writer.finish();
}

/** The bytes of a new BPE model: identity normaliser, dummy prefix, spaces kept as they are. */
export function newBpeModel(
  pieces: readonly Piece[],
  options: { readonly byteFallback: boolean; readonly characterCoverage: number },
): Uint8Array {
  const writer = new MessageWriter();
  for (const piece of pieces) writer.bytes(field.pieces, pieceBytes(piece));
  const trainer = new MessageWriter()
    .varint(trainerField.algorithm, algorithms.indexOf('bpe'))
    .varint(trainerField.vocabularySize, pieces.length)
    .float(trainerField.characterCoverage, options.characterCoverage);
  if (options.byteFallback) trainer.varint(trainerField.byteFallback, 1);
  const normalizer = new MessageWriter()
    .text(normalizerField.name, 'identity')
    .bytes(normalizerField.charsmap, new Uint8Array())
    .varint(normalizerField.addDummyPrefix, 1)
    .varint(normalizerField.removeExtraWhitespaces, 0)
    .varint(normalizerField.escapeWhitespaces, 1);
  return writer.bytes(field.trainer, trainer.finish()).bytes(field.normalizer, normalizer.finish()).finish();
}
