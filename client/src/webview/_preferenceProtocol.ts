/** What the page of a comparison by preference and the extension say to each other. Plain data. */
import type { HiddenPreference, PreferenceOutcome, PreferenceReport } from '../../../server/src/protocol.ts';

export type ToPage =
  | { readonly type: 'report'; readonly report: PreferenceReport }
  /** Sides are kept from who has yet to judge. */
  | { readonly type: 'hidden'; readonly hidden: HiddenPreference }
  | { readonly type: 'problem'; readonly text: string };

export type FromPage =
  | { readonly type: 'ready' | 'annotate' | 'judge' | 'resume' | 'showAnyway' | 'saveCsv' | 'saveJson' | 'saveSvg' }
  | { readonly type: 'copyText'; readonly text: string }
  | { readonly type: 'open'; readonly side: 'a' | 'b'; readonly line: number }
  | { readonly type: 'state'; readonly state: PreferenceState };

/** What the page shows, for tests. */
export interface PreferenceState {
  /** The table of the result as text. */
  readonly result: string;
  /** Rows that the filters leave. */
  readonly rows: number;
  readonly findings: number;
  /** Why sides are not shown, where they are not. */
  readonly hidden?: string;
  readonly problem?: string;
}

/** The page's words; `{0}` stands for a value. */
export interface Labels {
  readonly lead: string;
  readonly unanswered: string;
  readonly lacking: string;
  readonly hiddenLead: string;
  readonly hidden: Readonly<Record<HiddenPreference['hidden'], string>>;
  readonly showAnyway: string;
  readonly resume: string;
  readonly annotate: string;
  readonly judge: string;
  readonly saveCsv: string;
  readonly saveJson: string;
  readonly saveSvg: string;
  readonly copyTable: string;
  readonly chart: string;
  readonly result: string;
  readonly noVerdicts: string;
  readonly intervalNote: string;
  readonly kinds: { readonly person: string; readonly judge: string };
  readonly outcomes: Readonly<Record<PreferenceOutcome | 'error', string>>;
  readonly columns: {
    readonly who: string;
    readonly verdicts: string;
    readonly flips: string;
    readonly reversed: string;
    readonly first: string;
    readonly longer: string;
    readonly errors: string;
    readonly pending: string;
  };
  readonly biases: string;
  readonly biasNote: string;
  readonly agreement: string;
  readonly between: string;
  readonly both: string;
  readonly same: string;
  readonly kappa: string;
  readonly interval: string;
  readonly fleiss: string;
  readonly languages: string;
  readonly side: string;
  readonly scripts: string;
  /** Scripts without a word here keep their name. */
  readonly script: Readonly<Record<string, string>>;
  readonly other: string;
  readonly drifted: string;
  readonly length: string;
  readonly findings: string;
  readonly noFindings: string;
  readonly finding: Readonly<Record<'other' | 'drifted', string>>;
  readonly prompts: string;
  readonly filterText: string;
  readonly filterRater: string;
  readonly filterOutcome: string;
  readonly anyone: string;
  readonly anything: string;
  readonly none: string;
  readonly onlyFindings: string;
  readonly onlySplit: string;
  readonly shown: string;
  readonly noAnswer: string;
  readonly empty: string;
  readonly openAnswer: string;
  readonly flipped: string;
  readonly waiting: string;
}

export interface PageData {
  readonly directory: string;
  readonly labels: Labels;
}
