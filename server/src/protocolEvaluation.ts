/** A part of protocol.ts: evaluations. What was measured, its rows, two models on the same rows, and results that others published. */
import { RequestType } from 'vscode-languageserver-protocol/node';
import type { Problem } from '../../engine/src/base/problem.ts';
import type { Calibration } from '../../engine/src/evaluation/analysis.ts';
import type { Reason } from '../../engine/src/evaluation/explain.ts';
import type { PublishedResults as Published } from '../../engine/src/evaluation/published.ts';
import type { SampleTokens, ScoredText } from '../../engine/src/evaluation/sampleRows.ts';
import type { TaskRowsAnswer, TaskRowsRequest } from '../../engine/src/evaluation/taskRows.ts';

export type { Calibration, CalibrationBin } from '../../engine/src/evaluation/analysis.ts';
export type { Reason } from '../../engine/src/evaluation/explain.ts';
export type { PublishedColumn } from '../../engine/src/evaluation/published.ts';

/** Client → server: the evaluation tasks there are; they are data of the engine's. */
export namespace ListTasks {
  export interface Entry {
    readonly name: string;
    readonly title: string;
    /** Files that hold its rows, relative to a data folder, `/` between names; one of them is enough. */
    readonly files: readonly string[];
  }
  export const method = 'bllossom/listTasks';
  export const type = new RequestType<Record<string, never>, readonly Entry[], void>(method);
}

