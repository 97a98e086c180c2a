import { describe, expect, it } from 'vitest';
import { calibration, confusionMatrix, mcnemarExact, quantiles, softmax } from './analysis.ts';

describe('confusionMatrix', () => {
  it("is that of scikit-learn's documentation", () => {
    const matrix = confusionMatrix([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2], 3);
    expect(matrix).toEqual([
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ]);
  });
});

describe('calibration', () => {
  it("has the bins of scikit-learn's documented calibration_curve", () => {
    const truth = [0, 0, 0, 0, 1, 1, 1, 1, 1];
    const { bins } = calibration([0.1, 0.2, 0.3, 0.4, 0.65, 0.7, 0.8, 0.9, 1], truth, 3);
    expect(bins.map(({ accuracy }) => accuracy)).toEqual([0, 0.5, 1]);
    for (const [i, confidence] of [0.2, 0.525, 0.85].entries()) expect(bins[i]?.confidence).toBeCloseTo(confidence, 12);
  });

  it('weighs the gaps of its bins by their rows', () => {
    // With NumPy: the bins of two rows are off by |0.5 - 0.55| and |1 - 0.95|, that of one row by |0 - 0.75|.
    const { error, bins } = calibration([0.52, 0.58, 0.75, 0.93, 0.97], [1, 0, 0, 1, 1], 10);
    expect(error).toBeCloseTo(0.19, 12);
    expect(bins.map(({ rows }) => rows)).toEqual([0, 0, 0, 0, 0, 2, 0, 1, 0, 2]);
  });

  it('puts a bound into the bin below it', () => {
    expect(calibration([0, 0.5, 1], [1, 1, 1], 2).bins.map(({ rows }) => rows)).toEqual([2, 1]);
  });
});

describe('mcnemarExact', () => {
  it("gives the value that R's exact2x2 prints for Agresti's approval ratings", () => {
    expect(mcnemarExact(150, 86)).toBeCloseTo(3.716e-5, 8);
    expect(mcnemarExact(86, 150)).toBe(mcnemarExact(150, 86));
  });

  it('is the binomial sum', () => {
    // fractions.Fraction: 2 * (1 + 12) / 2**12
    expect(mcnemarExact(11, 1)).toBeCloseTo(0.00634765625, 14);
    expect(mcnemarExact(0, 0)).toBe(1);
    expect(mcnemarExact(5, 5)).toBe(1);
  });

  it('holds for many rows', () => {
    // Two-sided binomial sum with Python's integers: 2 * sum(comb(4100, i) for i in range(2001)) / 2**4100
    expect(mcnemarExact(2000, 2100)).toBeCloseTo(0.12206497999113813, 9);
  });
});

it('softmax stays finite far from zero', () => {
  const [first, second] = softmax([-2000, -2000 + Math.log(3)]);
  expect(first).toBeCloseTo(0.25, 12);
  expect(second).toBeCloseTo(0.75, 12);
});

it('quantiles part values evenly and never repeat', () => {
  expect(quantiles([5, 1, 2, 3, 4, 6, 7, 8], 4)).toEqual([2, 4, 6, 8]);
  expect(quantiles([3, 3, 3], 4)).toEqual([3]);
  expect(quantiles([], 4)).toEqual([]);
});
