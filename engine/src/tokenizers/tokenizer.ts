/** What every tokenizer is to the rest of the house: text to ids with spans, ids to text, and a table of pieces. */
import type { Steps } from '../base/steps.ts';
import type { PartSums } from './scoreSums.ts';

/** The kinds of a SentencePiece piece, by the numbers its files use. */
export const PieceType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;
export type PieceType = (typeof PieceType)[keyof typeof PieceType];

export interface Piece {
  readonly piece: string;
  readonly score: number;
  readonly type: PieceType;
}

/** Tokens of one text. The three arrays have the same length. */
export interface Encoding {
  readonly ids: Int32Array;
  /**
   * Spans [start, end) in UTF-16 units of the text given. A token that is part of a character has the span of the whole
   * character; the dummy prefix stands for nothing (start = end).
   */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/**
 * Encoding in parts: for a text cut only at places where `canCut` holds, the tokens of the parts, one after another, are
 * the tokens of the whole. What makes counting after a keystroke cheap.
 */
export interface PartEncoder {
  /** May a text be cut between these two code points? A lone surrogate counts as U+FFFD. */
  canCut(left: number, right: number): boolean;
  /** Tokens of a part, spans in its own units; `first` for the part that begins the text, `last` for the one that ends it. */
  encode(part: string, first: boolean, last: boolean): Encoding;
  /** As `encode`, with pauses: a text without cuts is one long part. */
  encodeInSteps?(part: string, first: boolean, last: boolean): Steps<Encoding>;
}

/** As PartEncoder, where a part's tokens depend on the parts before it by one number, the sum of their scores. */
export interface PartChain {
  canCut(left: number, right: number): boolean;
  /** Tokens of a part behind parts whose scores sum to `before` (0 for the first part), and its own sums. */
  encodeInSteps(part: string, first: boolean, last: boolean, before: number): Steps<ChainedEncoding>;
  /** The sums of a part when those before it change; undefined where its tokens may change too. */
  moved(sums: PartSums, before: number): PartSums | undefined;
}

export interface ChainedEncoding {
  readonly encoding: Encoding;
  readonly sums: PartSums;
}

export interface Tokenizer {
  /** `bpe`, `unigram`, `byte-level bpe`. */
  readonly algorithm: string;
  /** Number of ids. */
  readonly size: number;
  /** Ids of the special pieces; undefined where the vocabulary has none. */
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly unkId: number | undefined;
  /** True where unknown characters are spelled in byte pieces. */
  readonly byteFallback: boolean;
  /** True where all pieces are runs of bytes, which may begin or end inside of a character. */
  readonly byteLevel: boolean;
  /** The piece of an id, its string as the file has it; throws a RangeError for an id outside [0, size). */
  piece(id: number): Piece;
  /** The text that a token stands for on its own, readable; undefined for one that begins or ends inside of a character. */
  textOf(id: number): string | undefined;
  /** The bytes of a token for which `textOf` is undefined; undefined for all others. */
  bytesOf(id: number): Uint8Array | undefined;
  /** The id of an exact piece string, whatever its type. */
  idOf(piece: string): number | undefined;
  /** The byte that a byte piece of SentencePiece stands for; undefined for other pieces. */
  byteOf(id: number): number | undefined;
  /** The whole text as one, no BOS or EOS. Lone surrogates are read as U+FFFD. */
  encode(text: string): Encoding;
  /** As `encode`, with pauses where it cannot be done in parts. */
  encodeInSteps(text: string): Steps<Encoding>;
  /** Number of tokens of `encode(text)`; may be cheaper. */
  count(text: string): number;
  /** As SentencePiece's Decode: the dummy prefix is dropped, byte pieces are joined, broken UTF-8 becomes U+FFFD. */
  decode(ids: ArrayLike<number>): string;
  /** Undefined where parts cannot be encoded each on its own. */
  readonly parts?: PartEncoder | undefined;
  /** Where `parts` is undefined: parts one after another; undefined where only the whole text can be encoded. */
  readonly chain?: PartChain | undefined;
}
