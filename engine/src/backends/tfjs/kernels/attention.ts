/**
 * Causal attention. The query heads that share a key head stand below each other in one matrix, so that keys and values are
 * never repeated, and the sums over sharing heads in the gradient fall out of the products.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import type { Kernel, KernelContext, Run } from '../kernel.ts';
import { bufferOf, hostOf, input, type Operand } from '../operand.ts';

type Attributes = AttributesOf<'attention'>;

/** Hides a score: exp of it is 0, and no sum with a real score overflows. */
const hidden = -1e30;

/** [B, S, heads · H] → [B · kvHeads, (heads / kvHeads) · S, H]; for keys and values heads = kvHeads. */
function stack(x: tf.Tensor, heads: number, { kvHeads, headDim }: Attributes): tf.Tensor3D {
  const [batch, length] = x.shape as [number, number];
  const byHead = tf.transpose(tf.reshape(x, [batch, length, heads, headDim]), [0, 2, 1, 3]);
  return tf.reshape(byHead, [batch * kvHeads, (heads / kvHeads) * length, headDim]);
}

/** The way back: [B · kvHeads, (heads / kvHeads) · S, H] → [B, S, heads · H]. */
function unstack(x: tf.Tensor, batch: number, heads: number, { headDim }: Attributes): tf.Tensor {
  const byHead = tf.reshape(x, [batch, heads, -1, headDim]);
  return tf.reshape(tf.transpose(byHead, [0, 2, 1, 3]), [batch, -1, heads * headDim]);
}

/** 0 where row i of a document may see j, else a large negative number: [B, 1, S, S]. Made once for all layers. */
function documentMask(segments: Operand, run: Run): tf.Tensor {
  return run.share(segments, 'attention mask', () => {
    const [batch, length] = segments.tensor.shape as [number, number];
    const numbers = hostOf(segments);
    const mask = new Float32Array(batch * length * length).fill(hidden);
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < length; i++)
        for (let j = 0; j <= i; j++)
          if (numbers[b * length + i] === numbers[b * length + j]) mask[(b * length + i) * length + j] = 0;
    return tf.tensor(mask, [batch, 1, length, length]);
  });
}

/** 0 where row i of a tree may see j, else a large negative number: [B, 1, S, S]. Made once for all layers. */
function treeMask(ends: Operand, run: Run): tf.Tensor {
  return run.share(ends, 'tree mask', () => {
    const [batch, length] = ends.tensor.shape as [number, number];
    const numbers = hostOf(ends);
    const mask = new Float32Array(batch * length * length).fill(hidden);
    for (let b = 0; b < batch; b++)
      for (let j = 0; j < length; j++)
        for (let i = j; i < numbers[b * length + j]!; i++) mask[(b * length + i) * length + j] = 0;
    return tf.tensor(mask, [batch, 1, length, length]);
  });
}

/** Masked scores [B, heads, S, S] of stacked queries and keys. */
function scoresOf(q: tf.Tensor3D, k: tf.Tensor3D, mask: tf.Tensor, { heads, scale }: Attributes, run: Run): tf.Tensor {
  const products = run.runtime.stackedProduct(tf.mul(q, scale), k, { transposeB: true });
  const [length, seen] = [mask.shape.at(-2)!, mask.shape.at(-1)!];
  return tf.add(tf.reshape(products, [-1, heads, length, seen]), mask);
}

export const attention: Kernel<Attributes> = (context) => {
  const { y, scores, p } = attend(context, documentMask(input(context.inputs, 3), context.run));
  // log Σ exp z = max z - log max p: exact, since p is at its largest where z is, and never below 1 / S there.
  const logSumExp = context.used[1] === true ? tf.sub(tf.max(scores, -1), tf.log(tf.max(p, -1))) : undefined;
  return [y, logSumExp];
};

export const treeAttention: Kernel<Attributes> = (context) => [
  attend(context, treeMask(input(context.inputs, 3), context.run)).y,
];

function attend(
  { inputs, attributes, run }: KernelContext<Attributes>,
  mask: tf.Tensor,
): { y: tf.Tensor; scores: tf.Tensor; p: tf.Tensor } {
  const { heads, kvHeads } = attributes;
  const [q, k, v] = [0, 1, 2].map((i) => stack(input(inputs, i).tensor, i === 0 ? heads : kvHeads, attributes)) as [
    tf.Tensor3D,
    tf.Tensor3D,
    tf.Tensor3D,
  ];
  const scores = scoresOf(q, k, mask, attributes, run);
  const p = tf.softmax(scores);
  const y = run.runtime.stackedProduct(tf.reshape(p, [k.shape[0], -1, k.shape[1]]), v);
  return { y: unstack(y, scores.shape[0], heads, attributes), scores, p };
}

