/** Prefixes in the rows of one KV cache, which grow with it: prompts in pieces, then token after token, several rows at a time. */
import type { Buffer, HostArray } from '../backends/backend.ts';
import { Graph } from '../graph/index.ts';
import { checkIds, roundedLength } from './feeds.ts';
import type { InferenceSetup } from './inferenceSetup.ts';
import { attentionAttributes, headName, llamaHidden, parameterValue } from './llama.ts';
import { adaptedLinear } from './lora.ts';
import type { Plans } from './plans.ts';
import type { Sequence, SequenceBatch } from './sessions.ts';
import { disposeBuffers } from './weights.ts';
import { declareBuffers } from './storedWeights.ts';
import type { Buffers } from './weights.ts';

/** A prompt goes through the model in pieces of so many tokens at most. */
const pieceLength = 512;
const smallestCapacity = 64;

/** What goes through the model at once: as many ids for each of some rows. */
interface Step {
  readonly rows: readonly number[];
  /** Row by row, `length` of them each. */
  readonly ids: Int32Array;
  readonly length: number;
}

export class CacheRows implements SequenceBatch {
  readonly rows: number;
  readonly #setup: InferenceSetup;
  readonly #plans: Plans;
  readonly #lengths: number[];
  /** Where plans are costly, batches are padded to few sizes with a row that nobody asks for. */
  readonly #spare: number | undefined;
  #caches: Buffers = {};
  /** Weights and caches, frozen: a backend need look them up only once. */
  #bound: Buffers | undefined;
  #capacity = 0;
  /** The last step's, whose memory the next one takes. */
  #answers: Readonly<Record<string, HostArray>> = {};
  #disposed = false;

  constructor(setup: InferenceSetup, plans: Plans, rows: number) {
    this.#setup = setup;
    this.#plans = plans;
    this.rows = rows;
    this.#spare = rows > 1 && !setup.backend.freeSizes ? rows : undefined;
    this.#lengths = new Array<number>(rows).fill(0);
  }

  length(row: number): number {
    const length = this.#lengths[row];
    if (length === undefined) throw new RangeError(`there is no row ${row} of ${this.rows}`);
    return length;
  }

