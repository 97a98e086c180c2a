/** What the page of two tokenizers and the extension say to each other. Plain data. */
import type { TokenizerInfo, TokenLines } from '../../../server/src/protocol.ts';

export type Line = TokenLines.Line;
export type SideName = 'left' | 'right';

export interface Side {
  readonly tokenizer: TokenizerInfo;
  readonly tokens: number;
  readonly byteTokens: number;
}

export interface Comparison {
  /** The document's name, or what part of it. */
  readonly name: string;
  readonly left: Side;
  readonly right: Side;
  readonly lines: number;
  readonly characters: number;
  /** The number of the first line in the document, from 1. */
  readonly firstLine: number;
}

export type ToPage =
  | { readonly type: 'comparison'; readonly comparison: Comparison }
  | {
      readonly type: 'lines';
      readonly request: number;
      readonly left: readonly Line[];
      readonly right: readonly Line[];
    }
  /** The document has changed meanwhile: a new comparison is on its way. */
  | { readonly type: 'stale'; readonly request: number }
  | { readonly type: 'problem'; readonly text: string };

export type FromPage =
  | { readonly type: 'ready' | 'swap' }
  | { readonly type: 'ask'; readonly request: number; readonly from: number; readonly to: number }
  | { readonly type: 'choose'; readonly side: SideName }
  | { readonly type: 'copyText'; readonly text: string }
  | { readonly type: 'state'; readonly state: CompareState };

/** What the page shows, for tests. */
export interface CompareState {
  readonly comparison?: Comparison;
  /** The first lines on screen: text, and tokens left and right. */
  readonly lines: readonly { readonly text: string; readonly left: number; readonly right: number }[];
  readonly summary: string;
  readonly detail: string;
  readonly problem?: string;
}

/** The page's words; `{0}` stands for a value. */
export interface Labels {
  readonly title: string;
  readonly swap: string;
  readonly choose: string;
  readonly tokens: string;
  readonly perCharacter: string;
  readonly bytes: string;
  readonly byteTokens: string;
  readonly pieces: string;
  readonly change: string;
  readonly copyTable: string;
  readonly summary: string;
  readonly keys: string;
  readonly waiting: string;
  readonly cutLine: string;
  readonly id: string;
  readonly ids: string;
  readonly oneToken: string;
  readonly manyTokens: string;
  readonly standsForNothing: string;
  readonly unknown: string;
}

export interface PageData {
  readonly labels: Labels;
  readonly left: string;
  readonly right: string;
}
