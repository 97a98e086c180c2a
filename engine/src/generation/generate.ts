/** Continues prompts, token by token, each until an end that is told: one, or many together in batches that fit the memory. */
import os from 'node:os';
import type { InferenceSession, SequenceBatch } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { Continuation } from './continuation.ts';
import type { Generation, GenerationRequest } from './request.ts';

export interface GenerationOptions extends GenerationRequest {
  readonly signal?: AbortSignal;
}

export interface BatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told as each ends, in the order in which they end. */
  readonly onDone?: (index: number, generation: Generation) => void;
  /** For the cache of all rows together; a quarter of what is free where absent. */
  readonly cacheBytes?: number;
}

/**
 * At most so many go together: `native` computes so few rows each as if it were alone, straight from the weights as they stand
 * (fewRows in engine/native/src/fewRows.h).
 */
export const mostRows = 32;

/** One prompt. Without a tokenizer only ids come. A RangeError for a prompt that is empty or too long. */
export async function generate(
  session: InferenceSession,
  tokenizer: Tokenizer | undefined,
  { signal, ...request }: GenerationOptions,
): Promise<Generation> {
  const [generation] = await generateAll(session, tokenizer, [request], { signal });
  return generation!;
}

/** All of them, in the order given; each ends on its own, and the next takes its place. */
export async function generateAll(
  session: InferenceSession,
  tokenizer: Tokenizer | undefined,
  requests: readonly GenerationRequest[],
  { signal, onDone, cacheBytes = availableMemory() / 4 }: BatchOptions = {},
): Promise<Generation[]> {
  for (const { promptIds } of requests)
    if (promptIds.length === 0 || promptIds.length > session.contextLength)
      throw new RangeError(`a prompt of ${promptIds.length} ids for a window of ${session.contextLength}`);
  const results = new Array<Generation>(requests.length);
  const room = Math.min(
    session.contextLength,
    requests.reduce((most, { promptIds, maxTokens }) => Math.max(most, promptIds.length + maxTokens), 0),
  );
  const fitting = Math.floor(cacheBytes / Math.max(1, session.cacheBytesPerToken * room));
  const rows = Math.max(1, Math.min(fitting, mostRows, requests.length));
  const batch = session.batch(rows);
  try {
    if (rows > 1) await batch.reserve(room);
    const running = new Running(session, tokenizer, batch, requests, (index, generation) => {
      results[index] = generation;
      onDone?.(index, generation);
    });
    while (await running.step(signal)) {
      await new Promise((done) => setImmediate(done)); // a cancellation gets its turn
    }
  } finally {
    batch.dispose();
  }
  return results;
}

/** Memory that this process may still take, in bytes, limits of its container included where Node tells them. */
function availableMemory(): number {
  const { availableMemory: told } = process as { readonly availableMemory?: () => number };
  return told?.() ?? os.freemem();
}

/** Which requests are under way in which rows. */
class Running {
  readonly #session: InferenceSession;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #batch: SequenceBatch;
  readonly #requests: readonly GenerationRequest[];
  readonly #onDone: (index: number, generation: Generation) => void;
  /** By row; undefined: free. */
  readonly #rows: (Continuation | undefined)[];
  #next = 0;

  constructor(
    session: InferenceSession,
    tokenizer: Tokenizer | undefined,
    batch: SequenceBatch,
    requests: readonly GenerationRequest[],
    onDone: (index: number, generation: Generation) => void,
  ) {
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#batch = batch;
    this.#requests = requests;
    this.#onDone = onDone;
    this.#rows = new Array<Continuation | undefined>(batch.rows).fill(undefined);
  }

  /** Another token for each that is under way, the first ones of those that find a free row; false when all have ended. */
  async step(signal: AbortSignal | undefined): Promise<boolean> {
    if (isAborted(signal)) {
      for (const row of this.#rows.keys()) this.#end(row, 'cancelled');
      while (this.#next < this.#requests.length) this.#onDone(this.#next, this.#fresh(this.#next++).ended('cancelled'));
      return false;
    }
    const before = this.#rows.flatMap((one, row) => (one === undefined ? [] : [row]));
    const going = before.filter((row) => {
      const full = this.#batch.length(row) >= this.#session.contextLength;
      if (full) this.#end(row, 'context');
      return !full;
    });
    if (going.length > 0) {
      const ids = going.map((row) => this.#rows[row]!.last);
      const logits = await unlessStopped(this.#batch.step(going, ids, signal), signal);
      if (logits === undefined) return true;
      for (const [i, row] of going.entries()) this.#take(row, logits[i]!);
    }
    while (this.#next < this.#requests.length && this.#rows.includes(undefined)) {
      await this.#begin(signal);
      if (isAborted(signal)) break;
    }
    return this.#next < this.#requests.length || this.#rows.some((one) => one !== undefined);
  }

  /** The next request, and those with the very same prompt that free rows are left for: they share its reading. */
  async #begin(signal: AbortSignal | undefined): Promise<void> {
    const index = this.#next;
    const row = this.#rows.indexOf(undefined);
    const request = this.#requests[index]!;
    if (request.maxTokens === 0) {
      this.#next++;
      this.#onDone(index, this.#fresh(index).ended('length'));
      return;
    }
    this.#batch.clear(row);
    const logits = await unlessStopped(this.#batch.append(row, request.promptIds, signal), signal);
    if (logits === undefined) return;
    const taken = [row];
    this.#rows[row] = this.#fresh(this.#next++);
    while (this.#next < this.#requests.length && samePrompt(this.#requests[this.#next]!, request)) {
      const other = this.#rows.indexOf(undefined);
      if (other < 0) break;
      this.#rows[other] = this.#fresh(this.#next++);
      taken.push(other);
    }
    await this.#batch.copy(row, taken.slice(1));
    for (const one of taken) this.#take(one, logits);
  }

  #fresh(index: number): Continuation {
    return new Continuation(index, this.#requests[index]!, this.#tokenizer);
  }

  #take(row: number, logits: Float32Array): void {
    const reason = this.#rows[row]!.take(logits);
    if (reason !== undefined) this.#end(row, reason);
  }

  #end(row: number, reason: Generation['reason']): void {
    const one = this.#rows[row];
    if (one === undefined) return;
    this.#rows[row] = undefined;
    this.#onDone(one.index, one.ended(reason));
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** What comes, or undefined where the signal ended it. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAborted(signal)) return undefined;
    throw error;
  }
}

const samePrompt = (a: GenerationRequest, b: GenerationRequest): boolean =>
  a.maxTokens > 0 &&
  (a.promptIds === b.promptIds ||
    (a.promptIds.length === b.promptIds.length && a.promptIds.every((id, i) => id === b.promptIds[i])));
