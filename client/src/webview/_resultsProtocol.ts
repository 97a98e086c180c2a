/** What the page of all results and the extension say to each other. Plain data. */
import type { EvaluationInfo, PublishedResults, Reason } from '../../../server/src/protocol.ts';

/** An evaluation with its model's path as people read it. */
export interface ShownEvaluation extends EvaluationInfo {
  readonly place: string;
}

export type ToPage =
  | {
      readonly type: 'results';
      readonly published: PublishedResults.Answer;
      readonly evaluations: readonly ShownEvaluation[];
      /** Why others cannot be read, a line each. */
      readonly unread: readonly string[];
      /** Titles of tasks, by name. */
      readonly titles: Readonly<Record<string, string>>;
    }
  | { readonly type: 'problem'; readonly text: string };

export type FromPage =
  | { readonly type: 'ready' | 'evaluate' }
  /** Open an evaluation's own page, at one of its tasks. */
  | { readonly type: 'open'; readonly path: string; readonly task?: string }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'state'; readonly state: ResultsState };

/** What the page shows, for tests. */
export interface ResultsState {
  /** Heads with their metrics: `NLI ACC`. */
  readonly columns: readonly string[];
  /** Names and cells as shown, a mark as `*`. */
  readonly rows: readonly (readonly string[])[];
  readonly explanation: string;
}

/** The page's words; `{0}` stands for a value. */
export interface Labels {
  readonly title: string;
  readonly model: string;
  readonly average: string;
  readonly filter: string;
  readonly showPublished: string;
  readonly copyMarkdown: string;
  readonly copyCsv: string;
  readonly copyLatex: string;
  readonly evaluate: string;
  readonly open: string;
  readonly published: string;
  readonly noEvaluation: string;
  readonly noMatch: string;
  readonly shown: string;
  readonly inPercent: string;
  readonly marked: string;
  readonly explain: string;
  readonly close: string;
  readonly differs: string;
  readonly holds: string;
  readonly interval: string;
  readonly rows: string;
  readonly alike: string;
  /** `{0}` is what stands here, `{1}` what was published. */
  readonly conditions: Readonly<
    Record<Reason['kind'] | 'splitUnknown' | 'variant' | 'variantValue' | 'partial', string>
  >;
}

export interface PageData {
  readonly labels: Labels;
}
