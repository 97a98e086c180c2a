/**
 * Picks the next token from logits, with the processors that Hugging Face's `generate` has, in its order: repetition penalty,
 * temperature, top-k, top-p (transformers, generation/logits_process.py).
 */
import type { Random } from '../base/random.ts';

export interface SamplingOptions {
  /** 0 is greedy: the likeliest token, of equals the one with the lowest id. */
  readonly temperature: number;
  /** Only so many of the likeliest tokens take part, with all that equal the last of them; absent or 0: all. */
  readonly topK?: number;
  /** Of what is left, only the likeliest tokens that together reach this share (nucleus sampling, Holtzman 2019); 1: all. */
  readonly topP: number;
  /** Divides the positive logits of tokens that stand in the text already, and multiplies their negative ones (Keskar 2019). */
  readonly repetitionPenalty?: number;
}

/** Tokens that take part, and their shares: not normalised. */
export interface Candidates {
  /** Absent: the index is the id. */
  readonly ids: Int32Array | undefined;
  readonly weights: Float64Array;
}

/** The id picked from logits [vocabulary]. `seen`: the ids of the text so far, the prompt's included. */
export function sample(
  logits: Float32Array,
  options: SamplingOptions,
  random: Random,
  seen: Iterable<number> = [],
): number {
  const scores = penalized(logits, options.repetitionPenalty ?? 1, seen);
  if (options.temperature === 0) return likeliest(scores);
  const { ids, weights } = candidates(scores, options);
  const at = draw(weights, random.uniform());
  return ids?.[at] ?? at;
}

/** The distribution that a token is drawn from: shares by id, which sum to 1; temperature above 0. */
export function distribution(logits: Float32Array, options: SamplingOptions, seen: Iterable<number>): Float64Array {
  const { ids, weights } = candidates(penalized(logits, options.repetitionPenalty ?? 1, seen), options);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = new Float64Array(logits.length);
  weights.forEach((weight, i) => (shares[ids?.[i] ?? i] = weight / total));
  return shares;
}

function penalized(logits: Float32Array, penalty: number, seen: Iterable<number>): Float32Array {
  if (penalty === 1) return logits;
  const scores = Float32Array.from(logits);
  for (const id of new Set(seen)) {
    const score = logits[id];
    if (score !== undefined) scores[id] = score < 0 ? score * penalty : score / penalty;
  }
  return scores;
}

function likeliest(scores: Float32Array): number {
  let best = 0;
  let most = scores[0]!;
  for (let i = 1; i < scores.length; i++) {
    const score = scores[i]!;
    if (!(score > most)) continue;
    best = i;
    most = score;
  }
  return best;
}

function candidates(scores: Float32Array, { temperature, topK = 0, topP }: SamplingOptions): Candidates {
  const top = scores[likeliest(scores)]!;
  const weight = (score: number) => Math.exp((score - top) / temperature);
  const least = topK > 0 && topK < scores.length ? largest(scores, topK) : -Infinity;
  let total = 0;
  const all = new Float64Array(scores.length);
  if (least === -Infinity && topP >= 1) {
    for (let i = 0; i < scores.length; i++) all[i] = weight(scores[i]!);
    return { ids: undefined, weights: all };
  }
  for (let i = 0; i < scores.length; i++) if (scores[i]! >= least) total += all[i] = weight(scores[i]!);
  // Those below this share of the whole make up less than 1 - topP together: none of them is in the nucleus.
  const floor = topP < 1 ? (total * (1 - topP)) / scores.length : 0;
  const room = new Int32Array(all.length);
  let some = 0;
  for (let i = 0; i < all.length; i++) if (all[i]! > 0 && all[i]! >= floor) room[some++] = i;
  const kept = room.subarray(0, some);
  if (topP >= 1) return { ids: kept, weights: pick(all, kept) };
  const ids = nucleus(all, kept, topP * total);
  return { ids, weights: pick(all, ids) };
}

function pick(all: Float64Array, ids: Int32Array): Float64Array {
  const picked = new Float64Array(ids.length);
  for (let i = 0; i < ids.length; i++) picked[i] = all[ids[i]!]!;
  return picked;
}

/**
 * The likeliest of `ids` (in order, one at least) that together reach `enough`, the likeliest first; of equals the higher id, as a stable
 * ascending sort that is cut from below leaves them. Only what is taken is sorted as ids.
 */
function nucleus(all: Float64Array, ids: Int32Array, enough: number): Int32Array {
  const ascending = pick(all, ids).sort();
  let count = 0;
  for (let mass = 0; count < ids.length && (count === 0 || mass < enough); count++)
    mass += ascending[ids.length - 1 - count]!;
  const least = ascending[ids.length - count]!;
  const taken = new Int32Array(count);
  let room = count;
  for (const wanted of [1, 0])
    for (let i = ids.length - 1; i >= 0 && room > 0; i--)
      if (Math.sign(all[ids[i]!]! - least) === wanted) taken[--room] = ids[i]!;
  return taken.sort((a, b) => all[b]! - all[a]! || b - a);
}

/** The k-th largest value: the smallest of the k largest, held in a heap with the smallest on top. */
function largest(values: Float32Array, k: number): number {
  const heap = values.slice(0, k).sort();
  for (let i = k; i < values.length; i++) {
    const value = values[i]!;
    if (!(value > heap[0]!)) continue;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= k) break;
      const child = left + 1 < k && heap[left + 1]! < heap[left]! ? left + 1 : left;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
  return heap[0]!;
}

/** The place at which the running sum of weights passes `share` of the whole. */
function draw(weights: Float64Array, share: number): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  let point = share * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! === 0) continue;
    last = i;
    point -= weights[i]!;
    if (point < 0) break;
  }
  return last;
}
