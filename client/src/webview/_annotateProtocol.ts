/**
 * What the page of blind verdicts and the extension say to each other. Plain data. Places alone are spoken of: which side
 * stands in which place is known to the language server and to nobody here.
 */
import type { Annotate, Pressed } from '../../../server/src/protocol.ts';

export type Choice = Pressed;
export type Item = Annotate.Item;
export type Step = Annotate.Answer;

export type ToPage =
  /** Without an item all have a verdict. */
  { readonly type: 'step'; readonly step: Step } | { readonly type: 'problem'; readonly text: string };

export type FromPage =
  | { readonly type: 'ready' | 'undo' | 'rename' | 'results' }
  | { readonly type: 'choose'; readonly index: number; readonly choice: Choice }
  | { readonly type: 'state'; readonly state: AnnotateState };

/** What the page shows, for tests. */
export interface AnnotateState {
  readonly item?: Item;
  readonly done: boolean;
  readonly progress: string;
  readonly problem?: string;
}

/** The page's words; `{0}` stands for a value. */
export interface Labels {
  readonly title: string;
  readonly progress: string;
  readonly annotator: string;
  readonly rename: string;
  readonly prompt: string;
  readonly input: string;
  readonly answers: { readonly left: string; readonly right: string };
  readonly empty: string;
  readonly choices: Readonly<Record<Choice, string>>;
  readonly chosen: string;
  readonly undo: string;
  readonly help: string;
  readonly helpTitle: string;
  /** Key and what it does. */
  readonly keys: readonly (readonly [string, string])[];
  readonly close: string;
  readonly blind: string;
  readonly waiting: string;
  readonly done: string;
  readonly doneNote: string;
  readonly nothing: string;
  readonly results: string;
}

export interface PageData {
  readonly labels: Labels;
  readonly directory: string;
  readonly annotator: string;
}
