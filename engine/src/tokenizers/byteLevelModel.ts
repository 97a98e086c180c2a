/**
 * The content of a Hugging Face tokenizer.json of the byte-level BPE kind (GPT-2, Llama 3, Qwen): pieces are runs of bytes, each
 * byte written as one printable character; merges say in their order which pairs become one; added tokens and regular
 * expressions cut the text before.
 */
import type { Piece } from './tokenizer.ts';

export interface ByteLevelModel {
  readonly format: 'tokenizer.json';
  /** Where it was read, for messages. */
  readonly file: string;
  /** The file's content. */
  readonly bytes: Uint8Array;
  /**
   * By id, without gaps. Strings as the file has them: bytes in GPT-2's printable spelling (`Ġ` for a space), added tokens in plain
   * text. Types: normal; control for special added tokens, userDefined for other added tokens. Score: minus the rank of
   * the first merge that makes the piece, 0 where none does.
   */
  readonly pieces: readonly Piece[];
  /** Ids by piece string. A string that is both in the vocabulary and an added token has one id. */
  readonly ids: ReadonlyMap<string, number>;
  /** Number of ids of the vocabulary proper, added tokens not counted. */
  readonly vocabularySize: number;
  /** By rank: the pair that is merged, and what it becomes. */
  readonly merges: MergeTable;
  /** A word that is a piece as a whole becomes that piece, whatever the merges say. */
  readonly ignoreMerges: boolean;
  readonly addedTokens: readonly AddedToken[];
  readonly normalizer: 'none' | 'nfc';
  readonly steps: readonly PreTokenizerStep[];
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
}

/** Three arrays of one length: ids. */
export interface MergeTable {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly merged: Int32Array;
}

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Takes the white space before or behind it along. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  /** Only where no letter, digit or underscore touches it. */
  readonly singleWord: boolean;
  /** Looked for in the normalised text, after the others. */
  readonly normalized: boolean;
}

/** A step of the pre-tokenizer: each piece of text that the step before made is cut further. */
export type PreTokenizerStep =
  | {
      readonly kind: 'split';
      /** Oniguruma syntax, as Hugging Face's library reads it. */
      readonly pattern: string;
      /** `isolated`: matches and what stands between them are pieces. `matches`: what stands between them is dropped. */
      readonly keep: 'isolated' | 'matches';
    }
  /** A space is put before each piece that begins with none. */
  | { readonly kind: 'prefixSpace' };

/** The character that stands for each byte in piece strings: printable Latin-1 for itself, U+0100 and up for the others. */
export const byteSymbols: readonly string[] = symbols();

function symbols(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

const symbolBytes: ReadonlyMap<string, number> = new Map(byteSymbols.map((symbol, byte) => [symbol, byte]));

/** The bytes that a piece string spells; undefined where a character of it stands for no byte. */
export function bytesOfSymbols(piece: string): Uint8Array | undefined {
  const bytes = new Uint8Array(piece.length);
  for (let i = 0; i < piece.length; i++) {
    const byte = symbolBytes.get(piece[i]!);
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}

/** The piece string of bytes. */
export function symbolsOfBytes(bytes: Uint8Array): string {
  let piece = '';
  for (const byte of bytes) piece += byteSymbols[byte]!;
  return piece;
}
