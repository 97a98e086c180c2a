/** A run's curve as data: rows put together, smoothed, thinned and written as CSV. Shared by the page and the extension. */
import type { MetricRow } from '../../../server/src/protocol.ts';

/**
 * Rows with new ones put behind. A step that is there already, or an earlier one, replaces what stood from it on: so rows
 * told twice do no harm, and a run resumed from an older checkpoint draws over its lost tail.
 */
export function appendRows(rows: readonly MetricRow[], more: readonly MetricRow[]): readonly MetricRow[] {
  const first = more[0];
  if (first === undefined) return rows;
  let end = rows.length;
  while (end > 0 && (rows[end - 1]?.step ?? 0) >= first.step) end--;
  return [...(end === rows.length ? rows : rows.slice(0, end)), ...more];
}

/**
 * Exponential moving average without the bias towards zero of its first values (Kingma and Ba 2015, section 3): m_t =
 * w·m_(t-1) + (1-w)·x_t, shown as m_t / (1 - w^t). Weight 0 gives the values back. Missing values stay missing and do not count.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  let mean = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    seen++;
    mean = weight * mean + (1 - weight) * value;
    return weight === 0 ? value : mean / (1 - weight ** seen);
  });
}

export type Axis = 'step' | 'tokens' | 'time';

/** Positions on the horizontal axis; time in seconds of training. */
export function positions(rows: readonly MetricRow[], axis: Axis): number[] {
  switch (axis) {
    case 'step':
      return rows.map((row) => row.step);
    case 'tokens':
      return rows.map((row) => row.tokens);
    case 'time':
      return rows.map((row) => row.elapsed);
    default:
      return axis satisfies never;
  }
}

/** Languages that any row has a loss for, in the order they first come. */
export function languagesOf(rows: readonly MetricRow[]): readonly string[] {
  const found = new Set<string>();
  for (const { lossByLanguage } of rows) {
    if (lossByLanguage !== undefined) for (const language of Object.keys(lossByLanguage)) found.add(language);
  }
  return [...found];
}

/** The row of the lowest loss; the first one of equals. */
export function best(rows: readonly MetricRow[]): MetricRow | undefined {
  let lowest: MetricRow | undefined;
  for (const row of rows) {
    if (Number.isFinite(row.loss) && (lowest === undefined || row.loss < lowest.loss)) lowest = row;
  }
  return lowest;
}

/** At most `most` of the items, evenly spread, the first and the last among them. */
export function thin<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))]!);
}
