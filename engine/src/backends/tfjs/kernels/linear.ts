/** Matrix products and rows of tables. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';
import { asMatrix, hostOf, input } from '../operand.ts';
import { checkIds } from '../runtime.ts';

export const matmul: Kernel<AttributesOf<'matmul'>> = ({ inputs, attributes, run }) => [
  run.runtime.product(input(inputs, 0), input(inputs, 1), attributes),
];

export const embedding: Kernel<AttributesOf<'embedding'>> = ({ inputs, run }) => {
  const ids = hostOf(input(inputs, 1)) as Int32Array;
  return [run.runtime.rows(input(inputs, 0).tensor, ids)];
};

export const embeddingGrad: Kernel<AttributesOf<'embeddingGrad'>> = ({ inputs, attributes: { rows } }) => {
  checkIds(hostOf(input(inputs, 0)), rows);
  const ids = tf.reshape(input(inputs, 0).tensor, [-1, 1]);
  const dy = asMatrix(input(inputs, 1).tensor);
  return [tf.scatterND(ids, dy, [rows, dy.shape[1]])];
};
