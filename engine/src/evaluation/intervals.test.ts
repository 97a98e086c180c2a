/** Intervals against published ones, and the bootstrap against the formula where there is one. */
import { describe, expect, it } from 'vitest';
import { wilson } from '../base/statistics.ts';
import { inTurns } from '../base/steps.ts';
import { bootstrap, bootstrapSteps, meanStderr, shareSpread } from './intervals.ts';

describe('standard errors', () => {
  it("are the sample's deviation over the root of n", () => {
    // numpy: np.std([1, 0, 0, 1, 1, 0, 1, 1], ddof=1) / np.sqrt(8)
    expect(meanStderr([1, 0, 0, 1, 1, 0, 1, 1])).toBeCloseTo(0.18298126367784995, 15);
    expect(meanStderr([1])).toBeUndefined();
    expect(shareSpread([1])).toEqual({ interval: wilson(1, 1) });
  });
});

describe('bootstrap', () => {
  const values = Array.from({ length: 400 }, (_, i) => Number((i * 7919) % 10 < 3));
  const mean = (rows: Int32Array) => [rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length, 5];
  const [ofMean, constant] = bootstrap(values.length, 7, mean);
  it('spreads a mean as the formula says, within what a thousand resamples leave open', () => {
    expect(Math.abs(ofMean!.stderr! / meanStderr(values)! - 1)).toBeLessThan(0.08);
    const [low, high] = wilson(120, 400);
    expect(Math.abs(ofMean!.interval[0] - low)).toBeLessThan(0.01);
    expect(Math.abs(ofMean!.interval[1] - high)).toBeLessThan(0.01);
  });
  it('gives the same for the same seed, another for another, and no width to what does not vary', () => {
    expect(bootstrap(values.length, 7, mean)[0]).toEqual(ofMean);
    expect(bootstrap(values.length, 8, mean)[0]).not.toEqual(ofMean);
    expect(constant).toEqual({ interval: [5, 5], stderr: 0 });
    expect(bootstrap(1, 7, () => [5])[0]).toEqual({ interval: [5, 5] });
  });
  it('lets others in, stops when it is told to, and gives the same', async () => {
    expect((await inTurns(bootstrapSteps(values.length, 7, mean)))[0]).toEqual(ofMean);
    const stop = new AbortController();
    const steps = bootstrapSteps(1_000_000, 7, () => [0]);
    setImmediate(() => stop.abort(new Error('stopped')));
    await expect(inTurns(steps, stop.signal)).rejects.toThrow('stopped');
    // 400 rows a thousand times, 20,000 at a stretch.
    const pauses = [...bootstrapSteps(values.length, 7, mean)].length;
    expect(pauses).toBe(20);
  });
});
