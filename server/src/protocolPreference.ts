/**
 * Two sides compared by preference: making their answers, blind verdicts of people, judges, and what came of it. A part of
 * protocol.ts. `a` and `b` are the real sides. Of blind verdicts places alone are spoken of, `left` and `right`: which side stands
 * where never leaves the server.
 */
import { RequestType } from 'vscode-languageserver-protocol/node';
import type { Problem } from '../../engine/src/base/problem.ts';
import type { ComparisonResult, JudgeFault, JudgeMessage, Pressed, Rater } from '../../engine/src/preference/index.ts';

/** What answers: a model, with an adapter on it or without, or a file of answers made elsewhere. */
export type PreferenceSide = { readonly name?: string } & (
  | { readonly kind: 'model'; readonly model: string; readonly adapter?: string }
  | { readonly kind: 'answers'; readonly file: string }
);

/** Client → server: make the answers of both sides, or go on where it was stopped. Progress is work-done progress; cancellable. */
export namespace MakePreference {
  export interface Params {
    /** JSON lines `{id, prompt, input?, language?}`, or other rows that `bllossom prefer` reads. */
    readonly prompts: string;
    readonly a: PreferenceSide;
    readonly b: PreferenceSide;
    /** The first so many prompts; absent: all. */
    readonly limit?: number;
    readonly maxTokens?: number;
    readonly seed?: number;
    /** The preference directory; where it holds the same comparison already, it goes on. */
    readonly out: string;
    readonly workDoneToken?: string | number;
  }
  export const method = 'bllossom/makePreference';
  export const type = new RequestType<Params, PreferenceInfo, Problem>(method);
}

/** Client → server: go on making the answers that are missing. */
export namespace ResumePreference {
  export interface Params {
    readonly directory: string;
    readonly workDoneToken?: string | number;
  }
  export const method = 'bllossom/resumePreference';
  export const type = new RequestType<Params, PreferenceInfo, Problem>(method);
}

export interface PreferenceInfo {
  readonly directory: string;
  readonly name: string;
  /** Names of the sides. */
  readonly a: string;
  readonly b: string;
  readonly prompts: number;
  /** Prompts that a side has answered. */
  readonly answered: { readonly a: number; readonly b: number };
  /** Answers that models have still to give; what a file of answers lacks cannot be made. */
  readonly makeable: number;
  /** Who has given verdicts, and on how many prompts. */
  readonly raters: readonly (Rater & { readonly verdicts: number })[];
  /** Milliseconds since the epoch. */
  readonly at?: number;
  /** Why the directory cannot be read. */
  readonly problem?: Problem;
}

/** Client → server: the preference directories of the workspace, the newest first. */
export namespace ListPreferences {
  export const method = 'bllossom/listPreferences';
  export const type = new RequestType<Record<string, never>, readonly PreferenceInfo[], void>(method);
}

/**
 * Client → server: a person judges blind: what is to be judged next, a verdict on it, or the last verdict taken back. Verdicts are
 * on disk before the answer comes.
 */
