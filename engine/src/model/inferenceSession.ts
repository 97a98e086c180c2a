/** A model that is asked: log-likelihoods of rows, and sequences held in KV caches. */
import type { Backend, Precision } from '../backends/backend.ts';
import { Graph } from '../graph/index.ts';
import { checkIds, roundedLength } from './feeds.ts';
import { CachedSequence, CacheRows } from './cacheRows.ts';
import { attentionAttributes, headName, llamaHidden, parameterValue } from './llama.ts';
import { adaptedLinear } from './lora.ts';
import type { LlamaConfig } from './model.ts';
import type { LoraOptions } from './options.ts';
import { Plans } from './plans.ts';
import type { Turns } from './plans.ts';
import type { InferenceSession, Sequence, SequenceBatch } from './sessions.ts';
import { declareBuffers } from './storedWeights.ts';
import type { Buffers } from './weights.ts';

/** What an inference session works with; buffers stay their owner's. */
export interface InferenceSetup {
  readonly backend: Backend;
  readonly precision: Precision;
  readonly config: LlamaConfig;
  readonly buffers: Buffers;
  /** Adapters, where the buffers hold some that are not merged. */
  readonly lora: LoraOptions | undefined;
  readonly turns: Turns;
  readonly onDispose: () => void;
}

/** Rows are scored in batches of about so many tokens. */
export const tokensPerBatch = 2048;

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

  async logLikelihoods(rows: readonly ArrayLike<number>[]): Promise<Float64Array[]> {
    for (const row of rows) {
      // The last token of a row is predicted and never read.
      if (row.length - 1 > this.contextLength)
        throw new RangeError(`a row of ${row.length} tokens does not fit a context window of ${this.contextLength}`);
      checkIds(row, this.#setup.config);
    }
    const results = rows.map((row) => new Float64Array(Math.max(0, row.length - 1)));
    // Rows of like length together: little padding.
    const order = [...rows.keys()].filter((i) => rows[i]!.length > 1).sort((i, j) => rows[i]!.length - rows[j]!.length);
    while (order.length > 0) {
      const longest = rows[order.at(-1)!]!.length;
      const some = order.splice(-Math.max(1, Math.floor(tokensPerBatch / longest)));
      const scores = await this.#setup.turns.take(() => this.#score(some.map((i) => rows[i]!)));
      for (const [n, i] of some.entries()) results[i]!.set(scores[n]!);
    }
    return results;
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

  /** One batch: rows padded on the right to the longest; causal attention keeps padding out of sight. */
  async #score(rows: readonly ArrayLike<number>[]): Promise<Float32Array[]> {
    this.#alive();
    const longest = Math.max(...rows.map((row) => row.length)) - 1;
    const length = this.#setup.backend.freeSizes ? longest : roundedLength(longest);
    const size = rows.length * length;
    const ids = new Int32Array(size);
    const positions = Int32Array.from({ length: size }, (_, at) => at % length);
    const targets = new Int32Array(size).fill(-1);
    for (const [r, row] of rows.entries())
      for (let i = 0; i + 1 < row.length; i++) {
        ids[r * length + i] = row[i]!;
        targets[r * length + i] = row[i + 1]!;
      }
    const sizes = { batch: rows.length, sequence: length };
    const executable = await this.#plans.get('score', sizes, () => scoreGraph(this.#setup));
    const feeds = { ids, positions, targets, segments: new Int32Array(size) };
    const { logLikelihoods } = await executable.run(feeds, this.#setup.buffers);
    return rows.map((row, r) => Float32Array.from(logLikelihoods!.subarray(r * length, r * length + row.length - 1)));
  }
}

function scoreGraph({ config, lora, buffers }: InferenceSetup): Graph {
  const graph = new Graph();
  declareBuffers(graph, buffers);
  const ids = graph.feed('ids', ['batch', 'sequence'], 'int32');
  const positions = graph.feed('positions', ['batch', 'sequence'], 'int32');
  const segments = graph.feed('segments', ['batch', 'sequence'], 'int32');
  const targets = graph.feed('targets', ['batch', 'sequence'], 'int32');
  const hidden = llamaHidden(graph, config, {
    ids,
    positions,
    attend: (_, q, k, v) => graph.add('attention', [q, k, v, segments], attentionAttributes(config))[0]!,
    ...(lora === undefined ? {} : { linear: adaptedLinear(graph, config, lora, undefined) }),
  });
  const head = parameterValue(graph, config, headName(config));
  graph.output('logLikelihoods', graph.one('headLogLikelihood', [hidden, head, targets], {}));
  return graph;
}
