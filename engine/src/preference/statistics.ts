/** The figures of a comparison, as pure functions: shares with intervals, and agreement beyond chance. */
import { Random } from '../base/random.ts';
import type { Steps } from '../base/steps.ts';
import { type Interval, quantile, wilson } from '../base/statistics.ts';
import type { Share } from './types.ts';

/** Resamples of a bootstrap. */
export const resamples = 2000;
/** A share with Wilson's interval; without them where there is nothing. */
export function shareOf(count: number, n: number): Share {
  return n === 0 ? { count, n } : { count, n, share: count / n, interval: wilson(count, n) };
}

/**
 * The share of each class among `outcomes` (0 … classes - 1), with the percentile interval of the bootstrap (Efron and Tibshirani,
 * "An Introduction to the Bootstrap", 1993, chapter 13): outcomes are drawn again with replacement, all classes from the same draws.
 */
export function* bootstrapShares(outcomes: readonly number[], classes: number, random: Random): Steps<Share[]> {
  const n = outcomes.length;
  const counts = count(outcomes, classes);
  if (n === 0) return counts.map((one) => ({ count: one, n }));
  const drawn = Array.from({ length: classes }, () => new Float64Array(resamples));
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < n; i++) drawn[outcomes[random.below(n)]!]![r]!++;
    if (r % slice(n) === 0) yield;
  }
  return counts.map((one, c) => ({
    count: one,
    n,
    share: one / n,
    interval: percentiles(drawn[c]!.map((d) => d / n)),
  }));
}

/** Resamples between two pauses: some milliseconds' worth. */
const slice = (n: number): number => Math.max(1, Math.floor(30_000 / Math.max(1, n)));

function count(outcomes: readonly number[], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const outcome of outcomes) counts[outcome]!++;
  return counts;
}

function percentiles(values: Float64Array): Interval {
  values.sort();
  return [quantile(values, 0.025), quantile(values, 0.975)];
}

export interface Kappa {
  readonly n: number;
  /** Share of equal classes. */
  readonly observed?: number;
  /** Absent where there is nothing, or both give one class alone. */
  readonly kappa?: number;
}

/**
 * Agreement of two raters beyond chance (Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological
 * Measurement 20, 1960): (observed - expected) / (1 - expected), expected from each rater's own shares of classes.
 */
export function cohenKappa(pairs: readonly (readonly [number, number])[], classes: number): Kappa {
  const table = new Float64Array(classes * classes);
  for (const [one, other] of pairs) table[one * classes + other]!++;
  return kappaOf(table, classes, pairs.length);
}

function kappaOf(table: Float64Array, classes: number, n: number): Kappa {
  if (n === 0) return { n };
  let equal = 0;
  let expected = 0;
  for (let c = 0; c < classes; c++) {
    equal += table[c * classes + c]!;
    let row = 0;
    let column = 0;
    for (let d = 0; d < classes; d++) {
      row += table[c * classes + d]!;
      column += table[d * classes + c]!;
    }
    expected += row * column;
  }
  // Whole numbers until the last division, so that 1 is met exactly.
  const observed = equal / n;
  return expected === n * n ? { n, observed } : { n, observed, kappa: (equal * n - expected) / (n * n - expected) };
}

/** The percentile interval of Cohen's kappa by bootstrap over pairs; undefined where half of the resamples have none. */
export function* kappaInterval(
  pairs: readonly (readonly [number, number])[],
  classes: number,
  random: Random,
): Steps<Interval | undefined> {
  const n = pairs.length;
  const values: number[] = [];
  const table = new Float64Array(classes * classes);
  for (let r = 0; r < resamples && n > 0; r++) {
    table.fill(0);
    for (let i = 0; i < n; i++) {
      const [one, other] = pairs[random.below(n)]!;
      table[one * classes + other]!++;
    }
    const { kappa } = kappaOf(table, classes, n);
    if (kappa !== undefined) values.push(kappa);
    if (r % slice(n) === 0) yield;
  }
  return values.length < resamples / 2 ? undefined : percentiles(Float64Array.from(values));
}

/**
 * Agreement of several raters beyond chance (Fleiss, "Measuring nominal scale agreement among many raters", Psychological Bulletin 76,
 * 1971). A row a subject: how many of the raters gave it each class; the same number of raters in every row, two at least.
 */
export function fleissKappa(rows: readonly (readonly number[])[]): number | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const raters = first.reduce((sum, value) => sum + value, 0);
  let agreeing = 0;
  const totals = first.map(() => 0);
  for (const row of rows) {
    let equal = 0;
    for (const [c, value] of row.entries()) {
      equal += value * (value - 1);
      totals[c]! += value;
    }
    agreeing += equal / (raters * (raters - 1));
  }
  const observed = agreeing / rows.length;
  const all = rows.length * raters;
  const expected = totals.reduce((sum, total) => sum + (total / all) ** 2, 0);
  return totals.includes(all) ? undefined : (observed - expected) / (1 - expected);
}
