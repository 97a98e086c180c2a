/** What kernels work on: tensors of one run, with what is known about them beside their numbers. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostArray } from '../backend.ts';
import type { TfjsBuffer } from './buffer.ts';
import type { Runtime } from './runtime.ts';

export interface Operand {
  readonly tensor: tf.Tensor;
  /** Set where it is a feed: its numbers, without asking the device. */
  readonly host?: HostArray;
  /** Set where it is persistent. */
  readonly buffer?: TfjsBuffer;
}

/** One run of a graph: what its kernels share. */
export class Run {
  readonly runtime: Runtime;
  readonly #shared = new Map<string, tf.Tensor>();
  readonly #ids = new Map<object, number>();

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** A tensor that several nodes need (a mask, a table of angles): made once, kept to the end of the run. */
  share(of: Operand, what: string, make: () => tf.Tensor): tf.Tensor {
    const key = `${this.numberOf(of.host ?? of.tensor)} ${what}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const made = tf.keep(tf.tidy(make));
    this.#shared.set(key, made);
    return made;
  }

  dispose(): void {
    for (const tensor of this.#shared.values()) tensor.dispose();
    this.#shared.clear();
  }

  /** A number for an object (or a list of numbers), the same for the same one: a key. */
  numberOf(of: object): number {
    const known = this.#ids.get(of) ?? this.#ids.size;
    this.#ids.set(of, known);
    return known;
  }
}

export interface KernelContext<A> {
  readonly inputs: readonly Operand[];
  readonly attributes: A;
  /** Of the outputs. */
  readonly shapes: readonly (readonly number[])[];
  /** By output: does anything read it? */
  readonly used: readonly boolean[];
  readonly run: Run;
}

/**
 * Computes an operation; runs inside tf.tidy. Outputs may have any shape of the right size. One that is not used may be
 * undefined. A kernel of an operation that changes a buffer replaces the buffer's tensor.
 */
export type Kernel<A> = (context: KernelContext<A>) => readonly (tf.Tensor | undefined)[];

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

export function bufferOf(operand: Operand): TfjsBuffer {
  if (operand.buffer === undefined) throw new Error('the operand is not a buffer');
  return operand.buffer;
}

/** An operand as a matrix: its last dimension in columns, all others in rows. */
export const asMatrix = (tensor: tf.Tensor): tf.Tensor2D => tf.reshape(tensor, [-1, tensor.shape.at(-1) ?? 1]);

/** The transpose of a matrix, made; a buffer keeps it until it changes. */
export function transposed(operand: Operand): tf.Tensor2D {
  return operand.buffer?.transposed() ?? tf.transpose(asMatrix(operand.tensor));
}
