/** Long sums in float32: over millions of numbers one after the other, as a CPU does it, the fourth digit would be off. */
import * as tf from '@tensorflow/tfjs-core';
import { asMatrix } from './operand.ts';

/** How many numbers are added one after the other at most. */
const stretch = 512;

/** The sum of all elements, as a tensor [1]. */
export function total(x: tf.Tensor): tf.Tensor1D {
  // Rows first: they are sums of many short stretches where a tensor is large.
  let sums: tf.Tensor1D = x.rank > 1 ? tf.sum(asMatrix(x), 1) : (x as tf.Tensor1D);
  while (sums.size > stretch) {
    const missing = (stretch - (sums.size % stretch)) % stretch;
    const whole = missing === 0 ? sums : tf.pad(sums, [[0, missing]]);
    sums = tf.sum(tf.reshape(whole, [-1, stretch]), 1);
  }
  return tf.reshape(tf.sum(sums), [1]);
}
