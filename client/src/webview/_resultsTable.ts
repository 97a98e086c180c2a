/**
 * The table of results: published rows and one's own, a column a task under the metric that the published table shows, and what
 * of a cell was measured otherwise than there. No browser in here.
 */
import type { EvaluationInfo, PublishedColumn, PublishedResults, Reason } from '../../../server/src/protocol.ts';

export interface Column {
  /** A task, or `average`. */
  readonly key: string;
  readonly name: string;
  /** Our key of the metric, and its name in the head. */
  readonly metric: string;
  readonly metricName: string;
  /** Where others published it. */
  readonly published?: PublishedColumn;
}

/** What of a cell is, or may be, otherwise than where the published values come from. */
export type Mark =
  | (Pick<Reason, 'here' | 'there' | 'certain'> & { readonly kind: Exclude<Reason['kind'], 'metric'> })
  /** The column's metric is not there: another one is shown. */
  | { readonly kind: 'metric'; readonly shown: string; readonly wanted: string }
  /** The head says one metric, the harness reports another for this task. */
  | { readonly kind: 'variant'; readonly shown: string; readonly reported: string; readonly value?: number }
  | { readonly kind: 'partial'; readonly tasks: number; readonly all: number };

export interface Cell {
  /** In percent. */
  readonly value: number;
  /** 95 %, in percent. */
  readonly interval?: readonly [number, number];
  readonly rows?: number;
  readonly marks: readonly Mark[];
}

export interface Row {
  readonly key: string;
  readonly name: string;
  /** The results file; published rows have none. */
  readonly path?: string;
  readonly place?: string;
  readonly cells: readonly (Cell | undefined)[];
}

export interface ResultsTable {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** An evaluation, and where its model stands as people read it. */
type Evaluation = EvaluationInfo & { readonly place?: string };

export function resultsTable(
  published: PublishedResults.Answer,
  evaluations: readonly Evaluation[],
  words: { readonly average: string; readonly titles: Readonly<Record<string, string>> },
): ResultsTable {
  const paper = published.columns.map((column): Column => ({ ...column, key: column.task, published: column }));
  const known = new Set(paper.map(({ key }) => key));
  const others = [...new Set(evaluations.flatMap(({ results }) => Object.keys(results)))].filter((t) => !known.has(t));
  const own = others.map((task): Column => {
    const metric = headline(evaluations, task);
    return { key: task, name: words.titles[task] ?? task, metric, metricName: metric };
  });
  const average: Column = { key: 'average', name: words.average, metric: '', metricName: '' };
  const columns = [...paper, average, ...own];
  const theirs = published.models.map(({ name, values, average: mean }): Row => ({
    key: `published ${name}`,
    name,
    cells: [...values, mean, ...own.map(() => undefined)].map((value) =>
      value === undefined ? undefined : { value, marks: [] },
    ),
  }));
  const mine = evaluations.map((evaluation): Row => {
    const first = paper.map((column) => cellOf(evaluation, column));
    const cells = [...first, averageOf(first), ...own.map((column) => cellOf(evaluation, column))];
    const { path, name, place } = evaluation;
    return { key: path, name, path, ...(place === undefined ? {} : { place }), cells };
  });
  return { columns, rows: [...theirs, ...mine] };
}

/** The metric that an evaluation says is the task's; else the first one there is. */
function headline(evaluations: readonly Evaluation[], task: string): string {
  for (const { conditions, results } of evaluations) {
    const said = conditions?.[task]?.headline;
    if (said !== undefined && results[task]?.[said] !== undefined) return said;
  }
  const metrics = evaluations.flatMap(({ results }) => Object.keys(results[task] ?? {}));
  return metrics.find((name) => name !== 'n' && !name.includes('stderr')) ?? '';
}

/** Metrics that are shares, shown in percent; others (a chrF from 0 to 100, a perplexity) stand as they are. */
const isShare = (metric: string): boolean => /^(acc|acc_norm|exact_match|(macro_|micro_)?f1)\b/.test(metric);

function cellOf({ results, intervals, conditions, differs }: Evaluation, column: Column): Cell | undefined {
  const values = results[column.key];
  if (values === undefined) return undefined;
  const said = conditions?.[column.key];
  const fallback = said?.headline ?? 'acc';
  const metric = values[column.metric] === undefined ? fallback : column.metric;
  const value = values[metric];
  if (value === undefined || !Number.isFinite(value)) return undefined;
  const scale = isShare(metric) ? 100 : 1;
  const interval = intervals?.[column.key]?.[metric];
  const rows = said?.rows ?? values['n'];
  const reasons = column.published === undefined ? [] : (differs?.[column.key] ?? []);
  return {
    value: value * scale,
    ...(interval === undefined ? {} : { interval: [interval[0] * scale, interval[1] * scale] as const }),
    ...(rows === undefined ? {} : { rows }),
    marks: [
      ...(metric === column.metric ? [] : [{ kind: 'metric', shown: metric, wanted: column.metric } as const]),
      ...reasons.flatMap((reason) => markOf(reason, column, values)),
    ],
  };
}

function markOf(
  { kind, certain, here, there }: Reason,
  column: Column,
  values: Readonly<Record<string, number>>,
): Mark[] {
  const conditions = { ...(here === undefined ? {} : { here }), ...(there === undefined ? {} : { there }) };
  if (kind !== 'metric') return [{ kind, certain, ...conditions }];
  const reported = column.published?.harnessMetric;
  // That the metric is not there is told by what is shown instead.
  if (certain || reported === undefined || values[column.metric] === undefined) return [];
  const value = values[reported];
  return [
    {
      ...{ kind: 'variant', shown: column.metric, reported },
      ...(value === undefined ? {} : { value: value * (isShare(reported) ? 100 : 1) }),
    },
  ];
}

/** The mean over those of the published table's columns that are there; marked where not all are. */
function averageOf(cells: readonly (Cell | undefined)[]): Cell | undefined {
  const there = cells.filter((cell) => cell !== undefined);
  if (there.length === 0) return undefined;
  const value = there.reduce((sum, cell) => sum + cell.value, 0) / there.length;
  const all = cells.length;
  return { value, marks: there.length === all ? [] : [{ kind: 'partial', tasks: there.length, all }] };
}

export interface Order {
  /** A column's key, or `name`. */
  readonly column: string;
  readonly descending: boolean;
}

/** Rows by a column, those without a value last; as they come without an order. */
export function ordered({ columns, rows }: ResultsTable, order: Order | undefined): readonly Row[] {
  if (order === undefined) return rows;
  const sign = order.descending ? -1 : 1;
  if (order.column === 'name') return rows.toSorted((a, b) => sign * a.name.localeCompare(b.name));
  const at = columns.findIndex(({ key }) => key === order.column);
  const value = (row: Row) => row.cells[at]?.value;
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (x - y);
  });
}

/** Rows with all of the words in their name or place. */
export function filtered(rows: readonly Row[], text: string, withPublished: boolean): readonly Row[] {
  const words = text
    .toLocaleLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return rows.filter(({ name, place = '', path }) => {
    const said = `${name} ${place}`.toLocaleLowerCase();
    return (withPublished || path !== undefined) && words.every((word) => said.includes(word));
  });
}

/** A value as the published table writes it: `57.8`. */
export const cellText = (cell: Cell | undefined): string => (cell === undefined ? '–' : cell.value.toFixed(1));
