import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { finish } from '../base/steps.ts';
import { bootstrapShares, cohenKappa, fleissKappa, kappaInterval, shareOf } from './statistics.ts';

const outcomes = (...counts: readonly number[]): number[] => counts.flatMap((n, c) => new Array<number>(n).fill(c));
const pairs = (table: readonly (readonly number[])[]): [number, number][] =>
  table.flatMap((row, i) => row.flatMap((n, j) => Array.from({ length: n }, (): [number, number] => [i, j])));

describe("Wilson's interval", () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i in %i', (count, n, low, high) => {
    const { share, interval } = shareOf(count, n);
    expect(share).toBe(count / n);
    expect(interval![0]).toBeCloseTo(low, 4);
    expect(interval![1]).toBeCloseTo(high, 4);
  });

  it('of all and of nothing', () => {
    expect(shareOf(5, 5).interval![1]).toBe(1);
    expect(shareOf(0, 0)).toEqual({ count: 0, n: 0 });
  });
});

describe('the bootstrap of shares', () => {
  const of = (list: readonly number[], classes: number, seed = 42) =>
    finish(bootstrapShares(list, classes, new Random(seed, 'test')));

  // A resampled count is binomial: its exact 2.5 % and 97.5 % quantiles, summed up with Python's math.comb.
  it.each([
    [300, 120, 0.34333, 0.45667],
    [300, 45, 0.11, 0.19],
    [60, 3, 0, 0.11667],
  ])('of %i with %i', (n, count, low, high) => {
    const [share] = of(outcomes(count, n - count), 2);
    expect(share).toMatchObject({ count, n, share: count / n });
    const step = 1 / n; // the quantile of 2000 draws is the exact one or a neighbour
    expect(Math.abs(share!.interval![0] - low)).toBeLessThan(2 * step);
    expect(Math.abs(share!.interval![1] - high)).toBeLessThan(2 * step);
  });

  it('is the same for the same seed, and another for another', () => {
    const list = outcomes(50, 20, 30);
    expect(of(list, 3, 1)).toEqual(of(list, 3, 1));
    expect(of(list, 3, 1)).not.toEqual(of(list, 3, 2));
  });

  it('of one class alone, and of nothing', () => {
    expect(of(outcomes(7), 3).map((share) => share.interval)).toEqual([[1, 1], [0, 0], [0, 0]]); // prettier-ignore
    expect(of([], 3)).toEqual([0, 0, 0].map((count) => ({ count, n: 0 })));
  });
});

describe("Cohen's kappa", () => {
  // Cohen (1960), table 1, of 200 persons: proportions .44 .07 .09 / .05 .20 .05 / .01 .03 .06.
  const cohen = pairs([
    [88, 14, 18],
    [10, 40, 10],
    [2, 6, 12],
  ]);

  it('of the example in the paper that defines it', () => {
    const { n, observed, kappa } = cohenKappa(cohen, 3);
    expect(n).toBe(200);
    expect(observed).toBeCloseTo(0.7, 12);
    expect(kappa).toBeCloseTo(0.492, 3);
  });

  // Grants read by two readers, and two tables of equal agreement: the encyclopaedic examples.
  it.each([
    [20, 5, 10, 15, 0.4],
    [45, 15, 25, 15, 0.1304],
    [25, 35, 5, 35, 0.2593],
  ])('of %i %i %i %i', (a, b, c, d, expected) => {
    expect(cohenKappa(pairs([[a, b], [c, d]]), 2).kappa).toBeCloseTo(expected, 4); // prettier-ignore
  });

  it('where it says nothing', () => {
    expect(cohenKappa([], 3)).toEqual({ n: 0 });
    expect(cohenKappa(pairs([[5]]), 1)).toEqual({ n: 5, observed: 1 });
    expect(cohenKappa(pairs([[3, 0], [0, 2]]), 2).kappa).toBe(1); // prettier-ignore
    expect(cohenKappa(pairs([[0, 3], [3, 0]]), 2).kappa).toBe(-1); // prettier-ignore
  });

  it('has an interval near the one by its large-sample variance', () => {
    // Fleiss, Cohen and Everitt, Psychological Bulletin 72 (1969), equation 13, on the same table, computed in Python: 0.0510.
    const interval = finish(kappaInterval(cohen, 3, new Random(42, 'kappa')))!;
    expect(Math.abs(interval[0] - 0.3916)).toBeLessThan(0.015);
    expect(Math.abs(interval[1] - 0.5915)).toBeLessThan(0.015);
    expect(finish(kappaInterval(pairs([[5]]), 1, new Random(1)))).toBeUndefined();
  });
});

describe("Fleiss' kappa", () => {
  it('of the example of ten subjects, fourteen raters, five classes', () => {
    const rows = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(rows)).toBeCloseTo(0.20993, 4);
    expect(fleissKappa([])).toBeUndefined();
    expect(fleissKappa([[3, 0], [3, 0]])).toBeUndefined(); // prettier-ignore
  });
});
