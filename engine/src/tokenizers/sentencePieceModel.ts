/**
 * The content of a SentencePiece `.model` file: pieces and rules, read from its bytes and checked as SentencePiece checks
 * them. The bytes stay the truth: a model is written by writing them, and changed field by field (sentencePieceWriter.ts), so
 * that whatever this reader does not know survives. Format: sentencepiece_model.proto of SentencePiece 0.1.97.
 */
import { bad, ok, type Result } from '../base/problem.ts';
import { otherFormat } from './otherFormats.ts';
import { PieceReader, textOf } from './pieceReader.ts';
import { MessageReader, wireType, type WireFault } from '../base/protobuf.ts';
import { algorithms, field, normalizerField, trainerField } from './sentencePieceFields.ts';
import { PieceType, type Piece } from './tokenizer.ts';

export interface TrainerSpec {
  readonly algorithm: 'unigram' | 'bpe';
  /** As the file says; may differ from the number of pieces. */
  readonly vocabularySize: number;
  readonly byteFallback: boolean;
  readonly whitespaceAsSuffix: boolean;
  readonly bosPiece: string;
  readonly eosPiece: string;
  /** What an unknown piece is decoded to. */
  readonly unknownSurface: string;
}

export interface NormalizerSpec {
  /** `identity`, `nmt_nfkc`, … */
  readonly name: string;
  /** Compiled rules; empty: none. */
  readonly charsmap: Uint8Array;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
}

export interface SentencePieceModel {
  readonly format: 'sentencepiece';
  /** Where it was read, for messages. */
  readonly file: string;
  /** The file's content. */
  readonly bytes: Uint8Array;
  readonly pieces: readonly Piece[];
  /** Ids by piece string; no string occurs twice. */
  readonly ids: ReadonlyMap<string, number>;
  readonly unkId: number;
  readonly trainer: TrainerSpec;
  readonly normalizer: NormalizerSpec;
  readonly denormalizer: NormalizerSpec | undefined;
}

/** Twice what the largest vocabularies have; a file with more is refused before it fills the memory. */
export const maximumPieces = 1 << 19;
/**
 * Bound on the sum of squared piece lengths, since an encoder looks at every split of every piece. Real vocabularies of
 * 256,000 pieces stay under a tenth of it.
 */
const maximumSplitWork = 2 ** 28;

const damaged = 'The file is damaged or no SentencePiece model; get it again from its source.';

/** Reads a model from the bytes of a `.model` file. `file` names it in messages. */
export function parseModel(bytes: Uint8Array, file: string): Result<SentencePieceModel> {
  const model = readModel(bytes, file);
  const other = model.ok ? undefined : otherFormat(bytes);
  return other === undefined ? model : bad(other.what, { file, byteOffset: 0 }, other.remedy);
}

