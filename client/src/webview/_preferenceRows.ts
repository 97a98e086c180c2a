/** Which rows of a comparison the filters leave, and its tables as text for spreadsheets. No browser in here. */
import type {
  PreferenceAnswer,
  PreferenceReport,
  PreferenceRow,
  PreferenceVerdict,
  RaterResult,
} from '../../../server/src/protocol.ts';

export interface Filters {
  readonly text: string;
  /** The voter's place; -1: any of them. */
  readonly voter: number;
  readonly outcome: PreferenceVerdict['outcome'] | 'any' | 'none';
  /** Rows with an answer that drifted into another language. */
  readonly findings: boolean;
  /** Rows on which the voters do not all say the same. */
  readonly split: boolean;
}

/** The filters as they are kept while the page is not there: a voter by name, for their places change as others begin. */
export interface KeptFilters extends Omit<Filters, 'voter'> {
  /** As `raterKey` has it; empty: any of them. */
  readonly rater: string;
  /** Rows that are open, by id. */
  readonly open: readonly string[];
  /** How far down the page is scrolled, in pixels. */
  readonly top: number;
}

/** By what a voter is known again when the results are told anew. */
export const raterKey = ({ rater }: Pick<RaterResult, 'rater'>): string => `${rater.kind} ${rater.name}`;

const outcomes: readonly Filters['outcome'][] = ['win', 'tie', 'lose', 'error', 'none'];

/** Of a state kept earlier as much as can be read. */
export function keptFilters(state: unknown): KeptFilters {
  const kept = (typeof state === 'object' && state !== null ? state : {}) as Readonly<Record<string, unknown>>;
  const { text, rater, outcome, open, top } = kept;
  return {
    text: typeof text === 'string' ? text : '',
    rater: typeof rater === 'string' ? rater : '',
    outcome: outcomes.find((one) => one === outcome) ?? 'any',
    findings: kept['findings'] === true,
    split: kept['split'] === true,
    open: Array.isArray(open) ? open.filter((id): id is string => typeof id === 'string') : [],
    top: typeof top === 'number' && top >= 0 ? top : 0,
  };
}

export const allRows: Filters = { text: '', voter: -1, outcome: 'any', findings: false, split: false };

export const hasFinding = ({ a, b }: PreferenceRow): boolean => a?.finding !== undefined || b?.finding !== undefined;

export const isSplit = ({ verdicts }: PreferenceRow): boolean =>
  new Set(verdicts.flatMap((verdict) => (verdict === null || verdict.outcome === 'error' ? [] : [verdict.outcome])))
    .size > 1;

/** Text is looked for in prompt, input and both answers, as it is composed, whatever its case. */
export function passes(row: PreferenceRow, { text, voter, outcome, findings, split }: Filters): boolean {
  if (findings && !hasFinding(row)) return false;
  if (split && !isSplit(row)) return false;
  if (outcome !== 'any') {
    const verdicts = voter < 0 ? row.verdicts : [row.verdicts[voter] ?? null];
    const found =
      outcome === 'none'
        ? verdicts.length === 0 || verdicts.some((verdict) => verdict === null)
        : verdicts.some((verdict) => verdict?.outcome === outcome);
    if (!found) return false;
  }
  const wanted = fold(text.trim());
  if (wanted === '') return true;
  return [row.prompt, row.input, row.a?.text, row.b?.text, row.id].some(
    (part) => part !== undefined && fold(part).includes(wanted),
  );
}

const fold = (text: string): string => text.normalize('NFC').toLowerCase();

/** Answers in another language than was asked for. */
export const findingsOf = ({
  rows,
}: PreferenceReport): readonly {
  readonly row: number;
  readonly side: 'a' | 'b';
  readonly answer: PreferenceAnswer;
}[] =>
  rows.flatMap((row, i) =>
    (['a', 'b'] as const).flatMap((side) => {
      const answer = row[side];
      return answer?.finding === undefined ? [] : [{ row: i, side, answer }];
    }),
  );

/** Tab-separated, as spreadsheets take it. */
export const tabbed = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => cells.map((cell) => cell.replaceAll(/[\t\n\r]+/g, ' ')).join('\t')).join('\n');
