/** The tables of a run's page: the values of its chart, what was measured by step, answers by step, its data, runs beside it. */
import type { MetricRow, RunSample, RunSource } from '../../../server/src/protocol.ts';
import { count, figure, percent } from '../figures.ts';
import { best, languagesOf, thin } from './_curve.ts';
import type { Labels } from './_curveProtocol.ts';
import { fill } from '../plural.ts';
import { element } from './_dom.ts';
import { figuresOf, kindsOf, type Track } from './_lines.ts';

/** More rows than this are thinned in the table of values. */
const tableRows = 400;
/** More steps than this are thinned in the tables of what was measured and answered. */
const measuredSteps = 60;

type Column<T> = readonly [head: string, cell: (item: T) => string];

/** The same in every table: heads in the first row, and each row begins with its name. */
function tableOf<T>(label: string, columns: readonly Column<T>[], items: readonly T[]): HTMLTableElement {
  return element(
    'table',
    { 'aria-label': label },
    element(
      'thead',
      {},
      element('tr', {}, ...columns.map(([head]) => element('th', { scope: 'col', textContent: head }))),
    ),
    element(
      'tbody',
      {},
      ...items.map((item) =>
        element(
          'tr',
          {},
          ...columns.map(([, cell], i) =>
            i === 0
              ? element('th', { scope: 'row', textContent: cell(item) })
              : element('td', { textContent: cell(item) }),
          ),
        ),
      ),
    ),
  );
}

/** The rows of the run, a column for each number of training. */
export function valuesTable(rows: readonly MetricRow[], l: Labels): readonly Node[] {
  const some = thin(rows, tableRows);
  const bits: readonly Column<MetricRow>[] = rows.some(({ bitsPerByte }) => bitsPerByte !== undefined)
    ? [[l.bitsPerByte, (row) => figure(row.bitsPerByte)]]
    : [];
  const columns: readonly Column<MetricRow>[] = [
    [l.step, (row) => count(row.step)],
    [l.tokens, (row) => count(row.tokens)],
    [l.loss, (row) => figure(row.loss)],
    [l.gradNorm, (row) => figure(row.gradNorm)],
    [l.learningRate, (row) => figure(row.learningRate)],
    [l.tokensPerSecond.replace('{0} ', ''), (row) => figure(row.tokensPerSecond)],
    ...bits,
    ...languagesOf(rows).map((language): Column<MetricRow> => [
      language,
      (row) => figure(row.lossByLanguage?.[language]),
    ]),
    ...kindsOf(rows).map((kind): Column<MetricRow> => [l.kinds[kind], (row) => figure(row.lossByKind?.[kind])]),
  ];
  const note = some.length < rows.length ? fill(l.thinned, count(some.length), count(rows.length)) : '';
  return [element('p', { className: 'note', textContent: note }), tableOf(l.table, columns, some)];
}

export const isMeasured = (row: MetricRow): boolean => row.evaluationLoss !== undefined || row.evaluation !== undefined;

/** Held-out losses and figures of tasks, a row for each step after which they were measured; nothing where none was. */
export function measuredTable(rows: readonly MetricRow[], l: Labels): HTMLElement | undefined {
  const measured = rows.filter(isMeasured);
  if (measured.length === 0) return undefined;
  const languages = [...new Set(measured.flatMap((row) => Object.keys(row.evaluationLossByLanguage ?? {})))];
  const any = (value: (row: MetricRow) => number | undefined) => measured.some((row) => value(row) !== undefined);
  const optional = (head: string, value: (row: MetricRow) => number | undefined): Column<MetricRow>[] =>
    any(value) ? [[head, (row) => figure(value(row))]] : [];
  const columns: readonly Column<MetricRow>[] = [
    [l.step, (row) => count(row.step)],
    ...optional(l.evaluation, (row) => row.evaluationLoss),
    ...languages.flatMap((name) => optional(`${l.evaluation}: ${name}`, (row) => row.evaluationLossByLanguage?.[name])),
    ...kindsOf(measured).flatMap((kind) =>
      optional(`${l.evaluation}: ${l.kinds[kind]}`, (row) => row.evaluationLossByKind?.[kind]),
    ),
    ...optional(l.heldOutBitsPerByte, (row) => row.evaluationBitsPerByte),
    ...figuresOf(measured).flatMap(({ task, metric }) =>
      optional(`${task} ${metric}`, (row) => row.evaluation?.[task]?.[metric]),
    ),
  ];
  const tasks = Object.entries(measured.find(({ evaluation }) => evaluation !== undefined)?.evaluation ?? {});
  const sizes = tasks.map(([task, { n }]) => fill(l.rowsOf, task, count(n ?? 0))).join(' · ');
  return section(
    l.measured,
    element('p', { className: 'note', textContent: sizes, hidden: sizes === '' }),
    scrolled(tableOf(l.measured, columns, thin(measured, measuredSteps))),
  );
}

