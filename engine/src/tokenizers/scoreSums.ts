/**
 * How a unigram encoding depends on what stands before: only by the sum of scores that its first place starts from, because
 * sums are float32. Float32 numbers between two powers of two are evenly spaced. So where all sums of a part lie between
 * the same two powers, before and after they are moved by some amount, every rounding and every comparison comes out the
 * same, and the part keeps its tokens: only its sums move. Exceptions: a score that falls in the middle between two of these
 * numbers is rounded to the even one, which an odd move changes; and scores that float64 cannot add exactly.
 */

export interface PartSums {
  /** The sum before the part, and at its end. */
  readonly before: number;
  readonly after: number;
  /** Bounds of all sums in between. */
  readonly lowest: number;
  readonly highest: number;
}

/** How far all sums keep from a power of two. */
const margin = 2 ** -20;

interface Grid {
  /** Sizes of sums that lie between the same two powers of two. */
  readonly above: number;
  readonly below: number;
  /** Between two float32 numbers. */
  readonly spacing: number;
  /** Whether sums may move at all, and by odd multiples of the spacing. */
  readonly moves: boolean;
  readonly movesByOdd: boolean;
}

export class ScoreSums {
  private readonly scores: Float64Array;
  private readonly worst: number;
  private readonly grids = new Map<number, Grid>();

  /** Of all numbers that may be added to a sum. */
  constructor(scores: Iterable<number>) {
    this.scores = Float64Array.from(new Set(scores));
    this.worst = this.scores.reduce((worst, score) => Math.min(worst, score), 0);
  }

  /** The sums of a part, from the best sums at its places (NaN where no piece ends). */
  of(best: Float32Array, length: number): PartSums {
    const before = best[0]!;
    let lowest = before;
    let highest = before;
    for (let i = 1; i <= length; i++) {
      const sum = best[i]!;
      if (sum < lowest) lowest = sum;
      else if (sum > highest) highest = sum;
    }
    // A sum that gave way to a better one was rounded too; it was one step below some other.
    return { before, after: best[length]!, lowest: lowest + this.worst, highest };
  }

  /** The sums of the same part behind another sum; undefined where its tokens may change. */
  moved(sums: PartSums, before: number): PartSums | undefined {
    const by = before - sums.before;
    const exponent = exponentOf(sums.lowest);
    if (exponent === undefined) return undefined;
    const grid = this.gridOf(exponent);
    const [lowest, highest] = [sums.lowest + by, sums.highest + by];
    const sign = sums.lowest < 0 ? -1 : 1;
    if (!isWithin(grid, sign * sums.highest) || !isWithin(grid, sign * lowest) || !isWithin(grid, sign * highest))
      return undefined;
    if (!grid.moves || (!grid.movesByOdd && (by / grid.spacing) % 2 !== 0)) return undefined;
    return { before, after: sums.after + by, lowest, highest };
  }

  private gridOf(exponent: number): Grid {
    let grid = this.grids.get(exponent);
    if (grid === undefined) {
      grid = this.newGrid(exponent);
      this.grids.set(exponent, grid);
    }
    return grid;
  }

  private newGrid(exponent: number): Grid {
    const half = 2 ** (exponent - 24);
    let moves = true;
    let movesByOdd = true;
    for (const score of this.scores) {
      const halves = score / half;
      if (Number.isInteger(halves)) {
        if (halves % 2 !== 0) movesByOdd = false;
      } else if (score === Math.fround(score)) {
        // 53 bits hold the sum if the score is not too small beside it.
        if (Math.abs(score) < 2 ** (exponent - 28)) moves = false;
      } else if (Math.abs(halves - Math.round(halves)) < margin) moves = false;
    }
    const [above, below] = [(1 + margin) * 2 ** exponent, (2 - margin) * 2 ** exponent];
    return { moves, movesByOdd, above, below, spacing: 2 ** (exponent - 23) };
  }
}

/** As `exponentOf`, for the exponent that is the grid's. */
const isWithin = ({ above, below }: Grid, size: number): boolean => size > above && size < below;

/** The power of two below a number's size; undefined near a power of two, and for numbers that float32 spaces otherwise. */
function exponentOf(sum: number): number | undefined {
  const size = Math.abs(sum);
  if (!(size > 2 ** -100 && size < 2 ** 100)) return undefined;
  const exponent = Math.floor(Math.log2(size));
  const place = size / 2 ** exponent;
  return place > 1 + margin && place < 2 - margin ? exponent : undefined;
}
