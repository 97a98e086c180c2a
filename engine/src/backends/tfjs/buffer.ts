/** A persistent tensor. A change replaces the tensor, since TensorFlow.js keeps what it has prepared of one by its identity. */
import * as tf from '@tensorflow/tfjs-core';
import { elementCount, type DType } from '../../graph/index.ts';
import type { Buffer, HostArray } from '../backend.ts';
import type { PersistentTensor } from './operand.ts';
import { activate, type Runtime } from './runtime.ts';

export class TfjsBuffer implements Buffer, PersistentTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  #tensor: tf.Tensor | undefined;
  #transposed: tf.Tensor2D | undefined;
  readonly #runtime: Runtime;
  readonly #all: Set<TfjsBuffer>;

  /** Takes the tensor over. `all` holds the backend's buffers; this one joins it until it is disposed of. */
  constructor(tensor: tf.Tensor, runtime: Runtime, all: Set<TfjsBuffer>) {
    this.shape = tensor.shape;
    this.dtype = tensor.dtype === 'int32' ? 'int32' : 'float32';
    this.#tensor = tf.keep(tensor);
    this.#runtime = runtime;
    this.#all = all;
    all.add(this);
  }

  get tensor(): tf.Tensor {
    if (this.#tensor === undefined) throw new Error('the buffer has been disposed of');
    return this.#tensor;
  }

  replace(tensor: tf.Tensor): void {
    const shaped = tf.reshape(tensor, [...this.shape]);
    const old = this.tensor;
    this.#tensor = tf.keep(shaped);
    if (shaped !== tensor) tensor.dispose();
    old.dispose();
    this.#forget();
  }

  transposed(): tf.Tensor2D {
    this.#transposed ??= tf.keep(tf.tidy(() => tf.transpose(this.tensor as tf.Tensor2D)));
    return this.#transposed;
  }

  async read(): Promise<HostArray> {
    const data = (await this.tensor.data()) as HostArray;
    this.#runtime.check();
    // Some runtimes keep what they have read, and answer with it again.
    return data.slice();
  }

  write(data: HostArray): Promise<void> {
    if (data.length !== elementCount(this.shape))
      throw new Error(`${data.length} elements for [${this.shape.join(', ')}]`);
    activate(this.#runtime);
    this.replace(this.#runtime.tensor(data, this.shape, this.dtype));
    return Promise.resolve();
  }

  copy(): Promise<Buffer> {
    // Contents are never changed in place, so two buffers may share them.
    activate(this.#runtime);
    return Promise.resolve(new TfjsBuffer(tf.clone(this.tensor), this.#runtime, this.#all));
  }

  dispose(): void {
    if (this.#tensor === undefined) return;
    this.#forget();
    this.#tensor.dispose();
    this.#tensor = undefined;
    this.#all.delete(this);
  }

  #forget(): void {
    this.#transposed?.dispose();
    this.#transposed = undefined;
  }
}
