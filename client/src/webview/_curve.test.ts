import { describe, expect, it } from 'vitest';
import type { MetricRow } from '../../../server/src/protocol.ts';
import { appendRows, best, languagesOf, positions, smooth, thin } from './_curve.ts';

const row = (step: number, more: Partial<MetricRow> = {}): MetricRow => ({
  step,
  tokens: step * 64,
  loss: 10 - step,
  gradNorm: 1.5,
  learningRate: 0.001,
  tokensPerSecond: 140,
  elapsed: step / 2,
  ...more,
});
const steps = (rows: readonly MetricRow[]) => rows.map(({ step }) => step);

describe('appendRows', () => {
  it('puts new rows behind', () => {
    expect(steps(appendRows([row(1), row(2)], [row(3), row(4)]))).toEqual([1, 2, 3, 4]);
    expect(steps(appendRows([], [row(1)]))).toEqual([1]);
    const rows = [row(1)];
    expect(appendRows(rows, [])).toBe(rows);
  });

  it('takes rows told twice once', () => {
    expect(steps(appendRows([row(1), row(2), row(3)], [row(2), row(3), row(4)]))).toEqual([1, 2, 3, 4]);
  });

  it('drops the tail that a resumed run overwrites', () => {
    const before = [row(1), row(2), row(3), row(4)];
    const after = appendRows(before, [row(3, { loss: 99 })]);
    expect(steps(after)).toEqual([1, 2, 3]);
    expect(after[2]?.loss).toBe(99);
  });
});

describe('smooth', () => {
  it('gives the values back with weight 0', () => expect(smooth([3, 1, 2], 0)).toEqual([3, 1, 2]));

  it('keeps a constant constant from the first value on: no bias towards zero', () => {
    for (const value of smooth([5, 5, 5, 5], 0.9)) expect(value).toBeCloseTo(5, 12);
  });

  it('is the weighted mean of all values so far, weights falling by w', () => {
    const w = 0.6;
    const values = [4, 2, 7, 1];
    const out = smooth(values, w);
    values.forEach((_, t) => {
      const weights = values.slice(0, t + 1).map((__, i) => w ** (t - i));
      const sum = weights.reduce((a, b) => a + b, 0);
      const mean = weights.reduce((a, weight, i) => a + weight * (values[i] ?? NaN), 0) / sum;
      expect(out[t]).toBeCloseTo(mean, 12);
    });
  });

  it('leaves gaps and what is not a number alone', () => {
    const out = smooth([2, null, NaN, 2], 0.5);
    expect(out[1]).toBeNull();
    expect(out[2]).toBeNull();
    expect(out[3]).toBeCloseTo(2, 12);
  });
});

describe('what the page shows', () => {
  it('lays rows out by step, tokens or time', () => {
    const rows = [row(1), row(2)];
    expect(positions(rows, 'step')).toEqual([1, 2]);
    expect(positions(rows, 'tokens')).toEqual([64, 128]);
    expect(positions(rows, 'time')).toEqual([0.5, 1]);
  });

  it('finds the lowest loss, and no NaN', () => {
    expect(best([row(1, { loss: NaN }), row(2, { loss: 3 }), row(3, { loss: 3 }), row(4, { loss: 5 })])?.step).toBe(2);
    expect(best([])).toBeUndefined();
  });

  it('names languages in the order they come', () => {
    const rows = [row(1), row(2, { lossByLanguage: { ko: 3 } }), row(3, { lossByLanguage: { en: 2, ko: 1 } })];
    expect(languagesOf(rows)).toEqual(['ko', 'en']);
  });

  it('thins to a number, ends kept', () => {
    const items = Array.from({ length: 1001 }, (_, i) => i);
    const some = thin(items, 11);
    expect(some).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(thin([1, 2], 10)).toEqual([1, 2]);
  });
});
