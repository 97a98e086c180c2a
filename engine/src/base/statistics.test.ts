import { describe, expect, it } from 'vitest';
import { quantile, wilson } from './statistics.ts';

describe('wilson', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, score method.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%d of %d', (successes, n, low, high) => {
    const found = wilson(successes, n);
    expect(found[0]).toBeCloseTo(low, 4);
    expect(found[1]).toBeCloseTo(high, 4);
  });
  it('holds the share where all or none are right', () => {
    expect(wilson(0, 7)[0]).toBe(0);
    expect(wilson(7, 7)[1]).toBe(1);
  });
});

it('quantiles lie between neighbours as numpy.percentile puts them', () => {
  // numpy.percentile([1, 2, 4, 8, 16], [2.5, 50, 90])
  const sorted = [1, 2, 4, 8, 16];
  expect(quantile(sorted, 0.025)).toBeCloseTo(1.1, 12);
  expect(quantile(sorted, 0.5)).toBe(4);
  expect(quantile(sorted, 0.9)).toBeCloseTo(12.8, 12);
});
