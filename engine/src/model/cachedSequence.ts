/** A prefix in a KV cache that grows with it: prompts in pieces, then token after token. */
import type { Buffer } from '../backends/backend.ts';
import { Graph } from '../graph/index.ts';
import { checkIds, roundedLength } from './feeds.ts';
import type { InferenceSetup } from './inferenceSession.ts';
import { attentionAttributes, headName, llamaHidden, parameterValue } from './llama.ts';
import { adaptedLinear } from './lora.ts';
import type { Plans } from './plans.ts';
import type { Sequence } from './sessions.ts';
import { disposeBuffers } from './weights.ts';
import type { Buffers } from './weights.ts';

/** A prompt goes through the model in pieces of so many tokens at most. */
const pieceLength = 512;
const smallestCapacity = 64;

export class CachedSequence implements Sequence {
  readonly #setup: InferenceSetup;
  readonly #plans: Plans;
  #caches: Buffers = {};
  #capacity = 0;
  #length = 0;
  #disposed = false;

  constructor(setup: InferenceSetup, plans: Plans) {
    this.#setup = setup;
    this.#plans = plans;
  }

  get length(): number {
    return this.#length;
  }

  append(ids: ArrayLike<number>): Promise<Float32Array> {
    const { config, turns } = this.#setup;
    const all = Int32Array.from(ids);
    checkIds(all, config);
    return turns.take(async () => {
      if (all.length === 0) throw new RangeError('nothing to append');
      if (this.#length + all.length > config.contextLength)
        throw new RangeError(
          `${this.#length} + ${all.length} tokens are more than the context window of ${config.contextLength}`,
        );
      for (let from = 0; ; from += pieceLength) {
        const logits = await this.#appendPiece(all.subarray(from, from + pieceLength));
        if (from + pieceLength >= all.length) return logits;
      }
    });
  }

  fork(): Promise<Sequence> {
    return this.#setup.turns.take(async () => {
      this.#alive();
      const other = new CachedSequence(this.#setup, this.#plans);
      for (const [name, cache] of Object.entries(this.#caches)) other.#caches[name] = await cache.copy();
      other.#capacity = this.#capacity;
      other.#length = this.#length;
      return other;
    });
  }

  dispose(): void {
    this.#disposed = true;
    disposeBuffers(this.#caches);
    this.#caches = {};
  }

  #alive(): void {
    if (this.#disposed) throw new Error('the sequence has been disposed of');
  }

  async #appendPiece(piece: Int32Array): Promise<Float32Array> {
    this.#alive();
    const { backend, buffers } = this.#setup;
    // A single token needs no padding; padding's own keys land behind the valid ones and are overwritten or never seen.
    const padded = backend.freeSizes || piece.length === 1 ? piece.length : roundedLength(piece.length);
    await this.#reserve(this.#length + padded);
    const ids = new Int32Array(padded);
    ids.set(piece);
    const feeds = {
      ids,
      positions: Int32Array.from(ids, (_, i) => this.#length + i),
      past: Int32Array.of(this.#length),
      at: Int32Array.of(piece.length - 1),
    };
    const sizes = { sequence: padded, capacity: this.#capacity };
    const executable = await this.#plans.get('append', sizes, () => appendGraph(this.#setup));
    const { logits } = await executable.run(feeds, { ...buffers, ...this.#caches });
    this.#length += piece.length;
    return Float32Array.from(logits!);
  }

  /** Makes room for so many tokens: capacity doubles, what is held is carried over. */
  async #reserve(tokens: number): Promise<void> {
    if (tokens <= this.#capacity) return;
    let capacity = Math.max(smallestCapacity, this.#capacity);
    while (capacity < tokens) capacity *= 2;
    const { backend, config } = this.#setup;
    const width = config.kvHeads * config.headDim;
    const grown: Buffers = {};
    for (const name of cacheNames(config.layers)) {
      const data = new Float32Array(capacity * width);
      const before: Buffer | undefined = this.#caches[name];
      if (before !== undefined) data.set((await before.read()).subarray(0, this.#length * width));
      grown[name] = await backend.allocate([1, capacity, width], 'float32', data);
    }
    disposeBuffers(this.#caches);
    this.#caches = grown;
    this.#capacity = capacity;
  }
}

const cacheNames = (layers: number): string[] =>
  Array.from({ length: layers }, (_, layer) => [`cache.${layer}.keys`, `cache.${layer}.values`]).flat();

/** New tokens behind `past` cached ones; the logits at place `at` of them. */
function appendGraph({ config, lora }: InferenceSetup): Graph {
  const graph = new Graph();
  const ids = graph.feed('ids', [1, 'sequence'], 'int32');
  const positions = graph.feed('positions', [1, 'sequence'], 'int32');
  const past = graph.feed('past', [1], 'int32');
  const at = graph.feed('at', [1], 'int32');
  const cacheShape = [1, 'capacity', config.kvHeads * config.headDim];
  const hidden = llamaHidden(graph, config, {
    ids,
    positions,
    attend: (layer, q, k, v) => {
      const keys = graph.persistent(`cache.${layer}.keys`, cacheShape, 'float32');
      const values = graph.persistent(`cache.${layer}.values`, cacheShape, 'float32');
      graph.add('cacheWrite', [keys, k, past], {});
      graph.add('cacheWrite', [values, v, past], {});
      return graph.one('cachedAttention', [q, keys, values, past], attentionAttributes(config));
    },
    ...(lora === undefined ? {} : { linear: adaptedLinear(graph, config, lora, undefined) }),
  });
  const head = parameterValue(graph, config, headName(config));
  graph.output('logits', graph.one('headLogits', [hidden, head, at], {}));
  return graph;
}
