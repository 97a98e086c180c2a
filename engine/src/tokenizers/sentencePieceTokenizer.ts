/** A tokenizer from a SentencePiece model: normaliser, encoder and decoder put together as SentencePiece does. */
import { finish, type Steps } from '../base/steps.ts';
import { BpeEncoder } from './bpe.ts';
import { EncodingBuffer, type UnknownRule } from './encodingBuffer.ts';
import { isPlain, LongestMatch, Normalized, Normalizer, type PartPlace, spaceSymbol } from './normalizer.ts';
import { NormalizerCuts } from './normalizerCuts.ts';
import { ScoreSums } from './scoreSums.ts';
import { byteOfPiece, type SentencePieceModel } from './sentencePieceModel.ts';
import {
  type ChainedEncoding,
  type Encoding,
  type PartChain,
  type PartEncoder,
  type Piece,
  PieceType,
  type Tokenizer,
} from './tokenizer.ts';
import { Lattice, UnigramEncoder } from './unigram.ts';
import { decodeBytes } from './unicode.ts';
import { spaceUnit, writeUnits } from './units.ts';

/** Texts up to this many units share their working memory from call to call. */
const sharedLength = 1 << 16;

/** What encoding one text needs besides the model. */
class Workspace {
  units = new Uint16Array(256);
  readonly normalized = new Normalized();
  readonly lattice = new Lattice();
  readonly out: EncodingBuffer;

  constructor(unknown: UnknownRule) {
    this.out = new EncodingBuffer(unknown, 256);
  }
}

const wholeText: PartPlace = { first: true, last: true };

export class SentencePieceTokenizer implements Tokenizer {
  readonly algorithm: string;
  readonly size: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly unkId: number;
  readonly byteFallback: boolean;
  readonly byteLevel = false;
  readonly parts: PartEncoder | undefined;
  readonly chain: PartChain | undefined;

  private readonly unknown: UnknownRule;
  private readonly bpe: BpeEncoder | undefined;
  private readonly unigram: UnigramEncoder | undefined;
  private readonly shared: Workspace;
  private readonly plain: boolean;
  private readonly kept: LongestMatch;
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
    this.kept = new LongestMatch(pieces.filter((p) => p.type === PieceType.userDefined).map((p) => p.piece));
    this.normalizer = new Normalizer(model.normalizer, trainer.whitespaceAsSuffix, this.kept);
    this.denormalizer =
      model.denormalizer === undefined || model.denormalizer.charsmap.length === 0
        ? undefined
        : new Normalizer(model.denormalizer, false, new LongestMatch([]));
    this.plain = isPlain(model);
    if (trainer.algorithm === 'bpe') this.bpe = new BpeEncoder(model, this.unknown);
    else this.unigram = new UnigramEncoder(model);
    this.shared = new Workspace(this.unknown);
    this.parts = this.bpe === undefined ? undefined : this.partEncoder(this.bpe);
    this.chain = this.unigram === undefined ? undefined : this.partChain(this.unigram);
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
    return this.encodePart(text, wholeText);
  }

  encodeInSteps(text: string): Steps<Encoding> {
    return this.partInSteps(text, wholeText);
  }

  count(text: string): number {
    const { bpe } = this;
    if (bpe === undefined || !this.plain || !this.byteFallback) return this.encode(text).ids.length;
    const space = text.length <= sharedLength ? this.shared : new Workspace(this.unknown);
    const end = this.readUnits(text, true, space);
    return bpe.count(space.units, end);
  }

  private encodePart(text: string, place: PartPlace): Encoding {
    if (text.length > sharedLength) return finish(this.partInSteps(text, place));
    const space = this.shared;
    space.out.clear();
    if (this.plain && this.bpe !== undefined) {
      const end = this.readUnits(text, place.first, space);
      this.bpe.encode(space.units, end, space.out);
      if (end > text.length) space.out.dropFirstUnit();
    } else {
      const { units, length, offsets } = finish(this.normalizer.normalizeInSteps(text, space.normalized, place));
      if (this.bpe !== undefined) this.bpe.encode(units, length, space.out);
      else this.unigram!.encode(units, length, space.lattice, space.out);
      space.out.mapSpans(offsets);
    }
    return space.out.finish();
  }

  /** As `encodePart`, with pauses, and for unigram models behind parts whose scores sum to `before`. */
  private *partInSteps(
    text: string,
    place: PartPlace,
    before = 0,
    space = new Workspace(this.unknown),
  ): Steps<Encoding> {
    if (this.plain && this.bpe !== undefined) {
      const end = this.readUnits(text, place.first, space);
      yield* this.bpe.encodeInSteps(space.units, end, space.out);
      if (end > text.length) space.out.dropFirstUnit();
    } else {
      const { units, length, offsets } = yield* this.normalizer.normalizeInSteps(text, space.normalized, place);
      if (this.bpe !== undefined) yield* this.bpe.encodeInSteps(units, length, space.out);
      else yield* this.unigram!.encodeInSteps(units, length, space.lattice, space.out, before);
      if (length > sharedLength) yield;
      space.out.mapSpans(offsets);
    }
    if (text.length > sharedLength) yield;
    return space.out.finish();
  }

  /** Writes the text with its spaces escaped, behind a dummy prefix if it is the first part; answers the number of units. */
  private readUnits(text: string, first: boolean, space: Workspace): number {
    const prefix = first && text !== '' && this.model.normalizer.addDummyPrefix ? 1 : 0;
    const end = text.length + prefix;
    if (space.units.length < end) space.units = new Uint16Array(end + (end >> 1));
    if (prefix === 1) space.units[0] = spaceUnit;
    writeUnits(text, space.units, prefix, spaceUnit);
    return end;
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

  private partEncoder(bpe: BpeEncoder): PartEncoder | undefined {
    if (!bpe.hasCuts) return undefined;
    return {
      canCut: this.cutsOf((left, right) => bpe.canCut(left, right)),
      encode: (part, first, last) => this.encodePart(part, { first, last }),
      encodeInSteps: (part, first, last) => this.partInSteps(part, { first, last }),
    };
  }

  private partChain(unigram: UnigramEncoder): PartChain {
    const scoreSums = new ScoreSums([...unigram.scores, unigram.unknownScore]);
    const { byteFallback } = this;
    const chained = this.chainedInSteps.bind(this, scoreSums);
    return {
      canCut: this.cutsOf((left, right) => unigram.canCut(left, right, byteFallback)),
      encodeInSteps: (part, first, last, before) => chained(part, { first, last }, before),
      moved: (sums, before) => scoreSums.moved(sums, before),
    };
  }

  private *chainedInSteps(
    scoreSums: ScoreSums,
    part: string,
    place: PartPlace,
    before: number,
  ): Steps<ChainedEncoding> {
    const space = new Workspace(this.unknown);
    const encoding = yield* this.partInSteps(part, place, before, space);
    return { encoding, sums: scoreSums.of(space.lattice.best, space.normalized.length) };
  }

  /** Where a text may be cut, given where its normalised text may. */
  private cutsOf(canCutNormalized: (left: number, right: number) => boolean): (left: number, right: number) => boolean {
    if (this.plain) return (left, right) => canCutNormalized(escaped(left), escaped(right));
    let cuts: NormalizerCuts | undefined;
    return (left, right) => {
      cuts ??= new NormalizerCuts(this.normalizer.charsmap, this.model.normalizer, this.kept.texts, canCutNormalized);
      return cuts.canCut(left, right);
    };
  }
}

const escaped = (codePoint: number): number => (codePoint === 0x20 ? spaceUnit : codePoint);
