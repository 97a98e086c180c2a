/** What the page of a run and the extension say to each other. Plain data. */
import type { MetricRow, RunSample, RunSource } from '../../../server/src/protocol.ts';
import type { Quantity } from './_choices.ts';
import type { LineLabels } from './_lines.ts';

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
  /** Data files, with paths for people; empty until they are known. */
  readonly sources: readonly RunSource[];
}

export type ToPage =
  /** All of a run: the page's, or one beside it. */
  | { readonly type: 'reset'; readonly run: RunView; readonly rows: readonly MetricRow[] }
  | { readonly type: 'rows'; readonly directory: string; readonly rows: readonly MetricRow[] }
  | { readonly type: 'run'; readonly run: RunView }
  | { readonly type: 'samples'; readonly samples: readonly RunSample[] }
  /** The user has chosen which runs stand beside this one. */
  | { readonly type: 'compared'; readonly directories: readonly string[] }
  | { readonly type: 'problem'; readonly text: string };

export type FromPage =
  /** The page is there and asks for all rows, of the runs beside it too. */
  | { readonly type: 'ready' | 'compare'; readonly compared: readonly string[] }
  | { readonly type: 'savePng'; readonly base64: string }
  | { readonly type: 'copyCsv' | 'export' | 'stop' | 'resume' | 'log' };

/** The page's words; `{0}` stands for a value. */
export interface Labels extends LineLabels {
  readonly axis: string;
  readonly step: string;
  readonly tokens: string;
  readonly time: string;
  readonly quantity: string;
  readonly quantities: Readonly<Record<Quantity, string>>;
  readonly logX: string;
  readonly logY: string;
  readonly smoothing: string;
  readonly byLanguage: string;
  readonly byKind: string;
  readonly last: string;
  readonly best: string;
  readonly atStep: string;
  readonly tokensPerSecond: string;
  readonly copyCsv: string;
  readonly savePng: string;
  readonly export: string;
  readonly compare: string;
  readonly stop: string;
  readonly resume: string;
  readonly showLog: string;
  readonly table: string;
  readonly thinned: string;
  readonly chart: string;
  readonly keys: string;
  readonly waiting: string;
  readonly run: string;
  readonly comparedRuns: string;
  readonly measured: string;
  readonly rowsOf: string;
  readonly answers: string;
  readonly prompt: string;
  readonly cut: string;
  readonly data: string;
  readonly file: string;
  readonly language: string;
  readonly wanted: string;
  readonly share: string;
  readonly tokensRead: string;
  readonly epochs: string;
  readonly planned: string;
}

/** What the page is born with. */
export interface PageData {
  readonly directory: string;
  readonly labels: Labels;
}