function readModel(bytes: Uint8Array, file: string): Result<SentencePieceModel> {
  const fail = (what: string, byteOffset?: number) =>
    bad(what, byteOffset === undefined ? { file } : { file, byteOffset }, damaged);
  if (bytes.length === 0) return fail('the file is empty', 0);
  const crowd = surplusPiece(bytes);
  if (crowd !== undefined) return fail(`there are more than ${maximumPieces} pieces`, crowd);
  const pieces: Piece[] = [];
  const offsets: number[] = [];
  const ids = new Map<string, number>();
  let splitWork = 0;
  const state: SpecState = { trainer: { ...defaultTrainer }, normalizer: { ...defaultNormalizer } };
  const reader = new MessageReader(bytes);
  const inner = new PieceReader(bytes);
  let hasTrainer = false;
  let hasNormalizer = false;
  while (reader.next()) {
    let fault: WireFault | undefined;
    hasTrainer ||= reader.field === field.trainer;
    hasNormalizer ||= reader.field === field.normalizer;
    if (reader.is(field.pieces, wireType.bytes)) {
      fault = inner.read(reader.from, reader.to, reader.start);
      if (fault === undefined) {
        const { piece, score, type } = inner;
        splitWork += piece.length * piece.length;
        if (splitWork > maximumSplitWork) return fail('the pieces are too long for a vocabulary', reader.start);
        ids.set(piece, pieces.length);
        offsets.push(reader.start);
        pieces.push({ piece, score, type });
        // A string that was there already takes that one's place.
        if (ids.size < pieces.length)
          fault = { what: `piece ${JSON.stringify(piece)} occurs twice`, offset: reader.start };
      }
    } else if (reader.is(field.trainer, wireType.bytes)) {
      fault = readTrainer(bytes, reader.from, reader.to, state);
    } else if (reader.is(field.normalizer, wireType.bytes)) {
      fault = readNormalizer(bytes, reader.from, reader.to, state.normalizer);
    } else if (reader.is(field.denormalizer, wireType.bytes)) {
      state.denormalizer ??= { ...defaultNormalizer };
      fault = readNormalizer(bytes, reader.from, reader.to, state.denormalizer);
    }
    if (fault !== undefined) {
      const problem = fail(fault.what, fault.offset);
      if (fault.remedy === undefined) return problem;
      return bad(fault.what, problem.problem.where, fault.remedy);
    }
  }
  if (reader.fault !== undefined) {
    const { what, offset } = reader.fault;
    return fail(pieces.length === 0 ? `this is no SentencePiece model (${what})` : what, offset);
  }
  if (pieces.length === 0) return fail('this is no SentencePiece model (there are no pieces in it)', 0);
  if (!hasTrainer || !hasNormalizer) {
    return fail('the file ends before the rules that stand behind the pieces', bytes.length);
  }
  const unkId = checkPieces(pieces, state.trainer.byteFallback);
  if (typeof unkId !== 'number') return fail(unkId.what, unkId.at === undefined ? undefined : offsets[unkId.at]);
  return ok({ format: 'sentencepiece', file, bytes, pieces, ids, unkId, ...state, denormalizer: state.denormalizer });
}

