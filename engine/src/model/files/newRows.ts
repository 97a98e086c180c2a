/** How the rows of new pieces start: which old rows a new one is made of, and the numbers that come out. */
import { Random } from '../../base/random.ts';
import type { TableRows } from './tableRows.ts';

/**
 * How new rows start.
 * `subpieces`: the mean of the rows that the old tokenizer spells the piece with. `aligned`: the rows of the old pieces that the
 * piece translates to in aligned text, blended with `subpieces` where the text says little (trans-tokenization, Remy et al.
 * 2024, with IBM Model 1 in both directions). `mean`: the mean of all old rows. `random`: normal with the config's
 * initializer_range.
 */
export const expandInits = ['subpieces', 'aligned', 'mean', 'random'] as const;
export type ExpandInit = (typeof expandInits)[number];

/** Old rows and their weights, which sum to 1; without any, the mean of all old rows. */
export interface Blend {
  readonly ids: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
}

/** Each id as much as the others, and as often as it stands there. */
export const evenly = (ids: ArrayLike<number>): Blend => ({
  ids,
  weights: new Float64Array(ids.length).fill(1 / ids.length),
});

/** `share` of one blend, and the rest of another. */
export const blended = (a: Blend, b: Blend, share: number): Blend => ({
  ids: [...Array.from(a.ids), ...Array.from(b.ids)],
  weights: [...Array.from(a.weights, (w) => w * share), ...Array.from(b.weights, (w) => w * (1 - share))],
});

/** Mean and standard deviation of the lengths (Euclidean norms) of rows. */
export interface NormFigures {
  readonly rows: number;
  readonly mean: number;
  readonly std: number;
}

/** Takes rows in and answers with the figures of their lengths, and with their mean. */
export class RowStatistics {
  readonly #sum: Float64Array;
  #rows = 0;
  #norms = 0;
  #squares = 0;

  constructor(width: number) {
    this.#sum = new Float64Array(width);
  }

  /** Rows one behind the other. */
  add(values: Float32Array): void {
    const width = this.#sum.length;
    for (let at = 0; at < values.length; at += width) {
      let square = 0;
      for (let i = 0; i < width; i++) {
        const value = values[at + i]!;
        square += value * value;
        this.#sum[i]! += value;
      }
      this.#rows++;
      this.#squares += square;
      this.#norms += Math.sqrt(square);
    }
  }

  get mean(): Float64Array {
    return this.#sum.map((value) => value / Math.max(1, this.#rows));
  }

  get figures(): NormFigures {
    const mean = this.#norms / Math.max(1, this.#rows);
    const variance = Math.max(0, this.#squares / Math.max(1, this.#rows) - mean * mean);
    return { rows: this.#rows, mean, std: Math.sqrt(variance) };
  }
}

/** Adds a blend of a table's rows to `out`, in float64. */
export async function addBlend(out: Float64Array, table: TableRows, { ids, weights }: Blend): Promise<void> {
  for (let i = 0; i < ids.length; i++) {
    const row = await table.row(ids[i]!);
    const weight = weights[i]!;
    for (let j = 0; j < out.length; j++) out[j]! += weight * row[j]!;
  }
}

/** Where the random rows of a table come from: a stream of its own, so that they depend on the seed alone. */
export const randomRows = (seed: number, table: string): Random => new Random(seed, `expand ${table}`);
