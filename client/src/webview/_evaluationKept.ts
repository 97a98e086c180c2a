/**
 * What an evaluation's page shows, kept while another tab covers it and over a reload of the window, so that whoever looks a row up
 * in its file comes back to the same row. No browser in here.
 */
import type { EvaluationInfo } from '../../../server/src/protocol.ts';
import type { Query } from './_evaluationProtocol.ts';
import { without } from './_without.ts';

export const everything: Query = { search: '', sort: 'row', descending: false };

export interface Kept {
  /** Empty: the first task there is. */
  readonly task: string;
  /** The evaluation beside. */
  readonly other?: string;
  readonly query: Query;
  /** From 0. */
  readonly page: number;
  /** The number of the row that is open. */
  readonly open?: number;
  /** How far down the page is scrolled, in pixels. */
  readonly top: number;
}

const sorts: Readonly<Record<Query['sort'], true>> = {
  ...{ row: true, confidence: true, length: true, bytes: true, value: true, difference: true },
};
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
/** A member that is there, or none. */
const member = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

/** Of a state kept earlier as much as can be read. */
export function keptOf(state: unknown): Kept {
  const kept = record(state);
  return {
    task: text(kept['task']) ?? '',
    ...member('other', text(kept['other'])),
    query: queryOf(kept['query']),
    page: whole(kept['page']) ?? 0,
    ...member('open', whole(kept['open'])),
    top: whole(kept['top']) ?? 0,
  };
}

function queryOf(value: unknown): Query {
  const query = record(value);
  const { outcome, beside, sort } = query;
  const { by, from, to } = record(query['group']);
  const share = (end: unknown): end is number => typeof end === 'number' && Number.isFinite(end);
  return {
    search: text(query['search']) ?? '',
    ...member(
      'outcome',
      (['right', 'wrong'] as const).find((one) => one === outcome),
    ),
    ...member('gold', whole(query['gold'])),
    ...member('prediction', whole(query['prediction'])),
    ...((by === 'tokens' || by === 'characters' || by === 'bytes' || by === 'new') && share(from) && share(to)
      ? { group: { by, from, to } }
      : {}),
    ...member(
      'beside',
      (['onlyThis', 'onlyOther', 'both', 'neither', 'differ'] as const).find((one) => one === beside),
    ),
    sort: typeof sort === 'string' && sort in sorts ? (sort as Query['sort']) : 'row',
    descending: query['descending'] === true,
  };
}

/** A query without what only an evaluation beside it gives a meaning. */
export function alone(whole: Query): Query {
  const query = without(whole, 'beside');
  return query.sort === 'difference' ? { ...query, sort: 'row' } : query;
}

/** True where nothing that the page tells of a task itself is otherwise than before; its rows may be. */
export function isSameTask(before: EvaluationInfo, now: EvaluationInfo, task: string): boolean {
  const told = ({ results, intervals, conditions, samples }: EvaluationInfo) =>
    JSON.stringify([results[task], intervals?.[task], conditions?.[task], samples?.includes(task)]);
  return told(before) === told(now);
}