export namespace Annotate {
  export interface Item {
    /** From 0, in this person's order; a verdict names it, so that none is taken for another item's. */
    readonly index: number;
    readonly prompt: string;
    readonly input?: string;
    /** Of the prompt. */
    readonly language?: string;
    readonly left: string;
    readonly right: string;
    /** What was chosen before it was taken back. */
    readonly pressed?: Pressed;
  }
  export interface Params {
    readonly directory: string;
    readonly annotator: string;
    readonly act:
      | { readonly kind: 'show' | 'undo' }
      | { readonly kind: 'choose'; readonly index: number; readonly choice: Pressed };
  }
  export interface Answer {
    /** Prompts that both sides have answered, and how many of them have a verdict of this person. */
    readonly total: number;
    readonly done: number;
    readonly canUndo: boolean;
    /** Absent where all have a verdict. */
    readonly item?: Item;
  }
  export const method = 'bllossom/annotate';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Who judges: a language model of the editor's, an OpenAI-compatible address, or a model here. */
export type PreferenceJudge =
  | { readonly kind: 'editor'; readonly id: string; readonly name: string }
  | { readonly kind: 'address'; readonly url: string; readonly model: string; readonly key?: string }
  | { readonly kind: 'model'; readonly model: string; readonly adapter?: string };

/** Client → server: what judging would send, before anything is sent. Both orders of each prompt are a request each. */
export namespace JudgePlan {
  export interface Params {
    readonly directory: string;
    readonly judge: PreferenceJudge;
  }
  export interface Answer {
    /** The name that the verdicts are kept under. */
    readonly name: string;
    readonly prompts: number;
    /** Without a verdict in this comparison: those to be sent, and those that were said in another one. */
    readonly open: number;
    /** To be sent; those that have a verdict already, here or in another comparison, are not. */
    readonly requests: number;
    readonly cached: number;
    /** Tokens sent, estimated; and the most that may come back. */
    readonly tokens: number;
    readonly answerTokens: number;
    /** How: by the judge's own count of some questions, or from bytes. */
    readonly counted: 'model' | 'bytes';
    /** `host:port` of the proxy that stands between, where one does. */
    readonly proxy?: string;
  }
  export const method = 'bllossom/judgePlan';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: have a judge decide what is not decided yet. Progress is work-done progress; cancelling keeps what there is. */
export namespace JudgePreference {
  export interface Params {
    readonly directory: string;
    readonly judge: PreferenceJudge;
    readonly workDoneToken?: string | number;
  }
  export interface Answer {
    readonly verdicts: number;
    readonly errors: number;
    /** What went wrong, each kind once with how often; the most frequent first. */
    readonly problems: readonly { readonly text: string; readonly times: number }[];
    readonly stopped: boolean;
    /** Read and written, as the judge counted them; absent where it did not, and where it was stopped. */
    readonly tokens?: number;
    readonly answerTokens?: number;
  }
  export const method = 'bllossom/judgePreference';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Server → client: put a question to a language model of the editor's; cancellable. */
export namespace EditorJudge {
  export interface Params {
    readonly model: string;
    readonly messages: readonly JudgeMessage[];
    /** A longer reply is not read to its end. */
    readonly mostCharacters: number;
  }
  /** `fault`: whether asking again, or asking another question, may go better; `remedy`: what the user can do. */
  export type Answer =
    | {
        readonly text: string;
        readonly finish?: 'stop' | 'length';
        readonly promptTokens?: number;
        readonly replyTokens?: number;
      }
    | { readonly error: string; readonly fault: JudgeFault; readonly remedy?: string };
  export const method = 'bllossom/editorJudge';
  export const type = new RequestType<Params, Answer, void>(method);
}

/** Server → client: how many tokens texts are by a language model's own count; fewer numbers than texts where it takes too long. */
export namespace EditorCount {
  export interface Params {
    readonly model: string;
    readonly texts: readonly string[];
  }
  export interface Answer {
    readonly tokens: readonly number[];
  }
  export const method = 'bllossom/editorCount';
  export const type = new RequestType<Params, Answer, void>(method);
}

// --- the result ------------------------------------------------------------------------------------------------------

export interface PreferenceAnswer {
  readonly text: string;
  /** The script that it is written in; `mixed`: it changes. */
  readonly script?: string;
  readonly tokens?: number;
  /** In the file with the side's answers, from 1. */
  readonly line?: number;
  /** Why there is none. */
  readonly error?: string;
  /** It is in another language than the prompt, from the first word on or from a place in it (in UTF-16 units). */
  readonly finding?: { readonly kind: 'other' | 'drifted'; readonly at?: number };
}

/** Of side A: it wins, ties, loses. */
export type PreferenceOutcome = 'win' | 'tie' | 'lose';

export interface PreferenceVerdict {
  readonly outcome: PreferenceOutcome | 'error';
  /** A judge's two orders gave different verdicts, which is a tie. */
  readonly flipped?: boolean;
  /** The judge's words, or what went wrong. */
  readonly reason?: string;
}

export interface PreferenceRow {
  readonly id: string;
  readonly prompt: string;
  readonly input?: string;
  readonly language?: string;
  readonly a?: PreferenceAnswer;
  readonly b?: PreferenceAnswer;
  /** By the rater's place in the result; null: no verdict. */
  readonly verdicts: readonly (PreferenceVerdict | null)[];
}

export interface PreferenceReport {
  readonly info: PreferenceInfo;
  readonly result: ComparisonResult;
  readonly rows: readonly PreferenceRow[];
}

/**
 * What is told of a comparison to somebody who may yet judge it blind. `fresh`: there is no verdict at all. `own`: they have begun, or are
 * about to. `others`: somebody else has begun and is not done.
 */
export interface HiddenPreference {
  readonly hidden: 'fresh' | 'own' | 'others';
  /** Without names of sides. */
  readonly info: PreferenceInfo;
  /** Whose verdicts are awaited: done of total. */
  readonly person?: { readonly name: string; readonly done: number; readonly total: number };
}

/** Client → server: all that is known of a comparison. Who asks sees which side is which, unless they are to be kept blind. */
export namespace ReadPreference {
  export interface Params {
    readonly directory: string;
    /**
     * Keeps sides from whoever is to judge them and is not done: `annotator` is the name of who asks, where they have one, `judging`
     * whether their page for blind verdicts is open. Absent: all is told.
     */
    readonly blind?: { readonly annotator?: string; readonly judging: boolean };
  }
  export const method = 'bllossom/readPreference';
  export const type = new RequestType<Params, PreferenceReport | HiddenPreference, Problem>(method);
}

/** Client → server: a comparison as a file's text: a row a prompt, all of it, or the bars as a picture. */
export namespace ExportPreference {
  /** Of the picture, in the user's language; `{0}` stands for a side's name in `wins`, `{0}` prompts and `{1}` errors in `counted`. */
  export interface Words {
    readonly title: string;
    readonly wins: string;
    readonly tie: string;
    readonly person: string;
    readonly judge: string;
    readonly counted: string;
  }
  export interface Params {
    readonly directory: string;
    readonly format: 'csv' | 'json' | 'svg';
    /** English where absent. */
    readonly words?: Words;
  }
  export const method = 'bllossom/exportPreference';
  export const type = new RequestType<Params, string, Problem>(method);
}

export type { ComparisonResult, Pressed, Rater, RaterResult } from '../../engine/src/preference/index.ts';