/** Where the first piece too many starts: asked before any of them takes memory. */
function surplusPiece(bytes: Uint8Array): number | undefined {
  // No piece takes less than five bytes, but for empty ones, the first of which is refused.
  if (bytes.length < 5 * maximumPieces) return undefined;
  const reader = new MessageReader(bytes);
  let count = 0;
  while (reader.next()) if (reader.field === field.pieces && ++count > maximumPieces) return reader.start;
  return undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
interface SpecState {
  readonly trainer: Writable<TrainerSpec>;
  readonly normalizer: Writable<NormalizerSpec>;
  denormalizer?: Writable<NormalizerSpec>;
}

const defaultTrainer: TrainerSpec = {
  algorithm: 'unigram',
  vocabularySize: 8000,
  byteFallback: false,
  whitespaceAsSuffix: false,
  bosPiece: '<s>',
  eosPiece: '</s>',
  unknownSurface: ' \u2047 ',
};
const defaultNormalizer: NormalizerSpec = {
  name: '',
  charsmap: new Uint8Array(),
  addDummyPrefix: true,
  removeExtraWhitespaces: true,
  escapeWhitespaces: true,
};

function readTrainer(bytes: Uint8Array, from: number, to: number, state: SpecState): WireFault | undefined {
  const reader = new MessageReader(bytes, from, to);
  const trainer = state.trainer;
  while (reader.next()) {
    if (reader.is(trainerField.algorithm, wireType.varint)) {
      const algorithm = algorithms[reader.value];
      if (algorithm === undefined) {
        const kind = { 3: 'word', 4: 'character' }[reader.value] ?? `type ${reader.value}`;
        const what = `it is a model by ${kind}; BPE and unigram models are supported`;
        return { what, offset: reader.start, remedy: 'Take a BPE or unigram model.' };
      }
      trainer.algorithm = algorithm;
    } else if (reader.is(trainerField.vocabularySize, wireType.varint)) {
      trainer.vocabularySize = reader.value;
    } else if (reader.is(trainerField.whitespaceAsSuffix, wireType.varint)) {
      trainer.whitespaceAsSuffix = reader.value !== 0;
    } else if (reader.is(trainerField.byteFallback, wireType.varint)) {
      trainer.byteFallback = reader.value !== 0;
    } else {
      const key = (['unknownSurface', 'bosPiece', 'eosPiece'] as const).find((name) =>
        reader.is(trainerField[name], wireType.bytes),
      );
      if (key === undefined) continue;
      const text = textOf(bytes, reader.from, reader.to);
      if (text === undefined) return { what: 'a text is not UTF-8', offset: reader.from };
      // SentencePiece takes an empty name of BOS or EOS as the default one.
      trainer[key] = text === '' && key !== 'unknownSurface' ? defaultTrainer[key] : text;
    }
  }
  return reader.fault;
}

function readNormalizer(
  bytes: Uint8Array,
  from: number,
  to: number,
  spec: Writable<NormalizerSpec>,
): WireFault | undefined {
  const reader = new MessageReader(bytes, from, to);
  while (reader.next()) {
    if (reader.is(normalizerField.name, wireType.bytes)) spec.name = textOf(bytes, reader.from, reader.to) ?? '';
    else if (reader.is(normalizerField.charsmap, wireType.bytes)) {
      spec.charsmap = bytes.subarray(reader.from, reader.to);
      const fault = charsmapFault(bytes, reader.from, reader.to);
      if (fault !== undefined) return fault;
    } else if (reader.is(normalizerField.addDummyPrefix, wireType.varint)) spec.addDummyPrefix = reader.value !== 0;
    else if (reader.is(normalizerField.removeExtraWhitespaces, wireType.varint))
      spec.removeExtraWhitespaces = reader.value !== 0;
    else if (reader.is(normalizerField.escapeWhitespaces, wireType.varint)) spec.escapeWhitespaces = reader.value !== 0;
  }
  return reader.fault;
}

/** Compiled rules are the size of a trie, the trie in units of four bytes, and texts in UTF-8 that end in NUL. */
function charsmapFault(bytes: Uint8Array, from: number, to: number): WireFault | undefined {
  if (to === from) return undefined;
  const broken = (offset: number): WireFault => ({ what: 'the normalisation rules are broken', offset });
  const trie = to - from < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset + from, 4).getUint32(0, true);
  if (trie < 4 || trie % 4 !== 0 || trie + 4 >= to - from || bytes[to - 1] !== 0) return broken(from);
  const texts = from + 4 + trie;
  return textOf(bytes, texts, to) === undefined ? broken(texts) : undefined;
}

/** The id of the unknown piece, or what is wrong with the pieces as a whole and at which piece. */
function checkPieces(pieces: readonly Piece[], byteFallback: boolean): number | { what: string; at?: number } {
  let unkId: number | undefined;
  let bytes = 0;
  for (let id = 0; id < pieces.length; id++) {
    const { piece, type } = pieces[id]!;
    if (type === PieceType.unknown) {
      if (unkId !== undefined) return { what: 'there are two unknown pieces', at: id };
      unkId = id;
    } else if (type === PieceType.byte) {
      if (!byteFallback) return { what: `byte piece ${piece} stands in a model without byte fallback`, at: id };
      if (byteOfPiece(piece) === undefined) return { what: `${JSON.stringify(piece)} is no byte piece`, at: id };
      bytes++;
    }
  }
  if (unkId === undefined) return { what: 'there is no unknown piece' };
  if (byteFallback && bytes !== 256) return { what: `there are ${bytes} byte pieces in place of 256` };
  return unkId;
}

/** The byte that a piece such as `<0x0A>` names. */
export function byteOfPiece(piece: string): number | undefined {
  return /^<0x[0-9A-F]{2}>$/.test(piece) ? Number.parseInt(piece.slice(3, 5), 16) : undefined;
}

export const pieceOfByte = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
