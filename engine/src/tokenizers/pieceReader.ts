/** The pieces of a SentencePiece file, read one by one from their bytes, and texts in UTF-8 that are checked to be that. */
import { MessageReader, wireType, type WireFault } from '../base/protobuf.ts';
import { pieceField } from './sentencePieceFields.ts';
import { PieceType } from './tokenizer.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes, or undefined where they are no UTF-8. */
export function textOf(bytes: Uint8Array, from: number, to: number): string | undefined {
  try {
    return utf8.decode(bytes.subarray(from, to));
  } catch {
    return undefined;
  }
}

/** Reads one piece after another, and makes nothing but their strings: a vocabulary has a hundred thousand. */
export class PieceReader {
  piece = '';
  score = 0;
  type: PieceType = PieceType.normal;

  private readonly reader: MessageReader;
  private readonly floats: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.reader = new MessageReader(bytes);
    this.floats = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The piece in [from, to), whose field starts at `start`; or what is wrong with it. */
  read(from: number, to: number, start: number): WireFault | undefined {
    const { reader } = this;
    this.piece = '';
    this.score = 0;
    this.type = PieceType.normal;
    reader.enter(from, to);
    while (reader.next()) {
      if (reader.is(pieceField.text, wireType.bytes)) {
        const text = shortText(this.bytes, reader.from, reader.to);
        if (text === undefined) return { what: 'a piece is not UTF-8', offset: reader.from };
        this.piece = text;
      } else if (reader.is(pieceField.score, wireType.fixed32)) {
        this.score = this.floats.getFloat32(reader.from, true);
        if (!Number.isFinite(this.score)) return { what: `a score is ${this.score}`, offset: reader.start };
      } else if (reader.is(pieceField.type, wireType.varint)) {
        if (reader.value < 1 || reader.value > 6) {
          return { what: `there is no piece type ${reader.value}`, offset: reader.start };
        }
        this.type = reader.value as PieceType;
      }
    }
    if (reader.fault !== undefined) return reader.fault;
    return this.piece === '' ? { what: 'a piece is empty', offset: start } : undefined;
  }
}

/** As `textOf`, quicker for the few bytes of a piece in the ranges that most of them lie in. */
function shortText(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (to - from > 24) return textOf(bytes, from, to);
  let text = '';
  for (let i = from; i < to;) {
    const first = bytes[i]!;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      i++;
    } else if (first > 0xe0 && first < 0xed && i + 2 < to) {
      const [second, third] = [bytes[i + 1]!, bytes[i + 2]!];
      if ((second & 0xc0) !== 0x80 || (third & 0xc0) !== 0x80) return undefined;
      text += String.fromCharCode(((first & 15) << 12) | ((second & 63) << 6) | (third & 63));
      i += 3;
    } else return textOf(bytes, from, to);
  }
  return text;
}
