/** Metrics against values that scikit-learn 1.2 gives (accuracy_score, f1_score). */
import { describe, expect, it } from 'vitest';
import { argmax, metric } from './metrics.ts';

const verdicts = (gold: number[], prediction: number[], normalized = prediction) =>
  gold.map((g, i) => ({ gold: g, prediction: prediction[i]!, normalizedPrediction: normalized[i]! }));

describe('metrics', () => {
  // f1_score([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], average='macro'), scikit-learn's own documented example: 0.26…
  const six = verdicts([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], [0, 1, 2, 1, 1, 2]);
  it('acc, macro_f1 and acc_norm', () => {
    expect(metric('acc', six)).toBeCloseTo(1 / 3, 12);
    expect(metric('macro_f1', six)).toBeCloseTo(0.26666666666666666, 12);
    expect(metric('acc_norm', six)).toBeCloseTo(5 / 6, 12);
  });
  it('macro_f1 averages over the classes that occur in gold or prediction', () => {
    expect(metric('macro_f1', verdicts([4, 4], [4, 4]))).toBe(1);
    expect(metric('macro_f1', verdicts([0, 0], [1, 0]))).toBeCloseTo((2 / 3 + 0) / 2, 12);
  });
  it('f1 is of class 1, and 0 where that class occurs nowhere', () => {
    expect(metric('f1', verdicts([1, 1, 0, 0], [1, 0, 1, 0]))).toBeCloseTo(0.5, 12);
    expect(metric('f1', verdicts([0, 0], [0, 0]))).toBe(0);
  });
  it('argmax takes the first of equals', () => {
    expect(argmax([-2, -1, -1])).toBe(1);
    expect(argmax([-Infinity, -Infinity])).toBe(0);
  });
});
