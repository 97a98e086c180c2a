/** What kernels work on: tensors of one run, with what is known about them beside their numbers. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostArray } from '../backend.ts';

export interface Operand {
  readonly tensor: tf.Tensor;
  /** Set where it is a feed: its numbers, without asking the device. */
  readonly host?: HostArray;
  /** Set where it is persistent. */
  readonly buffer?: PersistentTensor;
}

/** A tensor that outlives runs (buffer.ts has it). */
export interface PersistentTensor {
  readonly shape: readonly number[];
  readonly tensor: tf.Tensor;
  /** Takes a tensor of the same size over as the new contents. */
  replace(tensor: tf.Tensor): void;
  /** Its transpose as a matrix, kept until the contents change. */
  transposed(): tf.Tensor2D;
}

export function input(inputs: readonly Operand[], i: number): Operand {
  const operand = inputs[i];
  if (operand === undefined) throw new Error(`input ${i} is missing`);
  return operand;
}

/** Numbers of a feed. What has been computed stays on the device: not every device can be asked in the middle of a run. */
export function hostOf(operand: Operand): HostArray {
  if (operand.host === undefined) throw new Error('the operand is not a feed');
  return operand.host;
}

export function bufferOf(operand: Operand): PersistentTensor {
  if (operand.buffer === undefined) throw new Error('the operand is not a buffer');
  return operand.buffer;
}

/** An operand as a matrix: its last dimension in columns, all others in rows. */
export const asMatrix = (tensor: tf.Tensor): tf.Tensor2D => tf.reshape(tensor, [-1, tensor.shape.at(-1) ?? 1]);

/** The transpose of a matrix, made; a buffer keeps it until it changes. */
export function transposed(operand: Operand): tf.Tensor2D {
  return operand.buffer?.transposed() ?? tf.transpose(asMatrix(operand.tensor));
}
