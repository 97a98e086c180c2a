/** What a chart draws, as data: lines out of the rows of one run or several, and all lines over one horizontal axis. */
import type { MetricRow } from '../../../server/src/protocol.ts';
import type { Choices } from './_choices.ts';
import { languagesOf, positions, smooth } from './_curve.ts';

/** A run on the chart; the first one is the page's own. */
export interface Track {
  readonly name: string;
  readonly rows: readonly MetricRow[];
}

/** A colour of the theme's charts. */
export type Paint = 'blue' | 'red' | 'green' | 'orange' | 'purple' | 'yellow' | 'foreground';

export interface Line {
  readonly label: string;
  readonly xs: readonly number[];
  /** null: measured, and no number. */
  readonly values: readonly (number | null)[];
  readonly paint: Paint;
  readonly width: number;
  readonly faint?: boolean;
  readonly dash?: readonly number[];
  /** Few values, far apart: each is marked. */
  readonly marked?: boolean;
}

export interface LineLabels {
  readonly loss: string;
  readonly smoothed: string;
  readonly evaluation: string;
  readonly bitsPerByte: string;
  readonly heldOutBitsPerByte: string;
  readonly gradNorm: string;
  readonly learningRate: string;
  readonly speed: string;
  readonly kinds: Readonly<Record<'old' | 'new' | 'byte', string>>;
}

const paints: readonly Paint[] = ['green', 'orange', 'purple', 'yellow', 'red', 'foreground'];
const paintOf = (i: number): Paint => paints[i % paints.length] ?? 'green';

const kinds = ['old', 'new', 'byte'] as const;

/** Kinds of tokens that some row has a loss for. */
export const kindsOf = (rows: readonly MetricRow[]): readonly (typeof kinds)[number][] =>
  kinds.filter((kind) =>
    rows.some((row) => (row.lossByKind?.[kind] ?? row.evaluationLossByKind?.[kind]) !== undefined),
  );

/** Tasks with their figures, in the order in which they first come; without `n`. */
export function figuresOf(rows: readonly MetricRow[]): readonly { readonly task: string; readonly metric: string }[] {
  const found = new Map<string, { readonly task: string; readonly metric: string }>();
  for (const { evaluation } of rows)
    for (const [task, figures] of Object.entries(evaluation ?? {}))
      for (const metric of Object.keys(figures)) if (metric !== 'n') found.set(`${task} ${metric}`, { task, metric });
  return [...found.values()];
}

export function linesOf(tracks: readonly Track[], choices: Choices, labels: LineLabels): Line[] {
  return tracks.flatMap(({ name, rows }, i) =>
    i === 0 ? own(rows, choices, labels) : beside(rows, name, i - 1, choices, labels),
  );
}

/** All lines over the same positions, ascending as each line's are: where a line has nothing at one, `undefined`. */
export function joined(lines: readonly Line[]): [xs: number[], ...columns: (number | null | undefined)[][]] {
  const xs = lines.reduce<readonly number[]>(
    (all, line) => (line.xs === all ? all : union(all, line.xs)),
    lines[0]?.xs ?? [],
  );
  return [
    [...xs],
    ...lines.map(({ xs: own, values }) => {
      let next = 0;
      return xs.map((x) => (own[next] === x ? values[next++] : undefined));
    }),
  ];
}

/** Two ascending lists as one, each number once. */
function union(a: readonly number[], b: readonly number[]): number[] {
  const all: number[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const [x = Infinity, y = Infinity] = [a[i], b[j]];
    const least = Math.min(x, y);
    all.push(least);
    while (a[i] === least) i++;
    while (b[j] === least) j++;
  }
  return all;
}

type Value = (row: MetricRow) => number | undefined;

/** What the chart of a quantity is drawn from. */
function quantity(
  choices: Choices,
  labels: LineLabels,
): { label: string; value: Value; held?: { label: string; value: Value } } {
  switch (choices.quantity) {
    case 'loss':
      return {
        ...{ label: labels.loss, value: (row) => row.loss },
        held: { label: labels.evaluation, value: (row) => row.evaluationLoss },
      };
    case 'bitsPerByte':
      return {
        ...{ label: labels.bitsPerByte, value: (row) => row.bitsPerByte },
        held: { label: labels.heldOutBitsPerByte, value: (row) => row.evaluationBitsPerByte },
      };
    case 'gradNorm':
      return { label: labels.gradNorm, value: (row) => row.gradNorm };
    case 'learningRate':
      return { label: labels.learningRate, value: (row) => row.learningRate };
    case 'speed':
      return { label: labels.speed, value: (row) => row.tokensPerSecond };
    case 'evaluation':
      return { label: '', value: () => undefined };
    default:
      return choices.quantity satisfies never;
  }
}

