/** Results that others have published, to be shown beside one's own: what each column measures, and under which conditions. */
import table from './published.json' with { type: 'json' };

export interface PublishedColumn {
  /** The task's name here. */
  readonly task: string;
  /** The column's head in the published table. */
  readonly name: string;
  /** Our key of the metric that the column shows, and its name there. */
  readonly metric: string;
  readonly metricName: string;
  /** What the harness itself reports for the task, where that is another metric than the head says. */
  readonly harnessMetric?: string;
  readonly split: string;
  /** The harness's default; the table itself names no number. */
  readonly shots: number;
}

export interface PublishedResults {
  readonly name: string;
  readonly source: string;
  readonly harness: string;
  /** The size of all its models. */
  readonly size: string;
  readonly columns: readonly PublishedColumn[];
  /** Values in percent, in the order of the columns. */
  readonly models: readonly { readonly name: string; readonly values: readonly number[]; readonly average: number }[];
}

export const published: PublishedResults = table;
