/** What a kernel is, and the run that kernels of one graph share. */
import * as tf from '@tensorflow/tfjs-core';
import type { Operand } from './operand.ts';
import type { Runtime } from './runtime.ts';

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
