/** A tokenizer from a byte-level tokenizer.json: added tokens, normaliser, words and merges put together as Hugging Face does. */
import { isUtf8 } from 'node:buffer';
import { finish, type Steps } from '../base/steps.ts';
import { AddedTokenFinder } from './addedTokens.ts';
import { ByteLevelBpe, longestKept } from './byteLevelBpe.ts';
import { bytesOfSymbols, type ByteLevelModel } from './byteLevelModel.ts';
import { isStable, normalizeNfc } from './nfc.ts';
import { PreTokenizer } from './preTokenizer.ts';
import { TokenBuffer } from './tokenBuffer.ts';
import { type Encoding, type PartEncoder, type Piece, PieceType, type Tokenizer } from './tokenizer.ts';
import { wellFormed } from './unicode.ts';

const wordsAtOnce = 1 << 12;

interface ByteTable {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

export class ByteLevelTokenizer implements Tokenizer {
  readonly algorithm = 'byte-level bpe';
  readonly byteLevel = true;
  readonly byteFallback = true;
  readonly unkId = undefined;
  readonly size: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly parts: PartEncoder | undefined;

  private readonly bpe: ByteLevelBpe;
  private readonly preTokenizer: PreTokenizer;
  /** Tokens that are looked for in the text as it is, and those that are looked for in the normalised text. */
  private readonly added: AddedTokenFinder;
  private readonly addedNormalized: AddedTokenFinder;
  /** Made when first asked for. */
  private table: ByteTable | undefined;
  private readonly utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(readonly model: ByteLevelModel) {
    const { pieces, addedTokens, steps, normalizer } = model;
    this.size = pieces.length;
    this.bosId = model.bosId;
    this.eosId = model.eosId;
    this.bpe = new ByteLevelBpe(model);
    this.preTokenizer = new PreTokenizer(steps);
    const normal = (token: (typeof addedTokens)[number]) =>
      normalizer === 'nfc' ? { ...token, content: token.content.normalize('NFC') } : token;
    this.added = new AddedTokenFinder(addedTokens.filter((token) => !token.normalized));
    this.addedNormalized = new AddedTokenFinder(addedTokens.filter((token) => token.normalized).map(normal));
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

  byteOf(): undefined {
    return undefined;
  }

  textOf(id: number): string | undefined {
    const { piece, type } = this.piece(id);
    if (type !== PieceType.normal) return piece;
    const bytes = this.bytes(id);
    return isUtf8(bytes) ? this.utf8.decode(bytes) : undefined;
  }

  bytesOf(id: number): Uint8Array | undefined {
    if (this.piece(id).type !== PieceType.normal) return undefined;
    const bytes = this.bytes(id);
    return isUtf8(bytes) ? undefined : bytes;
  }

  encode(text: string): Encoding {
    return finish(this.encodeInSteps(text));
  }

  *encodeInSteps(text: string): Steps<Encoding> {
    const source = wellFormed(text);
    const out = new TokenBuffer(Math.max(16, source.length >> 2));
    let from = 0;
    for (const { token, start, end } of this.added.find(source)) {
      yield* this.normalized(source.slice(from, start), from, out);
      out.push(token.id, start, end);
      from = end;
    }
    yield* this.normalized(from === 0 ? source : source.slice(from), from, out);
    return out.finish();
  }

  count(text: string): number {
    return this.encode(text).ids.length;
  }

  decode(ids: ArrayLike<number>): string {
    const { bytes, offsets } = (this.table ??= this.byteTable());
    const { pieces } = this.model;
    let length = 0;
    for (let i = 0; i < ids.length; i++) {
      if (this.piece(ids[i]!).type !== PieceType.control) length += offsets[ids[i]! + 1]! - offsets[ids[i]!]!;
    }
    const text = new Uint8Array(length);
    for (let i = 0, at = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (pieces[id]!.type === PieceType.control) continue;
      for (let from = offsets[id]!; from < offsets[id + 1]!; from++) text[at++] = bytes[from]!;
    }
    return this.utf8.decode(text);
  }

  /** The bytes of a token's text. Added tokens are read as pieces where that can be, as Hugging Face's decoder reads them. */
  private bytes(id: number): Uint8Array {
    const { piece } = this.piece(id);
    return bytesOfSymbols(piece) ?? Buffer.from(piece, 'utf8');
  }

  /** The bytes of all pieces, one after another, and where each begins. */
  private byteTable(): ByteTable {
    const all = this.model.pieces.map((_, id) => this.bytes(id));
    const offsets = new Uint32Array(all.length + 1);
    for (const [id, { length }] of all.entries()) offsets[id + 1] = offsets[id]! + length;
    return { bytes: Buffer.concat(all), offsets };
  }

  /** A stretch without tokens that are found in the text as it is. */
  private *normalized(source: string, offset: number, out: TokenBuffer): Steps<void> {
    if (source === '') return;
    if (this.model.normalizer === 'none') {
      yield* this.stretch(source, offset, out);
      return;
    }
    const { text, starts, ends } = normalizeNfc(source);
    const first = out.length;
    yield* this.stretch(text, starts === undefined ? offset : 0, out);
    if (starts === undefined || ends === undefined) return;
    out.map(first, (start, end) =>
      start === end
        ? [offset + (starts[start] ?? source.length), offset + (starts[start] ?? source.length)]
        : [offset + starts[start]!, offset + ends[end - 1]!],
    );
  }

  private *stretch(text: string, offset: number, out: TokenBuffer): Steps<void> {
    let from = 0;
    for (const { token, start, end } of this.addedNormalized.find(text)) {
      if (start > from) yield* this.words(text.slice(from, start), offset + from, out);
      out.push(token.id, offset + start, offset + end);
      from = end;
    }
    if (from < text.length) yield* this.words(from === 0 ? text : text.slice(from), offset + from, out);
  }

  private *words(text: string, offset: number, out: TokenBuffer): Steps<void> {
    const { bpe } = this;
    const words = this.preTokenizer.words(text);
    for (let n = 1; words.next(); n++) {
      if (n % wordsAtOnce === 0) yield;
      const word = words.text;
      const start = offset + words.start;
      if (word.length <= longestKept) {
        bpe.encodeShort(word, start, words.shift, out);
        continue;
      }
      const { ids, starts, ends } = yield* bpe.encodeLong(word);
      // A space that was put before the text stands for nothing.
      const shifted = start - words.shift;
      for (let i = 0; i < ids.length; i++) {
        out.push(ids[i]!, Math.max(start, shifted + starts[i]!), Math.max(start, shifted + ends[i]!));
      }
    }
  }

  private partEncoder(): PartEncoder | undefined {
    const { preTokenizer, added, addedNormalized } = this;
    if (preTokenizer.addsSpaces || preTokenizer.steps.length === 0) return undefined;
    const stable = this.model.normalizer === 'none' ? () => true : isStable;
    return {
      canCut: (left, right) =>
        preTokenizer.canCut(left, right) &&
        added.canCut(left, right) &&
        addedNormalized.canCut(left, right) &&
        stable(left) &&
        stable(right),
      encode: (part) => this.encode(part),
      encodeInSteps: (part) => this.encodeInSteps(part),
    };
  }
}
