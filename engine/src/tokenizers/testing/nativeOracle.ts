/**
 * SentencePiece's own C++ library by way of Debian's Python package, for tests: the ids and the spans that it gives. It counts
 * spans in bytes of UTF-8 and gives the bytes of one character one span together; here they are as the house has them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { MessageReader, wireType } from '../../base/protobuf.ts';
import { byteOfPiece } from '../sentencePieceModel.ts';
import type { Encoding } from '../tokenizer.ts';
import { utf8Length } from '../units.ts';

const python = '/usr/bin/python3';

/** Reads texts as JSON lines; writes each answer, a SentencePieceText, behind its length. */
const program = `
import json, struct, sys, sentencepiece
processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as texts, open(sys.argv[3], "wb") as answers:
    for line in texts:
        answer = processor.encode_as_serialized_proto(json.loads(line))
        answers.write(struct.pack("<I", len(answer)))
        answers.write(answer)
`;

export const hasNativeOracle = spawnSync(python, ['-c', 'import sentencepiece'], { stdio: 'ignore' }).status === 0;

/** What the library makes of well-formed texts. */
export function nativeEncodings(model: Uint8Array, texts: readonly string[]): Encoding[] {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'native-'));
  try {
    const [modelFile, textFile, answerFile] = ['model', 'texts', 'answers'].map((name) => path.join(folder, name));
    writeFileSync(modelFile!, model);
    writeFileSync(textFile!, texts.map((text) => JSON.stringify(text) + '\n').join(''));
    const run = spawnSync(python, ['-c', program, modelFile!, textFile!, answerFile!], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(run.stderr);
    const answers = readFileSync(answerFile!);
    const encodings: Encoding[] = [];
    let at = 0;
    for (const text of texts) {
      const end = at + 4 + answers.readUInt32LE(at);
      encodings.push(encodingOf(answers.subarray(at + 4, end), text));
      at = end;
    }
    return encodings;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Field numbers of sentencepiece.proto. */
const field = { pieces: 2 };
const pieceField = { piece: 1, id: 2, begin: 4, end: 5 };

function encodingOf(message: Uint8Array, text: string): Encoding {
  const ids: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const unitOf = unitsByBytes(text);
  /** Bytes of a character still to come. */
  let open = 0;
  const reader = new MessageReader(message);
  while (reader.next()) {
    if (!reader.is(field.pieces, wireType.bytes)) continue;
    const piece = new MessageReader(message, reader.from, reader.to);
    const values = { id: 0, begin: 0, end: 0, piece: '' };
    while (piece.next()) {
      if (piece.is(pieceField.id, wireType.varint)) values.id = piece.value;
      else if (piece.is(pieceField.begin, wireType.varint)) values.begin = piece.value;
      else if (piece.is(pieceField.end, wireType.varint)) values.end = piece.value;
      else if (piece.is(pieceField.piece, wireType.bytes)) {
        values.piece = new TextDecoder().decode(message.subarray(piece.from, piece.to));
      }
    }
    ids.push(values.id);
    starts.push(unitOf(values.begin));
    ends.push(unitOf(values.end));
    const byte = byteOfPiece(values.piece);
    if (byte === undefined || values.piece.length !== 6) continue;
    if ((byte & 0xc0) !== 0x80) open = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    // The last byte bears the character's span.
    for (let i = 2; i <= open && (byte & 0xc0) === 0x80; i++) {
      const other = ids.length - i;
      if (starts[other] !== starts.at(-1)) break;
      ends[other] = ends.at(-1)!;
    }
  }
  return { ids: Int32Array.from(ids), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
}

/** From an offset in bytes of UTF-8 to one in UTF-16 units; cheap where offsets rise. */
function unitsByBytes(text: string): (byte: number) => number {
  let bytes = 0;
  let units = 0;
  return (byte) => {
    if (byte < bytes) bytes = units = 0;
    while (bytes < byte) {
      const codePoint = text.codePointAt(units)!;
      bytes += utf8Length(codePoint);
      units += codePoint > 0xffff ? 2 : 1;
    }
    return units;
  };
}