const finite = (value: number | null | undefined): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

function own(rows: readonly MetricRow[], choices: Choices, labels: LineLabels): Line[] {
  if (choices.quantity === 'evaluation') return figureLines(rows, choices, '', undefined);
  const xs = positions(rows, choices.axis);
  const { label, value, held } = quantity(choices, labels);
  const raw = rows.map((row) => finite(value(row)));
  const smoothed = (of: Value): (number | null)[] =>
    smooth(
      rows.map((row) => finite(of(row))),
      choices.smoothing,
    );
  const languages = choices.quantity === 'loss' && choices.byLanguage ? languagesOf(rows) : [];
  const ofKind = choices.quantity === 'loss' && choices.byKind ? kindsOf(rows) : [];
  const shownHeld = choices.heldOut ? held : undefined;
  return [
    { label, xs, values: raw, paint: 'blue', width: 1, faint: true },
    // What does not wave is not smoothed.
    ...(choices.quantity === 'learningRate'
      ? []
      : [
          {
            label: choices.quantity === 'loss' ? labels.smoothed : `${label} ≈`,
            ...({ xs, values: smoothed(value), paint: 'blue', width: 2 } as const),
          },
        ]),
    ...languages.map((language, i): Line => ({
      label: language,
      ...{ xs, values: smoothed((row) => row.lossByLanguage?.[language]), paint: paintOf(i), width: 1.5, dash: [6, 3] },
    })),
    ...ofKind.map((kind, i): Line => ({
      label: labels.kinds[kind],
      ...{ xs, values: smoothed((row) => row.lossByKind?.[kind]), paint: paintOf(i + languages.length) },
      ...{ width: 1.5, dash: [2, 3] },
    })),
    ...(shownHeld === undefined ? [] : sparse(rows, choices, shownHeld.label, 'red', shownHeld.value)),
    ...(shownHeld === undefined
      ? []
      : [
          ...languages.flatMap((language, i) =>
            sparse(
              rows,
              choices,
              `${labels.evaluation}: ${language}`,
              paintOf(i),
              (row) => row.evaluationLossByLanguage?.[language],
            ),
          ),
          ...ofKind.flatMap((kind, i) =>
            sparse(
              rows,
              choices,
              `${labels.evaluation}: ${labels.kinds[kind]}`,
              paintOf(i + languages.length),
              (row) => row.evaluationLossByKind?.[kind],
            ),
          ),
        ]),
  ];
}

/** A run beside the page's: its smoothed curve, and what was held out. */
function beside(rows: readonly MetricRow[], name: string, i: number, choices: Choices, labels: LineLabels): Line[] {
  const paint = paintOf(i);
  if (choices.quantity === 'evaluation') return figureLines(rows, choices, `${name}: `, [4 + 3 * i, 3]);
  const { value, held } = quantity(choices, labels);
  const values = rows.map((row) => finite(value(row)));
  return [
    {
      label: name,
      xs: positions(rows, choices.axis),
      values: choices.quantity === 'learningRate' ? values : smooth(values, choices.smoothing),
      ...{ paint, width: 2 },
    },
    ...(held === undefined || !choices.heldOut
      ? []
      : sparse(rows, choices, `${name}: ${held.label}`, paint, held.value)),
  ];
}

/** A line of the rows that have a value, or none. */
function sparse(rows: readonly MetricRow[], { axis }: Choices, label: string, paint: Paint, value: Value): Line[] {
  const some = rows.filter((row) => value(row) !== undefined);
  if (some.length === 0) return [];
  const values = some.map((row) => finite(value(row)));
  return [{ label, xs: positions(some, axis), values, paint, width: 1.5, marked: true }];
}

const figureLines = (
  rows: readonly MetricRow[],
  choices: Choices,
  before: string,
  dash: readonly number[] | undefined,
): Line[] =>
  figuresOf(rows).flatMap(({ task, metric }, i) =>
    sparse(
      rows,
      choices,
      `${before}${task} ${metric}`,
      i === 0 ? 'blue' : paintOf(i - 1),
      (row) => row.evaluation?.[task]?.[metric],
    ).map((line) => (dash === undefined ? line : { ...line, dash })),
  );
