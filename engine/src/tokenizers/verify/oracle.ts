/**
 * Independent implementations that a tokenizer is held against: SentencePiece itself, compiled to WebAssembly and as the
 * machine has it installed, and Hugging Face's own library for a tokenizer.json.
 */
import type { Result } from '../../base/problem.ts';

export interface Oracle {
  readonly name: string;
  readonly version: string;
  /** Ids of each line, no BOS or EOS. Lines are well-formed and hold no line feed. */
  encode(lines: readonly string[], signal: AbortSignal | undefined): Promise<number[][]>;
  /** The text of ids; undefined where it is not asked. */
  readonly decode?: (ids: readonly number[]) => string;
  /** True where decoding takes a byte-order mark off the text's beginning, on its way out of the library. */
  readonly losesByteOrderMark?: boolean;
}

/** An implementation that can be asked, undefined where there is none here, or why it does not take the file. */
export type OracleResult = Result<Oracle | undefined>;

declare const PEER_VERSIONS: Readonly<Record<string, string>> | undefined;

/** The version of a package that the bundler put in; from sources there is none to tell. */
export const peerVersion = (name: string): string =>
  (typeof PEER_VERSIONS === 'undefined' ? undefined : PEER_VERSIONS[name]) ?? 'as installed';
