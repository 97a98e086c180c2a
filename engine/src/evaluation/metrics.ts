/** The figures of questions with candidates, computed as lm-evaluation-harness and scikit-learn compute them. */
import type { Steps } from '../base/steps.ts';
import { type Spread, bootstrapSteps, shareSpread } from './intervals.ts';
import type { metricsOf } from './task.ts';

/** acc_norm is the accuracy where each log-likelihood is divided by its candidate's length first. */
export type ChoiceMetric = (typeof metricsOf)['multiple_choice'][number];

/** A question that was answered: indices of candidates. */
export interface Verdict {
  readonly gold: number;
  readonly prediction: number;
  /** Prediction by log-likelihood per character of the candidate. */
  readonly normalizedPrediction: number;
}

/** Values in [0, 1]; `verdicts` must not be empty. */
export function metric(name: ChoiceMetric, verdicts: readonly Verdict[]): number {
  switch (name) {
    case 'acc':
    case 'acc_norm': {
      const hits = rightOnes(name, verdicts);
      return hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
    }
    case 'f1':
    case 'macro_f1': {
      const confusion = new Confusion(verdicts);
      return confusion[name](confusion.countAll());
    }
    default:
      return name satisfies never;
  }
}

/** How sure the figures are: of shares by formula, of the others by a bootstrap that `seed` draws. */
export function* metricSpreads(
  names: readonly ChoiceMetric[],
  verdicts: readonly Verdict[],
  seed: number,
): Steps<Readonly<Record<string, Spread>>> {
  const spreads: Record<string, Spread> = {};
  const drawn: ('f1' | 'macro_f1')[] = [];
  for (const name of names) {
    if (name === 'acc' || name === 'acc_norm') spreads[name] = shareSpread(rightOnes(name, verdicts));
    else drawn.push(name);
  }
  if (drawn.length > 0) {
    const confusion = new Confusion(verdicts);
    const found = yield* bootstrapSteps(verdicts.length, seed, (rows) => {
      const counts = confusion.count(rows);
      return drawn.map((name) => confusion[name](counts));
    });
    found.forEach((spread, i) => (spreads[drawn[i]!] = spread));
  }
  return Object.fromEntries(names.map((name) => [name, spreads[name]!]));
}

/** 1 for each right answer, 0 for each wrong one. */
function rightOnes(name: 'acc' | 'acc_norm', verdicts: readonly Verdict[]): number[] {
  return verdicts.map((v) => Number(v.gold === (name === 'acc' ? v.prediction : v.normalizedPrediction)));
}

/** Answers by gold and predicted class, for statistics that need no more than how many there are of each. */
class Confusion {
  readonly #classes: number;
  /** Of each row: gold · classes + prediction. */
  readonly #cells: Int32Array;
  readonly #counts: Float64Array;

  constructor(verdicts: readonly Verdict[]) {
    this.#classes = 2 + verdicts.reduce((most, v) => Math.max(most, v.gold, v.prediction), 0);
    this.#cells = Int32Array.from(verdicts, (v) => v.gold * this.#classes + v.prediction);
    this.#counts = new Float64Array(this.#classes ** 2);
  }

  /** Of the rows drawn; the next call overwrites it. */
  count(rows: Int32Array): Float64Array {
    this.#counts.fill(0);
    for (const row of rows) this.#counts[this.#cells[row]!]!++;
    return this.#counts;
  }

  countAll(): Float64Array {
    return this.count(Int32Array.from(this.#cells, (_, row) => row));
  }

  /** Of class 1; 0 where it occurs on neither side. */
  f1(counts: Float64Array): number {
    return this.#f1(counts, 1) ?? 0;
  }

  /** The mean over the classes that occur in gold or prediction. */
  macro_f1(counts: Float64Array): number {
    let sum = 0;
    let classes = 0;
    for (let c = 0; c < this.#classes; c++) {
      const value = this.#f1(counts, c);
      if (value === undefined) continue;
      sum += value;
      classes++;
    }
    return sum / classes;
  }

  /** Harmonic mean of precision and recall of one class, 2TP / (2TP + FP + FN); undefined where the class does not occur. */
  #f1(counts: Float64Array, positive: number): number | undefined {
    let seen = 0;
    for (let other = 0; other < this.#classes; other++)
      seen += counts[positive * this.#classes + other]! + counts[other * this.#classes + positive]!;
    return seen === 0 ? undefined : (2 * counts[positive * this.#classes + positive]!) / seen;
  }
}

/** Index of the largest value, the first one where several are equal (as numpy's argmax). */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}
