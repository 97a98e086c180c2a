/** Row by row: root-mean-square normalisation and rotary position embedding. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';
import { asMatrix, hostOf, input, type Operand } from '../operand.ts';

/** 1 / √(mean of squares + epsilon) by row: [T, 1]. */
function inverseRms(x: tf.Tensor2D, epsilon: number): tf.Tensor {
  return tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), epsilon));
}

export const rmsNorm: Kernel<AttributesOf<'rmsNorm'>> = ({ inputs, attributes: { epsilon } }) => {
  const x = asMatrix(input(inputs, 0).tensor);
  return [tf.mul(tf.mul(x, inverseRms(x, epsilon)), input(inputs, 1).tensor)];
};

export const rmsNormGrad: Kernel<AttributesOf<'rmsNormGrad'>> = ({ inputs, attributes: { epsilon }, used }) => {
  const x = asMatrix(input(inputs, 0).tensor);
  const weight = input(inputs, 1).tensor;
  const dy = asMatrix(input(inputs, 2).tensor);
  const r = inverseRms(x, epsilon);
  const normal = tf.mul(x, r);
  const dweight = used[1] === true ? sumOfRows(tf.mul(dy, normal)) : undefined;
  if (used[0] !== true) return [undefined, dweight];
  // dx = r · (g - n · mean(g · n)) with n = x · r, which is the definition's r · g - x · r³ · Σ g · x / D.
  const g = tf.mul(dy, weight);
  const dot = tf.mean(tf.mul(g, normal), 1, true);
  return [tf.mul(r, tf.sub(g, tf.mul(normal, dot))), dweight];
};

/** Sum over rows, as a product with ones: the runtime's own sum over the first dimension transposes, sixty times slower. */
function sumOfRows(x: tf.Tensor): tf.Tensor {
  return tf.matMul(tf.ones([1, x.shape[0]]), x);
}

/**
 * y = x · cos + (x · P) · sin, where P swaps the halves of a head and negates the first: a product with a small matrix is many
 * times faster here than moving the halves. Angles are made in double precision, once for all layers.
 */
export const rope: Kernel<AttributesOf<'rope'>> = ({ inputs, attributes, shapes, run }) => {
  const { headDim, frequencies, inverse } = attributes;
  const positions = input(inputs, 1);
  const table = (name: string, of: (angle: number) => number) =>
    run.share(positions, `rope ${name} ${run.numberOf(frequencies)}`, () => angles(positions, frequencies, of));
  const cosines = table('cos', Math.cos);
  const sines = inverse ? table('-sin', (angle) => -Math.sin(angle)) : table('sin', Math.sin);
  const swap = run.share(positions, `rope swap ${headDim}`, () => halfSwap(headDim));
  const [tokens, heads] = [cosines.shape[0], shapes[0]!.at(-1)! / headDim];
  const x = tf.reshape(input(inputs, 0).tensor, [tokens * heads, headDim]);
  const swapped = tf.matMul(x, swap);
  const byHead = (values: tf.Tensor) => tf.reshape(values, [tokens, heads, headDim]);
  return [tf.add(tf.mul(byHead(x), cosines), tf.mul(byHead(swapped), sines))];
};

/** A function of each token's angles, for both halves of a head: [tokens, 1, headDim]. */
function angles(positions: Operand, frequencies: readonly number[], of: (angle: number) => number): tf.Tensor {
  const half = frequencies.length;
  const at = hostOf(positions);
  const values = new Float32Array(at.length * 2 * half);
  for (let t = 0; t < at.length; t++)
    for (let i = 0; i < half; i++) {
      const value = of(at[t]! * frequencies[i]!);
      values[2 * t * half + i] = value;
      values[(2 * t + 1) * half + i] = value;
    }
  return tf.tensor(values, [at.length, 1, 2 * half]);
}

/** (first, second) · P = (-second, first). */
function halfSwap(headDim: number): tf.Tensor2D {
  const half = headDim / 2;
  const values = new Float32Array(headDim * headDim);
  for (let i = 0; i < half; i++) {
    values[(half + i) * headDim + i] = -1;
    values[i * headDim + half + i] = 1;
  }
  return tf.tensor2d(values, [headDim, headDim]);
}
