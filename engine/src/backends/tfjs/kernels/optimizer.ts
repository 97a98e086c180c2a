/** Gradients summed, measured and clipped, and AdamW. Buffers get new tensors; the old ones go at once. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';
import { bufferOf, hostOf, input } from '../operand.ts';
import { total } from '../sums.ts';

export const accumulate: Kernel<AttributesOf<'accumulate'>> = ({ inputs }) => {
  const buffer = bufferOf(input(inputs, 0));
  buffer.replace(tf.add(buffer.tensor, input(inputs, 1).tensor));
  return [];
};

export const clear: Kernel<AttributesOf<'clear'>> = ({ inputs }) => {
  const buffer = bufferOf(input(inputs, 0));
  buffer.replace(tf.zerosLike(buffer.tensor));
  return [];
};

export const sumOfSquares: Kernel<AttributesOf<'sumOfSquares'>> = ({ inputs }) => {
  // One tensor's squares at a time.
  const sums = inputs.map(({ tensor }) => tf.tidy(() => total(tf.square(tensor))));
  return [total(tf.concat(sums, 0))];
};

export const clipFactor: Kernel<AttributesOf<'clipFactor'>> = ({ inputs, attributes: { maxNorm } }) => {
  const norm = tf.sqrt(input(inputs, 0).tensor);
  return [maxNorm === 0 ? tf.onesLike(norm) : tf.minimum(1, tf.div(maxNorm, tf.add(norm, 1e-6)))];
};

export const adamw: Kernel<AttributesOf<'adamw'>> = ({ inputs, attributes }) => {
  const { beta1, beta2, epsilon, weightDecay } = attributes;
  const [w, m, v] = [0, 1, 2].map((i) => bufferOf(input(inputs, i))) as [BufferOf, BufferOf, BufferOf];
  const [gradient, factor] = [input(inputs, 3).tensor, input(inputs, 4).tensor];
  const rate = hostOf(input(inputs, 5))[0]!;
  const [correction1, correction2] = hostOf(input(inputs, 6)) as unknown as [number, number];
  const newM = tf.add(tf.mul(m.tensor, beta1), tf.mul(gradient, tf.mul(factor, 1 - beta1)));
  const newV = tf.add(tf.mul(v.tensor, beta2), tf.mul(tf.square(gradient), tf.mul(tf.square(factor), 1 - beta2)));
  // √(v / c) + ε = (√v + ε √c) / √c: one factor for the whole tensor in place of a division.
  const denominator = tf.add(tf.sqrt(newV), epsilon * Math.sqrt(correction2));
  const step = tf.mul(tf.div(newM, denominator), (rate * Math.sqrt(correction2)) / correction1);
  w.replace(tf.sub(tf.mul(w.tensor, 1 - rate * weightDecay), step));
  m.replace(newM);
  v.replace(newV);
  return [];
};

type BufferOf = ReturnType<typeof bufferOf>;
