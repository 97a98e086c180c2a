/** Figures of texts that a model wrote, beside the text that was wanted: exact match and chrF. */
import { stripped, whiteSpace } from './whiteSpace.ts';

/** What does not count when two texts are compared; nothing by default. */
export interface ExactMatchOptions {
  readonly ignoreCase?: boolean;
  /** The 32 marks of ASCII, as lm-evaluation-harness. */
  readonly ignorePunctuation?: boolean;
  /** The digits 0 to 9. */
  readonly ignoreNumbers?: boolean;
  /** Runs of white space count as one space. */
  readonly normalizeWhitespace?: boolean;
}

/** 1 where both texts are the same, white space at their ends aside. In the harness's order: case, punctuation, numbers. */
export function exactMatch(answer: string, wanted: string, options: ExactMatchOptions = {}): 0 | 1 {
  const plain = (text: string) => {
    let left = text;
    if (options.ignoreCase === true) left = left.toLowerCase();
    if (options.ignorePunctuation === true) left = left.replaceAll(/[!-/:-@[-`{-~]/g, '');
    if (options.ignoreNumbers === true) left = left.replaceAll(/[0-9]/g, '');
    if (options.normalizeWhitespace === true) left = left.replaceAll(whiteSpace, ' ');
    return stripped(left);
  };
  return plain(answer) === plain(wanted) ? 1 : 0;
}

/** Character n-grams from 1 to this length. */
const order = 6;
/** Recall counts so much more than precision. */
const defaultBeta = 2;

/** For each length of n-grams: how many the answer has, how many the reference, and how many they share. */
export type ChrfCounts = Float64Array;

export const chrfCountsLength = 3 * order;

/** White space is left out, as sacreBLEU does by default. Characters are code points. */
export function chrfCounts(answer: string, wanted: string): ChrfCounts {
  const counts = new Float64Array(chrfCountsLength);
  const [left, right] = [characters(answer), characters(wanted)];
  for (let n = 1; n <= order; n++) {
    const inAnswer = ngrams(left, n);
    const inWanted = ngrams(right, n);
    let shared = 0;
    for (const [gram, times] of inAnswer) shared += Math.min(times, inWanted.get(gram) ?? 0);
    // N-grams that no reference has are not held against the answer.
    counts[3 * n - 3] = inWanted.size === 0 ? 0 : Math.max(0, left.length - n + 1);
    counts[3 * n - 2] = Math.max(0, right.length - n + 1);
    counts[3 * n - 1] = shared;
  }
  return counts;
}

/**
 * chrF (Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation") in [0, 100], from counts summed over one
 * text or all of them, as sacreBLEU 2 gives it: precision and recall are means over the lengths that both sides have.
 */
export function chrf(counts: ChrfCounts, beta = defaultBeta): number {
  let precision = 0;
  let recall = 0;
  let lengths = 0;
  for (let n = 0; n < order; n++) {
    const [inAnswer, inWanted, shared] = [counts[3 * n]!, counts[3 * n + 1]!, counts[3 * n + 2]!];
    if (inAnswer === 0 || inWanted === 0) continue;
    precision += shared / inAnswer;
    recall += shared / inWanted;
    lengths++;
  }
  if (precision + recall === 0) return 0;
  precision /= lengths;
  recall /= lengths;
  return (100 * (1 + beta * beta) * precision * recall) / (beta * beta * precision + recall);
}

const characters = (text: string): string[] => Array.from(text.replaceAll(whiteSpace, ''));

function ngrams(of: readonly string[], n: number): Map<string, number> {
  const found = new Map<string, number>();
  for (let i = 0; i + n <= of.length; i++) {
    const gram = of.slice(i, i + n).join('');
    found.set(gram, (found.get(gram) ?? 0) + 1);
  }
  return found;
}
