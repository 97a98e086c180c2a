/** What an evaluation's page and the extension say to each other. Plain data. */
import type {
  CompareEvaluations,
  EvaluationDetail,
  EvaluationInfo,
  EvaluationRows,
  RowGroup,
  RowValue,
} from '../../../server/src/protocol.ts';

export type Query = EvaluationRows.Query;
export type Row = EvaluationRows.Row;

/** Another evaluation that may stand beside. */
export interface Other {
  readonly path: string;
  readonly name: string;
  readonly samples: readonly string[];
}

export type ToPage =
  | {
      readonly type: 'evaluation';
      readonly evaluation: EvaluationInfo;
      readonly model: string;
      readonly at: string;
      readonly others: readonly Other[];
      readonly titles: Readonly<Record<string, string>>;
    }
  /** Show this task, as if it had been chosen. */
  | { readonly type: 'show'; readonly task: string }
  | { readonly type: 'detail'; readonly task: string; readonly detail: EvaluationDetail.Answer }
  | { readonly type: 'rows'; readonly request: number; readonly answer: EvaluationRows.Answer }
  /** As `rows`: of the rows of that request. */
  | { readonly type: 'whole'; readonly request: number; readonly row: Row }
  | {
      readonly type: 'compared';
      readonly task: string;
      readonly other: string;
      readonly answer: CompareEvaluations.Answer;
    }
  | { readonly type: 'problem'; readonly text: string };

export type FromPage =
  | { readonly type: 'ready' | 'openFile' | 'openResults' }
  | { readonly type: 'detail'; readonly task: string }
  | {
      readonly type: 'rows';
      readonly request: number;
      readonly task: string;
      readonly query: Query;
      readonly other?: string;
      readonly from: number;
      readonly count: number;
    }
  /** The whole texts of the row at this place of a query. */
  | {
      readonly type: 'whole';
      readonly request: number;
      readonly task: string;
      readonly query: Query;
      readonly other?: string;
      readonly from: number;
    }
  | { readonly type: 'compare'; readonly task: string; readonly other: string }
  | { readonly type: 'open'; readonly file: string; readonly line: number }
  | { readonly type: 'copy'; readonly text: string }
  | { readonly type: 'state'; readonly state: EvaluationState };

/** What the page shows, for tests. */
export interface EvaluationState {
  readonly title: string;
  readonly task: string;
  readonly metrics: string;
  readonly confusion: readonly (readonly number[])[];
  readonly total: number;
  /** Numbers of the rows shown. */
  readonly rows: readonly number[];
  readonly beside: string;
  readonly problem?: string;
}

/** The page's words; `{0}` stands for a value. */
export interface Labels {
  readonly task: string;
  readonly model: string;
  readonly openFile: string;
  readonly openResults: string;
  readonly split: string;
  readonly shots: string;
  readonly rowsOf: string;
  readonly rowsAll: string;
  readonly truncated: string;
  readonly noSamples: string;
  readonly reading: string;
  readonly confusion: string;
  readonly confusionNote: string;
  readonly expected: string;
  readonly predicted: string;
  readonly sum: string;
  readonly calibration: string;
  readonly calibrationNote: string;
  readonly ece: string;
  readonly confidence: string;
  readonly accuracy: string;
  readonly rows: string;
  readonly rowsOfTask: string;
  readonly breakdown: string;
  readonly breakdownNote: string;
  readonly groups: Readonly<Record<RowGroup['by'], string>>;
  readonly upTo: string;
  readonly none: string;
  readonly beside: string;
  readonly besideNobody: string;
  readonly besideChoose: string;
  readonly besideSummary: string;
  readonly besideCommon: string;
  readonly besideTest: string;
  readonly besideOutcomes: Readonly<Record<EvaluationRows.Beside, string>>;
  readonly besideTexts: Readonly<Record<'onlyThis' | 'onlyOther' | 'both', string>>;
  readonly besideSign: string;
  readonly besideValues: string;
  readonly besideInterval: string;
  readonly notComparable: Readonly<Record<'prompts' | 'shots' | 'apart', string>>;
  readonly search: string;
  readonly outcome: string;
  readonly all: string;
  readonly right: string;
  readonly wrong: string;
  readonly sort: string;
  readonly sorts: Readonly<Record<Query['sort'], string>>;
  readonly descending: string;
  readonly clear: string;
  readonly shown: string;
  readonly noMatch: string;
  readonly previous: string;
  readonly next: string;
  readonly page: string;
  readonly goTo: string;
  readonly ofPages: string;
  readonly row: string;
  readonly question: string;
  readonly text: string;
  readonly tokensHead: string;
  readonly bytes: string;
  readonly values: Readonly<Record<RowValue, string>>;
  readonly difference: string;
  readonly differenceNote: string;
  readonly bitsBreakdown: string;
  readonly bitsBreakdownNote: string;
  readonly textTokens: string;
  readonly textSize: string;
  readonly logLikelihoodOf: string;
  readonly tokensThere: string;
  readonly candidate: string;
  readonly logLikelihood: string;
  readonly probability: string;
  readonly tokens: string;
  readonly byteTokens: string;
  readonly newTokens: string;
  readonly cutRow: string;
  readonly openRow: string;
  readonly answer: string;
  readonly copyTable: string;
  readonly result: string;
  readonly unread: string;
  readonly interval: string;
}

export interface PageData {
  readonly path: string;
  readonly labels: Labels;
}
