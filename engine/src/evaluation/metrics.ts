/** The figures of an evaluation, computed as lm-evaluation-harness and scikit-learn compute them. */

/** acc_norm is the accuracy where each log-likelihood is divided by its candidate's length first. */
export type MetricName = 'acc' | 'macro_f1' | 'f1' | 'acc_norm';

/** A question that was answered: indices of candidates. */
export interface Verdict {
  readonly gold: number;
  readonly prediction: number;
  /** Prediction by log-likelihood per character of the candidate. */
  readonly normalizedPrediction: number;
}

/** Values in [0, 1]; `verdicts` must not be empty. */
export function metric(name: MetricName, verdicts: readonly Verdict[]): number {
  const pairs = verdicts.map((v) => [v.gold, name === 'acc_norm' ? v.normalizedPrediction : v.prediction] as const);
  switch (name) {
    case 'acc':
    case 'acc_norm':
      return pairs.filter(([gold, prediction]) => gold === prediction).length / pairs.length;
    case 'f1':
      return f1(pairs, 1);
    case 'macro_f1': {
      const classes = [...new Set(pairs.flat())];
      return classes.reduce((sum, c) => sum + f1(pairs, c), 0) / classes.length;
    }
    default:
      return name satisfies never;
  }
}

/** Harmonic mean of precision and recall of one class, 2TP / (2TP + FP + FN); 0 where the class occurs on neither side. */
function f1(pairs: readonly (readonly [gold: number, prediction: number])[], positive: number): number {
  let right = 0;
  let seen = 0;
  for (const [gold, prediction] of pairs) {
    if (gold === positive && prediction === positive) right++;
    seen += Number(gold === positive) + Number(prediction === positive);
  }
  return seen === 0 ? 0 : (2 * right) / seen;
}

/** Index of the largest value, the first one where several are equal (as numpy's argmax). */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
