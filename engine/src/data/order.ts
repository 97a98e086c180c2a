/**
 * In which order documents are read: a function of the seed alone, endless. Files with weights are mixed by token share: what
 * is read next comes from the file that is furthest behind its share. Files without weights are one pool.
 */
import { Random } from '../base/random.ts';
import type { Corpus } from './corpus.ts';

/** Noted with a run. Raised whenever a seed comes to give files with weights another order; 1 drew whole documents. */
export const dataOrder = 2;

interface Pool {
  readonly first: number;
  readonly count: number;
  readonly weight: number;
  /** Documents of this pool read so far, and their tokens. */
  read: number;
  /** As told by `took`. */
  tokens: number;
  /** The order of the present epoch; absent where it is the file's. */
  order: Int32Array | undefined;
}

export interface OrderOptions {
  readonly seed: number;
  readonly shuffle: boolean;
}

export class DocumentOrder {
  readonly #pools: Pool[];
  readonly #options: OrderOptions;

  constructor(corpus: Pick<Corpus, 'files' | 'fileStarts' | 'size'>, options: OrderOptions) {
    const weighted = corpus.files[0]?.weight !== undefined;
    const pool = (first: number, end: number, weight: number): Pool => ({
      first,
      count: end - first,
      weight,
      read: 0,
      tokens: 0,
      order: undefined,
    });
    this.#pools = weighted
      ? corpus.files.map((file, i) => pool(corpus.fileStarts[i]!, corpus.fileStarts[i + 1]!, file.weight ?? 1))
      : [pool(0, corpus.size, 1)];
    this.#options = options;
  }

  /** The pool that is furthest behind its share. */
  behind(): number {
    let index = 0;
    for (let i = 1; i < this.#pools.length; i++) {
      const a = this.#pools[i]!;
      const b = this.#pools[index]!;
      if (a.tokens * b.weight < b.tokens * a.weight) index = i;
    }
    return index;
  }

  /** So many tokens of a pool have been read. */
  took(index: number, tokens: number): void {
    this.#pools[index]!.tokens += tokens;
  }

  /** The number of a pool's next document. */
  next(index: number): number {
    const pool = this.#pools[index]!;
    const place = pool.read % pool.count;
    if (place === 0 && this.#options.shuffle) {
      const order = Int32Array.from({ length: pool.count }, (_, i) => i);
      new Random(this.#options.seed, `order ${index} ${pool.read / pool.count}`).shuffle(order);
      pool.order = order;
    }
    const document = pool.first + (pool.order?.[place] ?? place);
    pool.read++;
    return document;
  }
}
