/**
 * What an evaluation task is to those who score it: where its rows stand, how a row becomes a question, and which figures are
 * reported. The scoring knows nothing of any task, language or data set; tasks are data (`taskDefinition.ts`).
 */
import type { Fields } from './fields.ts';
import type { ExactMatchOptions } from './textMetrics.ts';

/** `dev` is the data set's own validation split, whatever its file is called. */
export const splits = ['train', 'dev', 'test'] as const;
export type Split = (typeof splits)[number];

/**
 * What a model is asked for, in lm-evaluation-harness's words. multiple_choice: the log-likelihood of each candidate;
 * generate_until: a text; loglikelihood_rolling: the log-likelihood of the row's text itself.
 */
export const outputTypes = ['multiple_choice', 'generate_until', 'loglikelihood_rolling'] as const;
export type OutputType = (typeof outputTypes)[number];

/** Figures by what a model is asked for. */
export const metricsOf = {
  multiple_choice: ['acc', 'macro_f1', 'f1', 'acc_norm'],
  generate_until: ['exact_match', 'chrf'],
  loglikelihood_rolling: ['bits_per_byte', 'byte_perplexity', 'word_perplexity'],
} as const satisfies Readonly<Record<OutputType, readonly string[]>>;

export type MetricName = (typeof metricsOf)[OutputType][number];

/** True for figures of which more is better; perplexities are the others. */
export const higherIsBetter = (name: MetricName): boolean =>
  !(metricsOf.loglikelihood_rolling as readonly MetricName[]).includes(name);

/** A row as the model is asked it. */
export interface Question {
  /** Everything before the answer; scored as it stands, spaces included. Empty where the text itself is scored. */
  readonly context: string;
  /**
   * The answers to choose from, in label order; each stands right behind the context. Of a task that has the model write the
   * one that is wanted; of one that scores texts the text.
   */
  readonly candidates: readonly string[];
  /** Index of the right candidate. */
  readonly gold: number;
}

/** table: tab-separated, a line of column names first, no quoting. json: one array of objects. jsonLines: one a line.
 * text: the file is one row with the field `text`. textLines: each line is one. */
export const rowFormats = ['table', 'json', 'jsonLines', 'text', 'textLines'] as const;
export type RowFormat = (typeof rowFormats)[number];

export interface Task {
  /** As lm-evaluation-harness calls it: `kobest_copa`. */
  readonly name: string;
  /** For people: `KoBEST COPA`. */
  readonly title: string;
  readonly language: string;
  /** Raised whenever the prompt, the candidates or a metric changes: results of two versions are not comparable. */
  readonly version: number;
  readonly outputType: OutputType;
  /** Files by split, relative to the data directory. A split that is not named here is not published. */
  readonly files: Readonly<Partial<Record<Split, string>>>;
  readonly format: RowFormat;
  readonly metrics: readonly MetricName[];
  /** The one that published tables show. */
  readonly headline: MetricName;
  readonly question: (row: Fields) => Question;
  /** Of tasks that have the model write. */
  readonly generation?: GenerationOptions;
  readonly exactMatch?: ExactMatchOptions;
  /** SHA-256 of the definition's values, whatever its layout and comments. */
  readonly definitionHash: string;
  /** The file that defines it; absent: it is built in. */
  readonly file?: string;
}

export interface GenerationOptions {
  /** The answer ends before any of these. */
  readonly until: readonly string[];
  readonly maxTokens: number;
}
