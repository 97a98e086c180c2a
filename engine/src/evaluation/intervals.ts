/**
 * How sure a figure is. A share (accuracy) has Wilson's interval and the harness's standard error; a figure that is no mean
 * over rows (F1) has both from a seeded bootstrap over rows (Efron 1979): percentiles, and the deviation of the resamples.
 */
import { Random } from '../base/random.ts';

/** 95 %: `[low, high]`. */
export type Interval = readonly [low: number, high: number];

export interface Spread {
  readonly interval: Interval;
  /** Absent where one row is all there is. */
  readonly stderr?: number;
}

/** The standard normal distribution's 97.5th percentile. */
const z = 1.959963984540054;

/** Wilson's score interval (Wilson 1927) of a share: stays within [0, 1], and is of use for few rows and shares near the ends. */
export function wilson(successes: number, n: number): Interval {
  const share = successes / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [successes === 0 ? 0 : middle - half, successes === n ? 1 : middle + half];
}

/** Standard error of a mean as lm-evaluation-harness gives it: the sample's deviation (n - 1) over the root of n. */
export function meanStderr(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  return sampleDeviation(values) / Math.sqrt(values.length);
}

/** Of values that are 0 or 1. */
export function shareSpread(values: readonly number[]): Spread {
  const stderr = meanStderr(values);
  const successes = values.reduce((sum, value) => sum + value, 0);
  return { interval: wilson(successes, values.length), ...(stderr === undefined ? {} : { stderr }) };
}

/** Resamples of a bootstrap: the interval's ends then move by a tenth of its width at most from seed to seed. */
const resamples = 1000;

/**
 * The spreads of several statistics over the same resamples. `statistics` is given the numbers of the rows drawn, which hold
 * only until it returns, and answers with a value each.
 */
export function bootstrap(
  rows: number,
  seed: number,
  statistics: (drawn: Int32Array) => readonly number[],
): readonly Spread[] {
  const random = new Random(seed, 'bootstrap');
  const drawn = new Int32Array(rows);
  const found: number[][] = [];
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < rows; i++) drawn[i] = random.below(rows);
    statistics(drawn).forEach((value, s) => (found[s] ??= []).push(value));
  }
  return found.map((values) => {
    const stderr = rows < 2 ? undefined : sampleDeviation(values);
    values.sort((a, b) => a - b);
    const interval: Interval = [percentile(values, 0.025), percentile(values, 0.975)];
    return { interval, ...(stderr === undefined ? {} : { stderr }) };
  });
}

/** Between the two nearest of sorted values, as numpy's percentile does. */
function percentile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}

function sampleDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
