/** Attention, its gradient and the cache, as `graph/ops/attention.ts` defines them: one query, one head at a time. */
import type { AttentionAttributes } from '../../../graph/ops/attention.ts';
import { floats, ints, size, zeros } from '../tensor.ts';
import type { Kernel, Tensor } from '../tensor.ts';

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** target += factor · source */
function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

/** Cuts one head's vector at (row, head) out of a tensor [rows, heads · headDim], as a view. */
function slicer(data: Float64Array, heads: number, headDim: number) {
  return (row: number, head: number): Float64Array => {
    const start = (row * heads + head) * headDim;
    return data.subarray(start, start + headDim);
  };
}

/** Probabilities over the visible positions, and log Σ exp of their scores. */
function softmax(scores: readonly number[]): { probabilities: number[]; logSumExp: number } {
  const max = Math.max(...scores);
  const logSumExp = max + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - max), 0));
  return { probabilities: scores.map((score) => Math.exp(score - logSumExp)), logSumExp };
}

export const attention: Kernel<AttentionAttributes> = (inputs, attributes, [shape]) => {
  const segments = ints(inputs, 3);
  const { y, logSumExp } = attend(inputs, attributes, shape!, (start, at) => visibleFrom(segments, start, at));
  return [y, logSumExp];
};

export const treeAttention: Kernel<AttentionAttributes> = (inputs, attributes, [shape]) => {
  const ends = ints(inputs, 3);
  const ancestors = (start: number, at: number): number[] => {
    const rows: number[] = [];
    for (let j = start; j <= at; j++) if (at - start < ends[j]!) rows.push(j);
    return rows;
  };
  return [attend(inputs, attributes, shape!, ancestors).y];
};

/** Attention where `visible` names the flat rows that the token in flat row `at` sees; its sequence begins in flat row `start`. */
function attend(
  inputs: readonly Tensor[],
  attributes: AttentionAttributes,
  shape: readonly number[],
  visible: (start: number, at: number) => number[],
): { y: Float64Array; logSumExp: Float64Array } {
  const { heads, kvHeads, headDim, scale } = attributes;
  const [batch, sequence] = [size(shape, 0), size(shape, 1)];
  const q = slicer(floats(inputs, 0), heads, headDim);
  const k = slicer(floats(inputs, 1), kvHeads, headDim);
  const v = slicer(floats(inputs, 2), kvHeads, headDim);
  const out = zeros(shape);
  const y = slicer(out, heads, headDim);
  const stats = new Float64Array(batch * heads * sequence);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++) {
      const shared = Math.floor((h * kvHeads) / heads);
      for (let i = 0; i < sequence; i++) {
        const at = b * sequence + i;
        const seen = visible(b * sequence, at);
        const { probabilities, logSumExp } = softmax(seen.map((j) => scale * dot(q(at, h), k(j, shared))));
        stats[(b * heads + h) * sequence + i] = logSumExp;
        for (const [n, j] of seen.entries()) addScaled(y(at, h), probabilities[n]!, v(j, shared));
      }
    }
  return { y: out, logSumExp: stats };
}

/** Flat rows that the token in flat row `at` sees; its sequence begins in flat row `start`. */
function visibleFrom(segments: Int32Array, start: number, at: number): number[] {
  const rows: number[] = [];
  for (let j = start; j <= at; j++) if (segments[j] === segments[at]) rows.push(j);
  return rows;
}

