/** What the loss curve's page and the extension say to each other. Plain data. */
import type { MetricRow } from '../../../server/src/protocol.ts';

/** A run as the page shows it: words already in the user's language. */
export interface RunView {
  readonly directory: string;
  readonly name: string;
  /** `running · step 12 / 400 · 2 min left`. */
  readonly line: string;
  /** Why it failed. */
  readonly problem?: string;
  readonly active: boolean;
  readonly resumable: boolean;
  readonly backend?: string;
}

export type ToPage =
  | { readonly type: 'reset'; readonly run: RunView; readonly rows: readonly MetricRow[] }
  | { readonly type: 'rows'; readonly rows: readonly MetricRow[] }
  | { readonly type: 'run'; readonly run: RunView }
  | { readonly type: 'problem'; readonly text: string };

export type FromPage = {
  /** `ready`: the page is there and asks for all rows. */
  readonly type: 'ready' | 'copyCsv' | 'stop' | 'resume' | 'log';
};

/** The page's words; `{0}` stands for a value. */
export interface Labels {
  readonly axis: string;
  readonly step: string;
  readonly tokens: string;
  readonly time: string;
  readonly scale: string;
  readonly linear: string;
  readonly log: string;
  readonly smoothing: string;
  readonly byLanguage: string;
  readonly loss: string;
  readonly smoothed: string;
  readonly evaluation: string;
  readonly last: string;
  readonly best: string;
  readonly atStep: string;
  readonly bitsPerByte: string;
  readonly learningRate: string;
  readonly gradNorm: string;
  readonly speed: string;
  readonly tokensPerSecond: string;
  readonly copyCsv: string;
  readonly stop: string;
  readonly resume: string;
  readonly showLog: string;
  readonly table: string;
  readonly thinned: string;
  readonly chart: string;
  readonly keys: string;
  readonly waiting: string;
}

/** What the page is born with. */
export interface PageData {
  readonly directory: string;
  readonly labels: Labels;
}
