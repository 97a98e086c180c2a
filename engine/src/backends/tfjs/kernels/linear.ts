/** Matrix products and rows of tables. The runtime's products with a transposed side are slow: sides are transposed first. */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import { asMatrix, hostOf, input, type Kernel, transposed } from '../operand.ts';
import { rowsOf } from '../wasmRows.ts';

export const matmul: Kernel<AttributesOf<'matmul'>> = ({ inputs, attributes: { transposeA, transposeB } }) => {
  const [a, b] = [input(inputs, 0), input(inputs, 1)];
  const left = transposeA ? transposed(a) : asMatrix(a.tensor);
  const right = transposeB ? transposed(b) : asMatrix(b.tensor);
  return [tf.matMul(left, right)];
};

export const embedding: Kernel<AttributesOf<'embedding'>> = ({ inputs, run }) => {
  const ids = hostOf(input(inputs, 1)) as Int32Array;
  return [rowsOf(run.wasm, input(inputs, 0).tensor, ids)];
};

export const embeddingGrad: Kernel<AttributesOf<'embeddingGrad'>> = ({ inputs, attributes: { rows } }) => {
  const ids = tf.reshape(input(inputs, 0).tensor, [-1, 1]);
  const dy = asMatrix(input(inputs, 1).tensor);
  return [tf.scatterND(ids, dy, [rows, dy.shape[1]])];
};
