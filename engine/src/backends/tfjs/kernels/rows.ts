/** Row by row: root-mean-square normalisation and rotary position embedding. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import { asMatrix, hostOf, input, type Kernel } from '../operand.ts';

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

/** Angles are made in double precision, once for all layers. */
export const rope: Kernel<AttributesOf<'rope'>> = ({ inputs, attributes, shapes, run }) => {
  const { headDim, frequencies, inverse } = attributes;
  const x = input(inputs, 0).tensor;
  const positions = input(inputs, 1);
  const half = headDim / 2;
  const table = (what: string, first: (a: number) => number, second: (a: number) => number) =>
    run.share(positions, `rope ${what} ${headDim} ${frequencies.join(' ')}`, () => {
      const at = hostOf(positions);
      const values = new Float32Array(at.length * headDim);
      for (let t = 0; t < at.length; t++)
        for (let i = 0; i < half; i++) {
          const angle = at[t]! * frequencies[i]!;
          values[t * headDim + i] = first(angle);
          values[t * headDim + half + i] = second(angle);
        }
      return tf.tensor(values, [at.length, 1, headDim]);
    });
  const cosines = table('cos', Math.cos, Math.cos);
  const sines = inverse ? table('-sin', Math.sin, (a) => -Math.sin(a)) : table('sin', (a) => -Math.sin(a), Math.sin);
  const [tokens, heads] = [cosines.shape[0], shapes[0]!.at(-1)! / headDim];
  const swapped = tf.reshape(tf.reverse(tf.reshape(x, [tokens * heads, 2, half]), 1), [tokens, heads, headDim]);
  return [tf.add(tf.mul(tf.reshape(x, [tokens, heads, headDim]), cosines), tf.mul(swapped, sines))];
};
