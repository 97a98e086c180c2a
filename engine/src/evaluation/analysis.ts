/**
 * What rows of an evaluation say beyond their mean: which classes are mixed up, how far the model's confidence can be
 * trusted, and whether two models differ by more than chance.
 */

/** Probabilities over the candidates, normalised among them: e^l / Σ e^l. */
export function softmax(logLikelihoods: readonly number[]): number[] {
  const most = Math.max(...logLikelihoods);
  const powers = logLikelihoods.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Counts by gold (rows) and prediction (columns), of indices below `classes`. */
export function confusionMatrix(
  golds: ArrayLike<number>,
  predictions: ArrayLike<number>,
  classes: number,
): readonly (readonly number[])[] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < golds.length; i++) {
    const row = counts[golds[i]!];
    if (row?.[predictions[i]!] !== undefined) row[predictions[i]!]!++;
  }
  return counts;
}

export interface CalibrationBin {
  /** Confidences in (from, to]; in the first also 0. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** Means over the bin's rows; NaN in an empty one. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Calibration {
  /** Expected calibration error in [0, 1]. */
  readonly error: number;
  readonly bins: readonly CalibrationBin[];
}

/**
 * Reliability in bins of equal width, and the expected calibration error Σ_m |B_m|/n · |accuracy(B_m) − confidence(B_m)|
 * (Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3; Naeini et al. 2015).
 * `confidences` in [0, 1]: the probability of the class that was predicted.
 */
export function calibration(confidences: ArrayLike<number>, right: ArrayLike<number>, count = 10): Calibration {
  const rows = new Array<number>(count).fill(0);
  const confident = new Array<number>(count).fill(0);
  const correct = new Array<number>(count).fill(0);
  for (let i = 0; i < confidences.length; i++) {
    const bin = Math.min(count - 1, Math.max(0, Math.ceil(confidences[i]! * count) - 1));
    rows[bin]!++;
    confident[bin]! += confidences[i]!;
    correct[bin]! += right[i]!;
  }
  const bins = rows.map((n, bin) => ({
    from: bin / count,
    to: (bin + 1) / count,
    rows: n,
    confidence: confident[bin]! / n,
    accuracy: correct[bin]! / n,
  }));
  const error = bins.reduce(
    (sum, { rows: n, accuracy, confidence }) =>
      n === 0 ? sum : sum + (n / confidences.length) * Math.abs(accuracy - confidence),
    0,
  );
  return { error, bins };
}

/**
 * McNemar's exact test, two-sided: how likely a split of the rows on which two models differ is at least as uneven, were each
 * equally likely to be the one that is right. min(1, 2 · Σ_{i ≤ min(b, c)} C(b+c, i) / 2^(b+c)); 1 where they never differ.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  const n = onlyFirst + onlySecond;
  const least = Math.min(onlyFirst, onlySecond);
  let logTerm = -n * Math.LN2;
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= least; i++) {
    logTerm += Math.log((n - i + 1) / i);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, 2 * sum);
}

/** Bounds that part values into `parts` of about equal numbers: ascending, without repeats, the largest value last. */
export function quantiles(values: readonly number[], parts: number): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const bounds = Array.from({ length: parts }, (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / parts) - 1]);
  return [...new Set(bounds.filter((bound) => bound !== undefined))];
}
