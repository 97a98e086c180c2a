/** A model that is asked: log-likelihoods of rows, and sequences held in KV caches. */
import { checkIds } from './feeds.ts';
import { CachedSequence, CacheRows } from './cacheRows.ts';
import type { InferenceSetup } from './inferenceSetup.ts';
import { Plans } from './plans.ts';
import { scoreRows } from './scoring.ts';
import type { InferenceSession, ScoredBatch, Sequence, SequenceBatch } from './sessions.ts';
import type { ScoredRow } from './tokenTree.ts';

export class LlamaInferenceSession implements InferenceSession {
  readonly #setup: InferenceSetup;
  readonly #plans: Plans;
  #disposed = false;

  constructor(setup: InferenceSetup) {
    this.#setup = setup;
    this.#plans = new Plans(setup.backend, setup.precision);
  }

  get vocabularySize(): number {
    return this.#setup.config.vocabularySize;
  }
  get contextLength(): number {
    return this.#setup.config.contextLength;
  }

  async logLikelihoods(rows: readonly ArrayLike<number>[], signal?: AbortSignal): Promise<Float64Array[]> {
    const results: Float64Array[] = rows.map(() => new Float64Array(0));
    const all = rows.map((ids) => ({ ids, scored: Math.max(0, ids.length - 1) }));
    for await (const { rows: numbers, values } of this.#scored(all, signal))
      for (const [i, row] of numbers.entries()) results[row] = values[i]!;
    return results;
  }

  score(rows: readonly ScoredRow[], signal?: AbortSignal): AsyncIterable<ScoredBatch> {
    return this.#scored(rows, signal);
  }

  async *#scored(rows: readonly ScoredRow[], signal: AbortSignal | undefined): AsyncGenerator<ScoredBatch> {
    this.#alive();
    for (const { ids, scored } of rows) {
      // The last token of a row is predicted and never read.
      if (ids.length - 1 > this.contextLength)
        throw new RangeError(`a row of ${ids.length} tokens does not fit a context window of ${this.contextLength}`);
      if (scored > Math.max(0, ids.length - 1))
        throw new RangeError(`${scored} tokens of ${ids.length} cannot be scored: the first has nothing before it`);
      checkIds(ids, this.#setup.config);
    }
    const check = () => {
      this.#alive();
      signal?.throwIfAborted();
    };
    yield* scoreRows(this.#setup, this.#plans, rows, check, signal);
  }

  start(): Sequence {
    this.#alive();
    return new CachedSequence(new CacheRows(this.#setup, this.#plans, 1));
  }

  batch(rows: number): SequenceBatch {
    this.#alive();
    return new CacheRows(this.#setup, this.#plans, rows);
  }

  get cacheBytesPerToken(): number {
    const { layers, kvHeads, headDim } = this.#setup.config;
    return 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#plans.dispose();
    this.#setup.onDispose();
  }

  #alive(): void {
    if (this.#disposed) throw new Error('the session has been disposed of');
  }
}
