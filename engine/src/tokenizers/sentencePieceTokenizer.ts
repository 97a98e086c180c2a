/** A tokenizer from a SentencePiece model: normaliser, encoder and decoder put together as SentencePiece does. */
import { finish, type Steps } from '../base/steps.ts';
import { BpeEncoder } from './bpe.ts';
import { EncodingBuffer, type UnknownRule } from './encodingBuffer.ts';
import { isPlain, LongestMatch, Normalizer, spaceSymbol } from './normalizer.ts';
import { byteOfPiece, type SentencePieceModel } from './sentencePieceModel.ts';
import { type Encoding, type PartEncoder, type Piece, PieceType, type Tokenizer } from './tokenizer.ts';
import { UnigramEncoder } from './unigram.ts';
import { decodeBytes, wellFormed } from './unicode.ts';

export class SentencePieceTokenizer implements Tokenizer {
  readonly algorithm: string;
  readonly size: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly unkId: number;
  readonly byteFallback: boolean;
  readonly byteLevel = false;
  readonly parts: PartEncoder | undefined;

  private readonly unknown: UnknownRule;
  private readonly encoder: BpeEncoder | UnigramEncoder;
  private readonly plain: boolean;
  private readonly normalizer: Normalizer;
  private readonly denormalizer: Normalizer | undefined;
  private readonly bytes: Int16Array;

  /** Of a BPE or unigram model. */
  constructor(readonly model: SentencePieceModel) {
    const { pieces, trainer } = model;
    this.algorithm = trainer.algorithm;
    this.size = pieces.length;
    this.bosId = this.controlId(trainer.bosPiece);
    this.eosId = this.controlId(trainer.eosPiece);
    this.unkId = model.unkId;
    this.byteFallback = trainer.byteFallback;
    this.bytes = new Int16Array(pieces.length).fill(-1);
    const byteIds = new Int32Array(256);
    for (const [id, { piece, type }] of pieces.entries()) {
      const byte = type === PieceType.byte ? byteOfPiece(piece) : undefined;
      if (byte === undefined) continue;
      this.bytes[id] = byte;
      byteIds[byte] = id;
    }
    this.unknown = { unkId: model.unkId, byteIds: trainer.byteFallback ? byteIds : undefined };
    const kept = new LongestMatch(pieces.filter((p) => p.type === PieceType.userDefined).map((p) => p.piece));
    this.normalizer = new Normalizer(model.normalizer, trainer.whitespaceAsSuffix, kept);
    this.denormalizer =
      model.denormalizer === undefined || model.denormalizer.charsmap.length === 0
        ? undefined
        : new Normalizer(model.denormalizer, false, new LongestMatch([]));
    this.plain = isPlain(model);
    this.encoder = trainer.algorithm === 'bpe' ? new BpeEncoder(model, this.unknown) : new UnigramEncoder(model);
    this.parts = this.partEncoder();
  }

  piece(id: number): Piece {
    const piece = this.model.pieces[id];
    if (piece === undefined) throw new RangeError(`there is no id ${id} among ${this.size}`);
    return piece;
  }

  idOf(piece: string): number | undefined {
    return this.model.ids.get(piece);
  }

  byteOf(id: number): number | undefined {
    const byte = this.bytes[id] ?? -1;
    return byte < 0 ? undefined : byte;
  }

  textOf(id: number): string | undefined {
    const { piece, type } = this.piece(id);
    if (type !== PieceType.byte) return type === PieceType.control ? piece : piece.replaceAll(spaceSymbol, ' ');
    const byte = this.bytes[id]!;
    return byte < 0x80 ? String.fromCharCode(byte) : undefined;
  }

  bytesOf(id: number): Uint8Array | undefined {
    const byte = this.byteOf(id);
    return byte === undefined || byte < 0x80 ? undefined : Uint8Array.of(byte);
  }

  encode(text: string): Encoding {
    return finish(this.encodeInSteps(text));
  }

  *encodeInSteps(text: string): Steps<Encoding> {
    const source = wellFormed(text);
    const out = new EncodingBuffer(this.unknown, Math.max(16, source.length >> 2));
    if (this.plain && this.encoder instanceof BpeEncoder) {
      this.encoder.encode(source, this.model.normalizer.addDummyPrefix, out);
      return out.finish();
    }
    const normalized = yield* this.normalizer.normalizeInSteps(source);
    if (this.encoder instanceof BpeEncoder) this.encoder.encode(normalized.text, false, out);
    else yield* this.encoder.encodeInSteps(normalized.text, out);
    const encoding = out.finish();
    for (let i = 0; i < encoding.ids.length; i++) {
      encoding.starts[i] = normalized.offsets[encoding.starts[i]!]!;
      encoding.ends[i] = normalized.offsets[encoding.ends[i]!]!;
    }
    return encoding;
  }

  count(text: string): number {
    if (!this.plain || !(this.encoder instanceof BpeEncoder) || !this.byteFallback) return this.encode(text).ids.length;
    return this.encoder.count(wellFormed(text), this.model.normalizer.addDummyPrefix);
  }

  decode(ids: ArrayLike<number>): string {
    const { addDummyPrefix, removeExtraWhitespaces } = this.model.normalizer;
    let text = '';
    let bytes: number[] = [];
    let atStart = true;
    let prefixSeen = false;
    const flush = () => {
      if (bytes.length > 0) text += decodeBytes(bytes);
      bytes = [];
    };
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const { piece, type } = this.piece(id);
      if (type === PieceType.byte) {
        bytes.push(this.bytes[id]!);
        continue;
      }
      flush();
      if (prefixSeen || text !== '') atStart = false;
      prefixSeen = false;
      if (type === PieceType.control) continue;
      if (type === PieceType.unknown) {
        text += this.model.trainer.unknownSurface;
        continue;
      }
      // Only the first space goes, but every leading one where runs of spaces are not kept.
      const drops = atStart && (addDummyPrefix || removeExtraWhitespaces) && piece.startsWith(spaceSymbol);
      prefixSeen = drops && !removeExtraWhitespaces;
      text += (drops ? piece.slice(1) : piece).replaceAll(spaceSymbol, ' ');
    }
    flush();
    return this.denormalizer === undefined ? text : this.denormalizer.normalize(text).text;
  }

  private controlId(piece: string): number | undefined {
    const id = this.model.ids.get(piece);
    return id !== undefined && this.model.pieces[id]?.type === PieceType.control ? id : undefined;
  }

  private partEncoder(): PartEncoder | undefined {
    const { encoder, unknown } = this;
    const { addDummyPrefix } = this.model.normalizer;
    if (!this.plain || !(encoder instanceof BpeEncoder) || !encoder.hasCuts) return undefined;
    return {
      canCut: (left, right) => encoder.canCut(left, right),
      encode: (part, first) => {
        const out = new EncodingBuffer(unknown, Math.max(16, part.length >> 1));
        encoder.encode(wellFormed(part), first && addDummyPrefix, out);
        return out.finish();
      },
    };
  }
}