export const attentionGrad: Kernel<AttentionAttributes> = (inputs, attributes, shapes) => {
  const { heads, kvHeads, headDim, scale } = attributes;
  const [batch, sequence] = [size(shapes[0]!, 0), size(shapes[0]!, 1)];
  const q = slicer(floats(inputs, 0), heads, headDim);
  const k = slicer(floats(inputs, 1), kvHeads, headDim);
  const v = slicer(floats(inputs, 2), kvHeads, headDim);
  const segments = ints(inputs, 3);
  const y = slicer(floats(inputs, 4), heads, headDim);
  const stats = floats(inputs, 5);
  const dy = slicer(floats(inputs, 6), heads, headDim);
  const results = shapes.map(zeros);
  const dq = slicer(results[0]!, heads, headDim);
  const dk = slicer(results[1]!, kvHeads, headDim);
  const dv = slicer(results[2]!, kvHeads, headDim);
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++) {
      const shared = Math.floor((h * kvHeads) / heads);
      for (let i = 0; i < sequence; i++) {
        const at = b * sequence + i;
        const logSumExp = stats[(b * heads + h) * sequence + i]!;
        const through = dot(dy(at, h), y(at, h));
        for (const j of visibleFrom(segments, b * sequence, at)) {
          const p = Math.exp(scale * dot(q(at, h), k(j, shared)) - logSumExp);
          const dz = scale * p * (dot(dy(at, h), v(j, shared)) - through);
          addScaled(dq(at, h), dz, k(j, shared));
          addScaled(dk(j, shared), dz, q(at, h));
          addScaled(dv(j, shared), p, dy(at, h));
        }
      }
    }
  return results;
};

/** Batch row b's place in a cache of `rows` rows of `capacity`, for so many positions: checked, since JavaScript would not. */
function cachePlace(inputs: readonly Tensor[], first: number, cache: readonly number[], b: number, sequence: number) {
  const [rows, capacity] = [size(cache, 0), size(cache, 1)];
  const row = ints(inputs, first)[b]!;
  const past = ints(inputs, first + 1)[b]!;
  if (row < 0 || row >= rows || past < 0 || past + sequence > capacity)
    throw new Error(`${sequence} positions at ${past} of row ${row}: the cache has ${rows} rows of ${capacity}`);
  return { start: row * capacity, past };
}

export const cacheWrite: Kernel<Record<string, never>> = (inputs) => {
  const cache = floats(inputs, 0);
  const x = floats(inputs, 1);
  const [batch, sequence, width] = inputs[1]!.shape as [number, number, number];
  for (let b = 0; b < batch; b++) {
    const { start, past } = cachePlace(inputs, 2, inputs[0]!.shape, b, sequence);
    cache.set(x.subarray(b * sequence * width, (b + 1) * sequence * width), (start + past) * width);
  }
  return [];
};

export const cacheCopy: Kernel<Record<string, never>> = (inputs) => {
  const cache = floats(inputs, 0);
  const rows = size(inputs[0]!.shape, 0);
  const each = cache.length / rows;
  const from = ints(inputs, 1)[0]!;
  for (const to of ints(inputs, 2)) {
    if (Math.min(from, to) < 0 || Math.max(from, to) >= rows)
      throw new Error(`a cache of ${rows} rows has no ${from}, ${to}`);
    cache.copyWithin(to * each, from * each, (from + 1) * each);
  }
  return [];
};

export const cachedAttention: Kernel<AttentionAttributes> = (inputs, attributes, [shape]) => {
  const { heads, kvHeads, headDim, scale } = attributes;
  const [batch, sequence] = [size(shape!, 0), size(shape!, 1)];
  const q = slicer(floats(inputs, 0), heads, headDim);
  const k = slicer(floats(inputs, 1), kvHeads, headDim);
  const v = slicer(floats(inputs, 2), kvHeads, headDim);
  const out = zeros(shape!);
  const y = slicer(out, heads, headDim);
  for (let b = 0; b < batch; b++) {
    const { start, past } = cachePlace(inputs, 3, inputs[1]!.shape, b, sequence);
    for (let h = 0; h < heads; h++) {
      const shared = Math.floor((h * kvHeads) / heads);
      for (let i = 0; i < sequence; i++) {
        const at = b * sequence + i;
        const visible = Array.from({ length: past + i + 1 }, (_, j) => start + j);
        const { probabilities } = softmax(visible.map((j) => scale * dot(q(at, h), k(j, shared))));
        for (const [n, j] of visible.entries()) addScaled(y(at, h), probabilities[n]!, v(j, shared));
      }
    }
  }
  return [out];
};
