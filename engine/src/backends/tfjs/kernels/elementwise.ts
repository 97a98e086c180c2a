/** Element by element: sums, factors, the gated unit, dropout. */
import * as tf from '@tensorflow/tfjs-core';
import { dropoutKey, keeps } from '../../../graph/index.ts';
import type { AttributesOf } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';
import { hostOf, input } from '../operand.ts';

export const add: Kernel<AttributesOf<'add'>> = ({ inputs }) => [
  tf.add(input(inputs, 0).tensor, input(inputs, 1).tensor),
];

export const scale: Kernel<AttributesOf<'scale'>> = ({ inputs, attributes: { factor } }) => [
  tf.mul(input(inputs, 0).tensor, factor),
];

export const scaleBy: Kernel<AttributesOf<'scaleBy'>> = ({ inputs }) => [
  tf.mul(input(inputs, 0).tensor, input(inputs, 1).tensor),
];

/** There is only float32 here. */
export const cast: Kernel<AttributesOf<'cast'>> = ({ inputs }) => [input(inputs, 0).tensor];

export const swiglu: Kernel<AttributesOf<'swiglu'>> = ({ inputs }) => {
  const gate = input(inputs, 0).tensor;
  return [tf.mul(tf.mul(gate, tf.sigmoid(gate)), input(inputs, 1).tensor)];
};

export const swigluGrad: Kernel<AttributesOf<'swigluGrad'>> = ({ inputs }) => {
  const [gate, up, dy] = [input(inputs, 0).tensor, input(inputs, 1).tensor, input(inputs, 2).tensor];
  const sigmoid = tf.sigmoid(gate);
  const silu = tf.mul(gate, sigmoid);
  // σ · (1 + gate · (1 - σ)) = σ + silu - silu · σ
  const slope = tf.sub(tf.add(sigmoid, silu), tf.mul(silu, sigmoid));
  return [tf.mul(tf.mul(dy, up), slope), tf.mul(dy, silu)];
};

export const dropout: Kernel<AttributesOf<'dropout'>> = ({ inputs, attributes: { rate, salt } }) => {
  const x = input(inputs, 0).tensor;
  const key = dropoutKey(hostOf(input(inputs, 1))[0]!, salt);
  const mask = new Float32Array(x.size);
  const kept = 1 / (1 - rate);
  for (let i = 0; i < mask.length; i++) if (keeps(key, i, rate)) mask[i] = kept;
  return [tf.mul(x, tf.tensor(mask, x.shape))];
};
