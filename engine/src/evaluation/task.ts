/**
 * What an evaluation task is, as data: where its rows stand, how a row becomes a question with candidate answers, and
 * which figures are reported. The scoring knows nothing of any task, language or data set.
 */
import type { Fields } from './fields.ts';
import type { MetricName } from './metrics.ts';

/** `dev` is the data set's own validation split, whatever its file is called. */
export const splits = ['train', 'dev', 'test'] as const;
export type Split = (typeof splits)[number];

/** A row as the model is asked it. */
export interface Question {
  /** Everything before the answer; scored as it stands, spaces included. */
  readonly context: string;
  /** The answers to choose from, in label order; each stands right behind the context. */
  readonly candidates: readonly string[];
  /** Index of the right candidate. */
  readonly gold: number;
}

export interface Task {
  /** As lm-evaluation-harness calls it: `kobest_copa`. */
  readonly name: string;
  /** For people: `KoBEST COPA`. */
  readonly title: string;
  readonly language: string;
  /** Raised whenever the prompt, the candidates or a metric changes: results of two versions are not comparable. */
  readonly version: number;
  /** Files by split, relative to the data directory. A split that is not named here is not published. */
  readonly files: Readonly<Partial<Record<Split, string>>>;
  /** table: tab-separated, a line of column names first, no quoting. json: one array of objects. jsonLines: one a line. */
  readonly format: 'table' | 'json' | 'jsonLines';
  readonly metrics: readonly MetricName[];
  /** The one that published tables show. */
  readonly headline: MetricName;
  readonly question: (row: Fields) => Question;
}
