/** Counts of open documents, and what is said beside one: under a second tokenizer, within a window, by cost. A part of protocol.ts. */
import { NotificationType, RequestType } from 'vscode-languageserver-protocol/node';
import type { Range } from 'vscode-languageserver-protocol';
import type { Problem } from '../../engine/src/base/problem.ts';
import type { TemplateName } from '../../engine/src/data/templates.ts';
import type { TokenizerInfo } from './protocolVocabularies.ts';

// --- tokens of the open document -------------------------------------------------------------------------------------

/** Server → client, after every change of an open document (debounced, latest only) and when its tokenizer changes. */
export namespace TokenCounts {
  export interface Params {
    readonly uri: string;
    readonly version: number;
    /** Tokens of the whole text as one, no BOS. */
    readonly tokens: number;
    /** Of these, byte pieces; and the characters they spell. */
    readonly byteTokens: number;
    readonly byteCharacters: number;
    readonly tokenizer: TokenizerInfo;
  }
  export const method = 'bllossom/tokenCounts';
  export const type = new NotificationType<Params>(method);
}

/** Server → client: a document cannot be counted (no tokenizer, or one that cannot be read). */
export namespace TokenizerProblem {
  export interface Params {
    readonly uri: string;
    readonly problem: Problem;
  }
  export const method = 'bllossom/tokenizerProblem';
  export const type = new NotificationType<Params>(method);
}

/** Client → server: tokens of ranges of an open document, each encoded as a text of its own. */
export namespace CountRanges {
  export interface Params {
    readonly uri: string;
    readonly ranges: readonly Range[];
  }
  /** null where the document has no tokenizer. `version` is the document's version that was counted. */
  export type Answer = { readonly version: number; readonly counts: readonly number[] } | null;
  export const method = 'bllossom/countRanges';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

// --- what stands beside a count ---------------------------------------------------------------------------------------

/** Server → client: the count of a document under the tokenizer that it is compared with, as `TokenCounts`. */
export namespace ComparedCounts {
  export interface Params {
    readonly uri: string;
    readonly version: number;
    /** Absent: there is nothing to compare with (any more). */
    readonly compared?: { readonly tokens: number; readonly tokenizer: TokenizerInfo };
    /** Why the tokenizer to compare with cannot be read. */
    readonly problem?: Problem;
  }
  export const method = 'bllossom/comparedCounts';
  export const type = new NotificationType<Params>(method);
}

/** Server → client: what a text costs beside its English translation, under the document's tokenizer. */
export namespace TranslationCounts {
  export interface Params {
    readonly uri: string;
    readonly version: number;
    /** Absent: there is no translation beside the text (any more). */
    readonly english?: { readonly file: string; readonly tokens: number };
  }
  export const method = 'bllossom/translationCounts';
  export const type = new NotificationType<Params>(method);
}

/** Client → server: the model that answers questions, whose window and template budgets are reckoned by; none where empty. */
export namespace ChosenModel {
  export interface Params {
    readonly model?: string;
    readonly adapter?: string;
  }
  export const method = 'bllossom/chosenModel';
  export const type = new NotificationType<Params>(method);
}

/** What a text takes of a model's window. All figures but `problem` are tokens. */
export interface Budget {
  readonly window: number;
  /** Where the window is from; the model's directory where it is the model's. */
  readonly from: 'setting' | { readonly model: string };
  /** Kept for the answer. */
  readonly reserved: number;
  /** The text as it would be sent, in the template's words. */
  readonly used: number;
  /** Of these, what the template adds to the text: its words and special tokens, BOS with them. */
  readonly added: number;
  readonly template?: TemplateName;
  /** Why the template could not be put around the text; it is counted behind BOS as it stands. */
  readonly problem?: Problem;
}

/** Server → client: the budget of a prompt, a text or Markdown; null where no window is known. */
export namespace ContextBudget {
  export interface Params {
    readonly uri: string;
    readonly version: number;
    readonly budget: Budget | null;
  }
  export const method = 'bllossom/contextBudget';
  export const type = new NotificationType<Params>(method);
}

/** Server → client: a setting is not of the type it must be, and its default is used. Told once for each wrong value. */
export namespace SettingFault {
  export interface Params {
    /** `bllossom.context.window`. */
    readonly name: string;
    readonly wanted:
      { readonly kind: 'text' | 'flag' | 'count' } | { readonly kind: 'choice'; readonly choices: readonly string[] };
    /** The value as JSON, cut where it is long. */
    readonly found: string;
  }
  export const method = 'bllossom/settingFault';
  export const type = new NotificationType<Params>(method);
}

/** A character that falls to byte pieces, or is shared by several byte-level tokens. */
export interface ByteCharacter {
  readonly range: Range;
  /** Number of byte pieces, 2 to 4 (1 for a control character); under a byte-level tokenizer, of the tokens that share it. */
  readonly bytes: number;
}

/**
 * Client → server: the characters in a range (the visible one) that fall to bytes; without line breaks. An answer for an
 * older version than the document has by now may lack some.
 */
export namespace ByteCharacters {
  /** Of a longer range (one line may hold megabytes) the first so many are answered: drawing them takes a frame at most. */
  export const most = 8000;
  export interface Params {
    readonly uri: string;
    readonly range: Range;
  }
  export type Answer = { readonly version: number; readonly characters: readonly ByteCharacter[] } | null;
  export const method = 'bllossom/byteCharacters';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** A stretch of text by what it costs: 1 is dear, 3 the dearest; what costs little is left out. */
export interface HeatSpan {
  readonly range: Range;
  readonly level: 1 | 2 | 3;
  readonly tokens: number;
  readonly characters: number;
}

/** Client → server: the words in a range (the visible one) by their tokens for each character. */
export namespace Heat {
  export interface Params {
    readonly uri: string;
    readonly range: Range;
  }
  export type Answer = { readonly version: number; readonly spans: readonly HeatSpan[] } | null;
  export const method = 'bllossom/heat';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: lines of the whole document that hold dear words, for the overview ruler; each with its highest level. */
export namespace HeatLines {
  /** So many runs of lines are answered at most; a document of more units than that has no answer. */
  export const most = 2000;
  export const longest = 2 ** 21;
  export interface Params {
    readonly uri: string;
  }
  /** `from` and `to` are lines, both of the run. */
  export interface Run {
    readonly from: number;
    readonly to: number;
    readonly level: 1 | 2 | 3;
  }
  export type Answer = { readonly version: number; readonly runs: readonly Run[] } | null;
  export const method = 'bllossom/heatLines';
  export const type = new RequestType<Params, Answer, Problem>(method);
}
