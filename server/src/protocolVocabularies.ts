/**
 * A part of the boundary between the extension and the language server (protocol.ts, which gives all of this on):
 * tokenizers, looking through their vocabularies, and a document's tokens under any of them.
 */
import { NotificationType, RequestType } from 'vscode-languageserver-protocol/node';
import type { Range } from 'vscode-languageserver-protocol';
import type { Problem } from '../../engine/src/base/problem.ts';

// --- tokenizers ------------------------------------------------------------------------------------------------------

export interface TokenizerInfo {
  /** Absolute path of the `.model` file, or of the `tokenizer.json`. */
  readonly path: string;
  /** Short name for people: the file's name, or its folder's where the file is `tokenizer.model` or `tokenizer.json`. */
  readonly name: string;
  readonly algorithm: string;
  readonly size: number;
}

/** Client → server: tokenizers found in the workspace, used recently or set; with the count of a document under each. */
export namespace ListTokenizers {
  export interface Params {
    /** An open document to count under each tokenizer. */
    readonly uri?: string;
  }
  export interface Entry {
    readonly path: string;
    readonly name: string;
    readonly source: 'setting' | 'workspace' | 'chosen';
    readonly info?: TokenizerInfo;
    readonly tokens?: number;
    /** Why it cannot be read. */
    readonly problem?: Problem;
  }
  export const method = 'bllossom/listTokenizers';
  export const type = new RequestType<Params, readonly Entry[], Problem>(method);
}

/** Client → server: read a file as a tokenizer before it is set; the answer says what it is. */
export namespace CheckTokenizer {
  export interface Params {
    readonly path: string;
  }
  export const method = 'bllossom/checkTokenizer';
  export const type = new RequestType<Params, TokenizerInfo, Problem>(method);
}

// --- a vocabulary to look through ------------------------------------------------------------------------------------

/** What a piece is to its vocabulary; SentencePiece's six types. */
export type PieceKind = 'normal' | 'unknown' | 'control' | 'userDefined' | 'unused' | 'byte';

/** Client → server: what a tokenizer file is, and its pieces by script, type and length. */
export namespace VocabularySummary {
  export interface Params {
    /** Absolute path of a `.model` or `tokenizer.json` file. */
    readonly path: string;
  }
  /** How many pieces; `added`: how many of them a merge added, where it is known. */
  export interface Share {
    readonly count: number;
    readonly added: number;
  }
  export interface Answer {
    /** Changes when the file does. */
    readonly stamp: string;
    readonly name: string;
    readonly bytes: number;
    readonly algorithm: string;
    readonly size: number;
    readonly byteFallback: boolean;
    /** Of a SentencePiece model. */
    readonly normalizer?: {
      readonly name: string;
      readonly dummyPrefix: boolean;
      readonly removesExtraSpaces: boolean;
    };
    /** Control and unknown pieces, the first of them. */
    readonly specials: readonly { readonly id: number; readonly piece: string }[];
    /** Set where a merge report beside the file says that the pieces from this id on were added. */
    readonly firstAdded?: number;
    /** By `scriptOf`, and `bytes` and `special` for what is no text; the most pieces first. */
    readonly scripts: readonly (Share & { readonly name: string })[];
    readonly kinds: readonly (Share & { readonly name: PieceKind })[];
    /** Pieces of text by characters (code points); `most` stands for as many and more. */
    readonly lengths: readonly (Share & { readonly characters: number })[];
    readonly longest: number;
  }
  /** Lengths from here on share an entry. */
  export const most = 20;
  export const method = 'bllossom/vocabularySummary';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: a part of the rows that a query leaves, in its order. Cancellable. */
export namespace VocabularyRows {
  export interface Query {
    /** Part of a piece (a space finds `▁`), `id:123`, `id:100-200`, or a regular expression; empty: all. */
    readonly search: string;
    readonly regex: boolean;
    readonly matchCase: boolean;
    /** Empty: all. */
    readonly scripts: readonly string[];
    readonly kinds: readonly PieceKind[];
    readonly part?: 'base' | 'added';
    readonly characters?: number;
    readonly sort: 'id' | 'piece' | 'score' | 'characters' | 'bytes';
    readonly descending: boolean;
  }
  export interface Params {
    readonly path: string;
    readonly query: Query;
    readonly from: number;
    /** At most `most`. */
    readonly count: number;
    /** An id whose place among the rows is asked for. */
    readonly find?: number;
  }
  export interface Row {
    readonly id: number;
    readonly piece: string;
    readonly score: number;
    readonly kind: PieceKind;
    readonly script: string;
    /** Code points; 0 for a byte piece. */
    readonly characters: number;
    /** In UTF-8. */
    readonly bytes: number;
  }
  export interface Answer {
    readonly stamp: string;
    /** Rows that the query leaves. */
    readonly total: number;
    readonly rows: readonly Row[];
    /** Where `find` stands; -1 where the query leaves it out. */
    readonly place?: number;
  }
  export const most = 5000;
  export const method = 'bllossom/vocabularyRows';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

// --- an open document under several tokenizers -----------------------------------------------------------------------

/** Client → server: what a document, or a selection in it, costs under a tokenizer. Cancellable. */
export namespace TokenTotals {
  export interface Params {
    readonly uri: string;
    /** Path of the tokenizer. */
    readonly path: string;
    /** A selection: it is encoded as a text of its own. */
    readonly range?: Range;
  }
  /** null where the document is not open, or no longer as it was when asked. */
  export type Answer = {
    readonly version: number;
    readonly tokenizer: TokenizerInfo;
    readonly lines: number;
    /** Code points. */
    readonly characters: number;
    readonly tokens: number;
    readonly byteTokens: number;
  } | null;
  export const method = 'bllossom/tokenTotals';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: lines of a document, or of a selection in it, cut into the tokens of a tokenizer. Cancellable. */
export namespace TokenLines {
  /** One or more tokens that spell the same characters: byte tokens of one character stand together. */
  export interface Span {
    /** UTF-16 units in the line's text; equal for a token that stands for nothing (the dummy prefix). */
    readonly start: number;
    readonly end: number;
    readonly ids: readonly number[];
    readonly pieces: readonly string[];
    readonly kind: 'piece' | 'bytes' | 'unknown';
  }
  export interface Line {
    /** Without its line break, at most `longest` units of it. */
    readonly text: string;
    /** True where the line goes on. */
    readonly cut: boolean;
    /** A token that stands across lines is in the one where it ends; a line break's own token stands behind the text. */
    readonly spans: readonly Span[];
    /** Tokens in `spans`. */
    readonly tokens: number;
  }
  export interface Params extends TokenTotals.Params {
    /** Lines [from, to), from 0; at most `most` are answered. */
    readonly from: number;
    readonly to: number;
  }
  export type Answer = { readonly version: number; readonly lines: readonly Line[] } | null;
  export const most = 200;
  export const longest = 2000;
  export const method = 'bllossom/tokenLines';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: a document is compared no more; what was kept for it can go. */
export namespace CompareEnd {
  export const method = 'bllossom/compareEnd';
  export const type = new NotificationType<{ readonly uri: string }>(method);
}
