/** Picks the next token from logits. */
import type { Random } from '../base/random.ts';

export interface SamplingOptions {
  /** 0 is greedy: the likeliest token, of equals the one with the lowest id. */
  readonly temperature: number;
  /** Only the likeliest tokens that together reach this share take part (nucleus sampling, Holtzman 2019); 1: all. */
  readonly topP: number;
}

/** The id picked from logits [vocabulary]. */
export function sample(logits: Float32Array, { temperature, topP }: SamplingOptions, random: Random): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  if (temperature === 0) return best;
  const weights = Float64Array.from(logits, (logit) => Math.exp((logit - logits[best]!) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (topP >= 1) return draw(weights, undefined, random.uniform() * total);
  const order = Int32Array.from(weights, (_, i) => i).sort((a, b) => weights[b]! - weights[a]! || a - b);
  let kept = 0;
  let mass = 0;
  while (kept < order.length && mass < topP * total) mass += weights[order[kept++]!]!;
  return draw(weights, order.subarray(0, kept), random.uniform() * mass);
}

/** The token at which the running sum of weights passes `point`. */
function draw(weights: Float64Array, order: Int32Array | undefined, point: number): number {
  const count = order?.length ?? weights.length;
  let last = 0;
  for (let i = 0; i < count; i++) {
    const id = order?.[i] ?? i;
    if (weights[id]! === 0) continue;
    last = id;
    point -= weights[id]!;
    if (point < 0) break;
  }
  return last;
}
