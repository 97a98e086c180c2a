/** Metrics as a table: a column for each number that rows hold, and the table as CSV. No files in here: the editor uses it too. */
import type { MetricRow } from '../protocol.ts';

export interface MetricColumn {
  /** In CSV: `evaluationLoss_ko`. */
  readonly name: string;
  /** In TensorBoard, where what stands before the first `/` is a group: `held-out/loss/ko`. */
  readonly tag: string;
  readonly value: (row: MetricRow) => number | undefined;
}

type Numbers = Readonly<Record<string, number>>;

const always: readonly MetricColumn[] = [
  { name: 'step', tag: 'progress/step', value: (row) => row.step },
  { name: 'tokens', tag: 'progress/tokens', value: (row) => row.tokens },
  { name: 'elapsed', tag: 'progress/elapsed', value: (row) => row.elapsed },
  { name: 'loss', tag: 'train/loss', value: (row) => row.loss },
  { name: 'gradNorm', tag: 'train/gradNorm', value: (row) => row.gradNorm },
  { name: 'learningRate', tag: 'train/learningRate', value: (row) => row.learningRate },
  { name: 'tokensPerSecond', tag: 'progress/tokensPerSecond', value: (row) => row.tokensPerSecond },
];

const sometimes: readonly MetricColumn[] = [
  { name: 'bitsPerByte', tag: 'train/bitsPerByte', value: (row) => row.bitsPerByte },
  { name: 'evaluationLoss', tag: 'held-out/loss', value: (row) => row.evaluationLoss },
  { name: 'evaluationBitsPerByte', tag: 'held-out/bitsPerByte', value: (row) => row.evaluationBitsPerByte },
  { name: 'memory', tag: 'progress/memory', value: (row) => row.memory },
];

const byName: readonly {
  readonly name: string;
  readonly tag: string;
  readonly values: (row: MetricRow) => Numbers | undefined;
}[] = [
  { name: 'loss_', tag: 'train/loss/', values: (row) => row.lossByLanguage },
  { name: 'loss_kind_', tag: 'train/lossOfKind/', values: (row) => row.lossByKind },
  { name: 'evaluationLoss_', tag: 'held-out/loss/', values: (row) => row.evaluationLossByLanguage },
  { name: 'evaluationLoss_kind_', tag: 'held-out/lossOfKind/', values: (row) => row.evaluationLossByKind },
];

/** Those that some row has a value for, in a fixed order; the first seven always. */
export function metricColumns(rows: readonly MetricRow[]): MetricColumn[] {
  const named = byName.flatMap(({ name, tag, values }) =>
    namesOf(rows, values).map((key) => ({
      name: `${name}${key}`,
      tag: `${tag}${key}`,
      value: (row: MetricRow) => values(row)?.[key],
    })),
  );
  const tasks = namesOf(rows, (row) => row.evaluation).flatMap((task) =>
    namesOf(rows, (row) => row.evaluation?.[task]).map((metric) => ({
      name: `${task}_${metric}`,
      tag: `evaluation/${task}/${metric}`,
      value: (row: MetricRow) => row.evaluation?.[task]?.[metric],
    })),
  );
  const sources = Array.from({ length: Math.max(0, ...rows.map((row) => row.sourceTokens?.length ?? 0)) }, (_, i) => ({
    name: `sourceTokens_${i}`,
    tag: `sources/${i}/tokens`,
    value: (row: MetricRow) => row.sourceTokens?.[i],
  }));
  const used = sometimes.filter(({ value }) => rows.some((row) => value(row) !== undefined));
  return [...always, ...used, ...named, ...tasks, ...sources];
}

/** All rows as CSV (RFC 4180), numbers unrounded; a cell is empty where the row has no such value. */
export function metricsCsv(rows: readonly MetricRow[]): string {
  const columns = metricColumns(rows);
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [
    columns.map(({ name }) => quote(name)),
    ...rows.map((row) => columns.map(({ value }) => String(value(row) ?? ''))),
  ];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}

/** Names in the order in which they first come. */
function namesOf(rows: readonly MetricRow[], values: (row: MetricRow) => object | undefined): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(values(row) ?? {})))];
}