/** Client → server: score a model on tasks; progress is work-done progress. Cancellable. */
export namespace RunEvaluation {
  export interface Params {
    readonly model: string;
    readonly adapter?: string;
    readonly tasks: readonly string[];
    readonly data: string;
    readonly split?: string;
    readonly limit?: number;
    /** By a task's name numbers of rows: these alone. */
    readonly samples?: Readonly<Record<string, readonly number[]>>;
    readonly shots?: number;
    readonly out: string;
    readonly workDoneToken?: string | number;
  }
  export interface Answer {
    readonly results: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly file: string;
  }
  export const method = 'bllossom/runEvaluation';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** How a task was asked, as far as the results say. */
export interface TaskConditions {
  readonly split?: string;
  readonly shots?: number;
  /** Rows scored, and rows that the split has. */
  readonly rows?: number;
  readonly available?: number;
  /** Rows whose context was cut on the left, since it did not fit. */
  readonly truncated?: number;
  readonly version?: number;
  /** The metric that published tables show. */
  readonly headline?: string;
}

export interface EvaluationInfo {
  /** The results file. */
  readonly path: string;
  readonly name: string;
  readonly model: string;
  readonly adapter?: string;
  readonly results: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** 95 % intervals, by task and metric. */
  readonly intervals?: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>>;
  readonly conditions?: Readonly<Record<string, TaskConditions>>;
  /** Why a task's figure may differ from those published of it; tasks of which none are published have no entry. */
  readonly differs?: Readonly<Record<string, readonly Reason[]>>;
  /** The data directory. */
  readonly data?: string;
  /** Tasks whose rows stand beside the results. */
  readonly samples?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at?: number;
  /** Why the file cannot be read; there are no results then. */
  readonly problem?: Problem;
}

export namespace ListEvaluations {
  export const method = 'bllossom/listEvaluations';
  export const type = new RequestType<Record<string, never>, readonly EvaluationInfo[], void>(method);
}

/** Client → server: results that others have published, with what each column measures. */
export namespace PublishedResults {
  export type Answer = Published;
  export const method = 'bllossom/publishedResults';
  export const type = new RequestType<Record<string, never>, Answer, void>(method);
}

/** What the rows of a task are: candidates to choose from, an answer that the model wrote, a text that was scored itself. */
export type SampleKind = 'choice' | 'written' | 'text';

/** Rows that have something in common: how long their context is, how much of it are bytes or new tokens. */
export interface RowGroup {
  readonly by: 'tokens' | 'characters' | 'bytes' | 'new';
  /** Of the lengths or shares (in [0, 1]): from < x ≤ to; the first group's `from` is -1. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** How many are right, and the 95 % interval of their share; absent of texts, which have bits per byte, of all together. */
  readonly right?: number;
  readonly interval?: readonly [number, number];
  readonly bitsPerByte?: number;
}

export type RowValue = 'bits_per_byte' | 'chrf';

/** Client → server: what the rows of a task say, beyond their mean. */
export namespace EvaluationDetail {
  export interface Params {
    /** The results file. */
    readonly path: string;
    readonly task: string;
  }
  export interface Answer {
    /** Changes when the file does. */
    readonly stamp: string;
    readonly kind: SampleKind;
    readonly rows: number;
    /** Of texts none. */
    readonly right: number;
    /** Lines that are no rows. */
    readonly unread: number;
    /** Whether rows have a value of their own (`EvaluationRows.Row.value`), and of what: bits per byte, or chrF. */
    readonly value?: RowValue;
    /** The candidates, where they are the same in every row; their number, where only that is. None: there are no candidates. */
    readonly labels: readonly string[];
    /** Counts by gold (rows) and prediction (columns); empty where there are no candidates. */
    readonly confusion: readonly (readonly number[])[];
    readonly calibration?: Calibration;
    readonly groups: readonly RowGroup[];
  }
  export const method = 'bllossom/evaluationDetail';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: some of a task's rows, by a query. */
export namespace EvaluationRows {
  export type Outcome = 'right' | 'wrong';
  /**
   * Which of two models is right: this one alone, the other one alone, both, neither. Of a text: which needs fewer bits for it;
   * `both` where they need as many.
   */
  export type Beside = 'onlyThis' | 'onlyOther' | 'both' | 'neither' | 'differ';
  export type Sort = 'row' | 'confidence' | 'length' | 'bytes' | 'value' | 'difference';
  export interface Query {
    /** In context and candidates, without regard to case. */
    readonly search: string;
    readonly outcome?: Outcome;
    /** Indices of candidates. */
    readonly gold?: number;
    readonly prediction?: number;
    readonly group?: Pick<RowGroup, 'by' | 'from' | 'to'>;
    readonly beside?: Beside;
    /** Numbers of rows: these alone. */
    readonly ids?: readonly number[];
    /** length: tokens, where the file tells them. value: `Row.value`; difference: this one's less the other's. */
    readonly sort: Sort;
    readonly descending: boolean;
  }
  export interface Params {
    readonly path: string;
    readonly task: string;
    readonly query: Query;
    /** Another evaluation's results file: its answers stand beside. */
    readonly other?: string;
    readonly from: number;
    readonly count: number;
    /** Whole texts; else long ones are cut in their middle. */
    readonly whole?: boolean;
  }
  export interface Candidate {
    readonly text: string;
    /** In nats. */
    readonly logLikelihood: number;
    /** That of the other evaluation. */
    readonly other?: number;
  }
  export interface Row {
    /** Its number in the data file, from 0. */
    readonly id: number;
    readonly context: string;
    readonly candidates: readonly Candidate[];
    /** Indices of candidates; -1 where there are none. */
    readonly gold: number;
    readonly prediction: number;
    readonly goldText?: string;
    readonly answer?: string;
    readonly right: boolean;
    /** The probability of the prediction among the candidates. */
    readonly confidence?: number;
    readonly truncated: number;
    readonly tokens?: SampleTokens;
    /** Where the row stands: an absolute path, and the line from 1. */
    readonly place?: { readonly file: string; readonly line: number };
    /** There where the text itself, which is the context, was scored. */
    readonly scored?: ScoredText;
    /** As `EvaluationDetail.Answer.value` says. */
    readonly value?: number;
    readonly other?: {
      readonly prediction: number;
      readonly right: boolean;
      readonly answer?: string;
      readonly value?: number;
      readonly tokens?: SampleTokens;
    };
  }
  export interface Answer {
    readonly stamp: string;
    /** Rows that the query leaves. */
    readonly total: number;
    readonly rows: readonly Row[];
  }
  /** Rows that are sent at once, at most. */
  export const most = 200;
  export const method = 'bllossom/evaluationRows';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: rows of a task's data file, before or after anything was scored. Read by the engine, in a process of its own. */
export namespace TaskRows {
  export type Params = TaskRowsRequest;
  export interface Row {
    /** Its number in the file, from 0: that of `EvaluationRows.Row` too. */
    readonly id: number;
    /** What a model would be asked, or the text that is scored; long ones are cut in their middle. */
    readonly context: string;
    /** From 1. */
    readonly line: number;
  }
  export interface Answer extends Omit<TaskRowsAnswer, 'rows'> {
    readonly rows: readonly Row[];
  }
  /** Rows that are sent at once, at most. */
  export const most = 200;
  export const method = 'bllossom/taskRows';
  export const type = new RequestType<Params, Answer, Problem>(method);
}

/** Client → server: two evaluations of a task, row by row. */
export namespace CompareEvaluations {
  export interface Params {
    readonly path: string;
    readonly other: string;
    readonly task: string;
  }
  export type Answer =
    | {
        readonly comparable: true;
        /** Rows that both have scored, of this evaluation's and of the other's. */
        readonly rows: number;
        readonly here: number;
        readonly there: number;
        readonly both: number;
        readonly onlyThis: number;
        readonly onlyOther: number;
        readonly neither: number;
        /** McNemar's exact test, two-sided; of texts the sign test, which is the same sum. */
        readonly p: number;
        /**
         * Of rows with a value: bits per byte of all texts together, or the mean of the rows; the difference (this less the other)
         * has a 95 % interval by a bootstrap over rows, the same rows of both, where there are two rows or more.
         */
        readonly values?: {
          readonly value: RowValue;
          readonly here: number;
          readonly there: number;
          readonly interval?: readonly [number, number];
        };
      }
    | {
        readonly comparable: false;
        /** prompts: row `id` was asked otherwise. shots: with another number of examples. apart: no row in common. */
        readonly why: 'prompts' | 'shots' | 'apart';
        readonly id?: number;
        readonly shots?: readonly [here: number, there: number];
      };
  export const method = 'bllossom/compareEvaluations';
  export const type = new RequestType<Params, Answer, Problem>(method);
}