  append(row: number, ids: ArrayLike<number>, signal?: AbortSignal): Promise<Float32Array> {
    const all = Int32Array.from(ids);
    checkIds(all, this.#setup.config);
    return this.#setup.turns.take(async () => {
      if (all.length === 0) throw new RangeError('nothing to append');
      this.#checkRoom(row, all.length);
      for (let from = 0; ; from += pieceLength) {
        const piece = all.subarray(from, from + pieceLength);
        const logits = await this.#run({ rows: [row], ids: piece, length: piece.length }, signal);
        if (from + pieceLength >= all.length) return logits;
      }
    });
  }

  step(rows: readonly number[], ids: ArrayLike<number>, signal?: AbortSignal): Promise<Float32Array[]> {
    const all = Int32Array.from(ids);
    checkIds(all, this.#setup.config);
    return this.#setup.turns.take(async () => {
      if (rows.length === 0 || rows.length !== all.length || new Set(rows).size < rows.length)
        throw new RangeError(`${all.length} ids for rows ${rows.join(', ')}`);
      for (const row of rows) this.#checkRoom(row, 1);
      const logits = await this.#run({ rows, ids: all, length: 1 }, signal);
      const { vocabularySize } = this.#setup.config;
      return rows.map((_, i) => logits.subarray(i * vocabularySize, (i + 1) * vocabularySize));
    });
  }

  copy(from: number, to: readonly number[]): Promise<void> {
    return this.#setup.turns.take(async () => {
      this.#alive();
      if (to.includes(from)) throw new RangeError(`row ${from} cannot be copied onto itself`);
      for (const row of to) this.length(row);
      if (to.length === 0) return;
      const feeds = { from: Int32Array.of(from), to: Int32Array.from(to) };
      const sizes = { ...this.#cacheSizes(), copies: to.length };
      const executable = await this.#plans.get('copy rows', sizes, () => copyGraph(this.#setup));
      await executable.run(feeds, this.#caches);
      for (const row of to) this.#lengths[row] = this.length(from);
    });
  }

  clear(row: number): void {
    this.length(row);
    this.#lengths[row] = 0;
  }

  reserve(tokens: number): Promise<void> {
    return this.#setup.turns.take(() => this.#reserve(tokens));
  }

  fork(): Promise<CacheRows> {
    return this.#setup.turns.take(async () => {
      this.#alive();
      const other = new CacheRows(this.#setup, this.#plans, this.rows);
      for (const [name, cache] of Object.entries(this.#caches)) other.#caches[name] = await cache.copy();
      other.#capacity = this.#capacity;
      other.#lengths.splice(0, this.rows, ...this.#lengths);
      return other;
    });
  }

  dispose(): void {
    this.#disposed = true;
    disposeBuffers(this.#caches);
    this.#caches = {};
    this.#bound = undefined;
  }

  #alive(): void {
    if (this.#disposed) throw new Error('the sequence has been disposed of');
  }

  #checkRoom(row: number, tokens: number): void {
    const { contextLength } = this.#setup.config;
    if (this.length(row) + tokens > contextLength)
      throw new RangeError(
        `${this.length(row)} + ${tokens} tokens are more than the context window of ${contextLength}`,
      );
  }

  #cacheSizes() {
    return { rows: this.rows + (this.#spare === undefined ? 0 : 1), capacity: this.#capacity };
  }

  /** Logits after the last id of each row. */
  async #run(step: Step, signal: AbortSignal | undefined): Promise<Float32Array> {
    this.#alive();
    const { backend, buffers, config } = this.#setup;
    const longest = Math.max(...step.rows.map((row) => this.length(row)));
    // Padding's own keys land behind the valid ones and are overwritten or never seen.
    const padded = backend.freeSizes || step.length === 1 ? step.length : roundedLength(step.length);
    // What follows a prompt finds room: a cache that has just been filled would only be copied.
    const next = step.length > 1 ? 1 : 0;
    await this.#reserve(Math.max(longest + padded, Math.min(longest + padded + next, config.contextLength)));
    const batch = this.#spare === undefined ? step.rows.length : 2 ** Math.ceil(Math.log2(step.rows.length));
    const executable = await this.#plans.get('append', { batch, sequence: padded, ...this.#cacheSizes() }, () =>
      appendGraph(this.#setup),
    );
    this.#bound ??= Object.freeze({ ...buffers, ...this.#caches });
    // Memory for so many numbers at every token anew would cost a hundredth of its time.
    const answers = await executable.run(this.#feeds(step, batch, padded), this.#bound, signal, this.#answers);
    this.#answers = answers;
    for (const row of step.rows) this.#lengths[row]! += step.length;
    return answers['logits'] as Float32Array;
  }

  /** The spare row stands in for the batch's last ones, as often as it must: nobody reads what it holds. */
  #feeds({ rows, ids, length }: Step, batch: number, padded: number): Record<string, HostArray> {
    const feeds = {
      ids: new Int32Array(batch * padded),
      positions: new Int32Array(batch * padded),
      rows: new Int32Array(batch).fill(this.#spare ?? 0),
      past: new Int32Array(batch),
      at: new Int32Array(batch).fill(length - 1),
    };
    for (const [b, row] of rows.entries()) {
      feeds.rows[b] = row;
      feeds.past[b] = this.length(row);
      feeds.ids.set(ids.subarray(b * length, (b + 1) * length), b * padded);
      for (let i = 0; i < padded; i++) feeds.positions[b * padded + i] = this.length(row) + i;
    }
    return feeds;
  }

  /** Makes room for so many tokens in each row: capacity doubles, what is held is carried over. */
  async #reserve(tokens: number): Promise<void> {
    this.#alive();
    if (tokens <= this.#capacity) return;
    let capacity = Math.max(smallestCapacity, this.#capacity);
    while (capacity < tokens) capacity *= 2;
    const { backend, config } = this.#setup;
    const width = config.kvHeads * config.headDim;
    const { rows } = this.#cacheSizes();
    const grown: Buffers = {};
    for (const name of cacheNames(config.layers)) {
      const before: Buffer | undefined = this.#caches[name];
      const held = await before?.read();
      let data: Float32Array | undefined;
      if (held !== undefined) {
        data = new Float32Array(rows * capacity * width);
        for (const [row, length] of this.#lengths.entries()) {
          const from = row * this.#capacity * width;
          data.set(held.subarray(from, from + length * width), row * capacity * width);
        }
      }
      grown[name] = await backend.allocate([rows, capacity, width], 'float32', data);
    }
    disposeBuffers(this.#caches);
    this.#caches = grown;
    this.#bound = undefined;
    this.#capacity = capacity;
  }
}

/** A cache of one row. */
export class CachedSequence implements Sequence {
  readonly #cache: CacheRows;

  constructor(cache: CacheRows) {
    this.#cache = cache;
  }

  get length(): number {
    return this.#cache.length(0);
  }
  append(ids: ArrayLike<number>): Promise<Float32Array> {
    return this.#cache.append(0, ids);
  }
  async fork(): Promise<Sequence> {
    return new CachedSequence(await this.#cache.fork());
  }
  dispose(): void {
    this.#cache.dispose();
  }
}

const cacheNames = (layers: number): string[] =>
  Array.from({ length: layers }, (_, layer) => [`cache.${layer}.keys`, `cache.${layer}.values`]).flat();

const cacheShape = ({ config }: InferenceSetup) => ['rows', 'capacity', config.kvHeads * config.headDim] as const;

/** New tokens behind `past` cached ones in each of `rows`; the logits at place `at` of them. */
function appendGraph(setup: InferenceSetup): Graph {
  const { config, lora } = setup;
  const graph = new Graph();
  declareBuffers(graph, setup.buffers);
  const ids = graph.feed('ids', ['batch', 'sequence'], 'int32');
  const positions = graph.feed('positions', ['batch', 'sequence'], 'int32');
  const rows = graph.feed('rows', ['batch'], 'int32');
  const past = graph.feed('past', ['batch'], 'int32');
  const at = graph.feed('at', ['batch'], 'int32');
  const hidden = llamaHidden(graph, config, {
    ids,
    positions,
    attend: (layer, q, k, v) => {
      const keys = graph.persistent(`cache.${layer}.keys`, cacheShape(setup), 'float32');
      const values = graph.persistent(`cache.${layer}.values`, cacheShape(setup), 'float32');
      graph.add('cacheWrite', [keys, k, rows, past], {});
      graph.add('cacheWrite', [values, v, rows, past], {});
      return graph.one('cachedAttention', [q, keys, values, rows, past], attentionAttributes(config));
    },
    ...(lora === undefined ? {} : { linear: adaptedLinear(graph, config, lora, undefined) }),
  });
  const head = parameterValue(graph, config, headName(config));
  graph.output('logits', graph.one('headLogits', [hidden, head, at], {}));
  return graph;
}

function copyGraph(setup: InferenceSetup): Graph {
  const graph = new Graph();
  const from = graph.feed('from', [1], 'int32');
  const to = graph.feed('to', ['copies'], 'int32');
  for (const name of cacheNames(setup.config.layers))
    graph.add('cacheCopy', [graph.persistent(name, cacheShape(setup), 'float32'), from, to], {});
  return graph;
}
