/** Gradients summed, measured and clipped, and AdamW. Buffers get new tensors; the old ones go at once. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import { asMatrix, bufferOf, hostOf, input, type Kernel } from '../operand.ts';

export const accumulate: Kernel<AttributesOf<'accumulate'>> = ({ inputs }) => {
  const buffer = bufferOf(input(inputs, 0));
  buffer.replace(tf.add(buffer.tensor, input(inputs, 1).tensor));
  return [];
};

export const clear: Kernel<AttributesOf<'clear'>> = ({ inputs }) => {
  const buffer = bufferOf(input(inputs, 0));
  buffer.replace(tf.zeros([...buffer.shape]));
  return [];
};

/** Row sums on the device, their sum in double precision here: one float32 sum over millions would be off in the fourth digit. */
export const sumOfSquares: Kernel<AttributesOf<'sumOfSquares'>> = ({ inputs }) => {
  let total = 0;
  for (const { tensor } of inputs) {
    const sums = tf.tidy(() => tf.sum(tf.square(asMatrix(tensor)), 1).dataSync());
    for (const sum of sums) total += sum;
  }
  return [tf.tensor1d([total])];
};

export const clipFactor: Kernel<AttributesOf<'clipFactor'>> = ({ inputs, attributes: { maxNorm } }) => {
  const norm = Math.sqrt(hostOf(input(inputs, 0))[0]!);
  return [tf.tensor1d([maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6))])];
};

export const adamw: Kernel<AttributesOf<'adamw'>> = ({ inputs, attributes }) => {
  const { beta1, beta2, epsilon, weightDecay } = attributes;
  const [w, m, v] = [0, 1, 2].map((i) => bufferOf(input(inputs, i))) as [BufferOf, BufferOf, BufferOf];
  const gradient = input(inputs, 3).tensor;
  const [factor, rate] = [hostOf(input(inputs, 4))[0]!, hostOf(input(inputs, 5))[0]!];
  const [correction1, correction2] = hostOf(input(inputs, 6)) as unknown as [number, number];
  const newM = tf.add(tf.mul(m.tensor, beta1), tf.mul(gradient, (1 - beta1) * factor));
  const newV = tf.add(tf.mul(v.tensor, beta2), tf.mul(tf.square(gradient), (1 - beta2) * factor * factor));
  // √(v / c) + ε = (√v + ε √c) / √c: one factor for the whole tensor in place of a division.
  const denominator = tf.add(tf.sqrt(newV), epsilon * Math.sqrt(correction2));
  const step = tf.mul(tf.div(newM, denominator), (rate * Math.sqrt(correction2)) / correction1);
  w.replace(tf.sub(tf.mul(w.tensor, 1 - rate * weightDecay), step));
  m.replace(newM);
  v.replace(newV);
  return [];
};

type BufferOf = ReturnType<typeof bufferOf>;
