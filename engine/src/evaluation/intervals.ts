/**
 * How sure a figure is. A share (accuracy) has Wilson's interval and the harness's standard error; a figure that is no mean
 * over rows (F1) has both from a seeded bootstrap over rows (Efron 1979): percentiles, and the deviation of the resamples.
 */
import { Random } from '../base/random.ts';
import { type Steps, finish } from '../base/steps.ts';
import { type Interval, quantile, wilson } from '../base/statistics.ts';

export interface Spread {
  readonly interval: Interval;
  /** Absent where one row is all there is. */
  readonly stderr?: number;
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
/** Rows drawn between two pauses: some milliseconds' worth. */
const drawnAtOnce = 20_000;

/**
 * The spreads of several statistics over the same resamples. `statistics` is given the numbers of the rows drawn, which hold
 * only until it returns, and answers with a value each.
 */
export function* bootstrapSteps(
  rows: number,
  seed: number,
  statistics: (drawn: Int32Array) => readonly number[],
): Steps<readonly Spread[]> {
  const random = new Random(seed, 'bootstrap');
  const drawn = new Int32Array(rows);
  const found: number[][] = [];
  let sincePause = 0;
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < rows; i++) {
      drawn[i] = random.below(rows);
      if (++sincePause < drawnAtOnce) continue;
      sincePause = 0;
      yield;
    }
    statistics(drawn).forEach((value, s) => (found[s] ??= []).push(value));
  }
  return found.map((values) => {
    const stderr = rows < 2 ? undefined : sampleDeviation(values);
    values.sort((a, b) => a - b);
    const interval: Interval = [quantile(values, 0.025), quantile(values, 0.975)];
    return { interval, ...(stderr === undefined ? {} : { stderr }) };
  });
}

/** As `bootstrapSteps`, without a pause. */
export const bootstrap = (...args: Parameters<typeof bootstrapSteps>): readonly Spread[] =>
  finish(bootstrapSteps(...args));

function sampleDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