/** Prompts below each other, the answers of a step beside those of the next; nothing where there are none. */
export function answersTable(samples: readonly RunSample[], l: Labels): HTMLElement | undefined {
  if (samples.length === 0) return undefined;
  const prompts = [...new Set(samples.map(({ prompt }) => prompt))];
  const steps = thin([...new Set(samples.map(({ step }) => step))], measuredSteps);
  const answers = new Map(samples.map((sample) => [`${sample.step} ${sample.prompt}`, sample]));
  const columns: readonly Column<string>[] = [
    [l.prompt, (prompt) => prompt],
    ...steps.map((step): Column<string> => [
      `${l.step} ${count(step)}`,
      (prompt) => {
        const sample = answers.get(`${step} ${prompt}`);
        return sample === undefined ? '' : `${sample.answer}${sample.reason === 'stop' ? '' : l.cut}`;
      },
    ]),
  ];
  const table = tableOf(l.answers, columns, prompts);
  table.classList.add('answers');
  return section(l.answers, scrolled(table));
}

/** Each data file: its share of what was read so far, and how often it was read. */
export function sourcesTable(
  sources: readonly RunSource[],
  read: readonly number[] | undefined,
  l: Labels,
): HTMLElement | undefined {
  if (sources.length === 0) return undefined;
  const all = (read ?? []).reduce((sum, tokens) => sum + tokens, 0);
  const weights = sources.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  const items = sources.map((source, i) => ({ source, tokens: read?.[i] }));
  type Item = (typeof items)[number];
  const columns: readonly Column<Item>[] = [
    [l.file, ({ source }) => source.path],
    [l.language, ({ source }) => source.language ?? '–'],
    [l.wanted, ({ source: { weight } }) => (weight === undefined ? '–' : percent(weight / weights))],
    [l.share, ({ source, tokens }) => percent(tokens === undefined || all === 0 ? source.share : tokens / all)],
    [l.tokensRead, ({ tokens }) => (tokens === undefined ? '–' : count(tokens))],
    [
      l.epochs,
      ({ source, tokens }) =>
        fill(l.planned, tokens === undefined ? '–' : (tokens / source.tokens).toFixed(2), source.epochs.toFixed(2)),
    ],
  ];
  return section(l.data, scrolled(tableOf(l.data, columns, items)));
}

/** Last and best values of the run and of those beside it; nothing where it stands alone. */
export function comparedTable(tracks: readonly Track[], l: Labels): HTMLElement | undefined {
  if (tracks.length < 2) return undefined;
  const at = (value: number | undefined, step: number | undefined) =>
    value === undefined || step === undefined ? '–' : fill(l.atStep, figure(value), count(step));
  const columns: readonly Column<Track>[] = [
    [l.run, ({ name }) => name],
    [`${l.loss}: ${l.last}`, ({ rows }) => at(rows.at(-1)?.loss, rows.at(-1)?.step)],
    [`${l.loss}: ${l.best}`, ({ rows }) => at(best(rows)?.loss, best(rows)?.step)],
    [
      l.evaluation,
      ({ rows }) => {
        const row = rows.findLast(({ evaluationLoss }) => evaluationLoss !== undefined);
        return at(row?.evaluationLoss, row?.step);
      },
    ],
    [l.bitsPerByte, ({ rows }) => figure(rows.at(-1)?.bitsPerByte)],
    [l.tokens, ({ rows }) => count(rows.at(-1)?.tokens ?? 0)],
  ];
  return section(l.comparedRuns, scrolled(tableOf(l.comparedRuns, columns, tracks)));
}

const section = (title: string, ...children: readonly Node[]): HTMLElement =>
  element('section', {}, element('h2', { textContent: title }), ...children);

/** Wide tables scroll by themselves, with the keyboard too. */
const scrolled = (table: HTMLTableElement): HTMLElement =>
  element(
    'div',
    { className: 'scrolled', tabIndex: 0, role: 'group', 'aria-label': table.getAttribute('aria-label') },
    table,
  );