export const attentionGrad: Kernel<Attributes> = ({ inputs, attributes, used, run }) => {
  const { heads, kvHeads, scale } = attributes;
  const operand = (i: number, of: number) => stack(input(inputs, i).tensor, of, attributes);
  const [q, k, v] = [operand(0, heads), operand(1, kvHeads), operand(2, kvHeads)];
  const [y, dy] = [operand(4, heads), operand(6, heads)];
  const scores = scoresOf(q, k, documentMask(input(inputs, 3), run), attributes, run);
  const batch = scores.shape[0];
  // The scores are made again rather than kept: softmax of them is p without the slow exp of z - logSumExp.
  const p: tf.Tensor3D = tf.reshape(tf.softmax(scores), [k.shape[0], -1, k.shape[1]]);
  const dp = run.runtime.stackedProduct(dy, v, { transposeB: true });
  // dz = p (dp - Σ p dp), and Σ p dp = dy · y. Where scores are large and p is nearly 1 at one place, dz there is a difference of
  // equals: if p is a last bit off, it must be so in both.
  const inexact = run.runtime.inexactDivision === true;
  const dot = tf.sum(inexact ? tf.mul(p, dp) : tf.mul(dy, y), -1, true);
  const from = inexact ? tf.mul(dp, tf.sum(p, -1, true)) : dp;
  const dz: tf.Tensor3D = tf.mul(tf.mul(p, tf.sub(from, dot)), scale);
  const product = (a: tf.Tensor3D, b: tf.Tensor3D, of: number, transposeA: boolean) =>
    unstack(run.runtime.stackedProduct(a, b, { transposeA }), batch, of, attributes);
  return [
    used[0] === true ? product(dz, k, heads, false) : undefined,
    used[1] === true ? product(dz, q, kvHeads, true) : undefined,
    used[2] === true ? product(p, dy, kvHeads, true) : undefined,
  ];
};

export const cacheWrite: Kernel<AttributesOf<'cacheWrite'>> = ({ inputs }) => {
  const buffer = bufferOf(input(inputs, 0));
  const x = input(inputs, 1).tensor as tf.Tensor3D;
  const [rows, past] = [hostOf(input(inputs, 2)), hostOf(input(inputs, 3))];
  const [count, capacity, width] = buffer.shape as [number, number, number];
  const cache = buffer.tensor as tf.Tensor3D;
  const changed = Array.from({ length: count }, (_, row) => {
    const b = rows.indexOf(row);
    if (b < 0) return tf.slice(cache, [row, 0, 0], [1, capacity, width]);
    const from = past[b]!;
    const end = from + x.shape[1];
    if (from < 0 || end > capacity) throw new RangeError(`the cache of ${capacity} does not reach to ${end}`);
    const before = tf.slice(cache, [row, 0, 0], [1, from, width]);
    const after = tf.slice(cache, [row, end, 0], [1, capacity - end, width]);
    const parts = [before, tf.slice(x, [b, 0, 0], [1, -1, -1]), after];
    return tf.concat(
      parts.filter((part) => part.size > 0),
      1,
    );
  });
  buffer.replace(changed.length === 1 ? changed[0]! : tf.concat(changed, 0));
  return [];
};

export const cacheCopy: Kernel<AttributesOf<'cacheCopy'>> = ({ inputs }) => {
  const buffer = bufferOf(input(inputs, 0));
  const from = hostOf(input(inputs, 1))[0]!;
  const to = hostOf(input(inputs, 2));
  const sources = Array.from({ length: buffer.shape[0]! }, (_, row) => (to.includes(row) ? from : row));
  buffer.replace(tf.gather(buffer.tensor, tf.tensor1d(sources, 'int32')));
  return [];
};

export const cachedAttention: Kernel<Attributes> = ({ inputs, attributes, run }) => {
  const { heads, kvHeads, headDim } = attributes;
  const [rows, past] = [input(inputs, 3), input(inputs, 4)];
  const [batch, length] = input(inputs, 0).tensor.shape as [number, number];
  const from = hostOf(past);
  const seen = Math.max(...from) + length;
  const index = run.share(rows, 'cache rows', () => tf.tensor1d(Array.from(hostOf(rows)), 'int32'));
  const q = stack(input(inputs, 0).tensor, heads, attributes);
  const [k, v] = [1, 2].map((i) => {
    const cache = input(inputs, i).tensor;
    const held = tf.slice(cache, [0, 0, 0], [cache.shape[0], seen, kvHeads * headDim]);
    return stack(cache.shape[0] === 1 ? held : tf.gather(held, index), kvHeads, attributes);
  }) as [tf.Tensor3D, tf.Tensor3D];
  const mask = run.share(past, `cache mask ${length}`, () => {
    const values = new Float32Array(batch * length * seen);
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < length; i++) {
        const row = b * length + i;
        values.fill(hidden, row * seen + from[b]! + i + 1, (row + 1) * seen);
      }
    return tf.tensor(values, [batch, 1, length, seen]);
  });
  const p = tf.softmax(scoresOf(q, k, mask, attributes, run));
  return [unstack(run.runtime.stackedProduct(tf.reshape(p, [k.shape[0], -1, seen]), v), batch, heads, attributes)];
};
