/** What intervals are made of, wherever a figure comes with one. */

/** 95 %: `[low, high]`. */
export type Interval = readonly [low: number, high: number];

/** The standard normal distribution's 97.5th percentile. */
const normalQuantile = 1.959963984540054;

/**
 * Wilson's score interval of a share at 95 % (Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22,
 * 1927): stays within [0, 1], and is of use for few rows and shares near the ends. [0, 1] for no rows.
 */
export function wilson(successes: number, n: number): Interval {
  if (n === 0) return [0, 1];
  const z = normalQuantile;
  const share = successes / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [successes === 0 ? 0 : middle - half, successes === n ? 1 : middle + half];
}

/** Of sorted values, between neighbours in proportion (Hyndman and Fan's type 7, as NumPy's percentile and R do). */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (high - low) * (place - below);
}
