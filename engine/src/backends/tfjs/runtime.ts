/**
 * What the kernels need of a device that TensorFlow.js computes on, beside TensorFlow.js's own operations: the few things that
 * devices do well in different ways. There are three: WebAssembly, WebGPU and the user's tfjs-node-gpu.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Result } from '../../base/problem.ts';
import type { DType } from '../../graph/index.ts';
import type { HostArray } from '../backend.ts';
import type { DeviceName } from './deviceNames.ts';
import { asMatrix, type Operand } from './operand.ts';

/** Which sides of a product are taken transposed. */
export interface Form {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

export interface Runtime {
  readonly name: DeviceName;
  /** For people: `CPU, WebAssembly with SIMD, 1 thread`. */
  readonly device: string;
  /** What TensorFlow.js knows it by. Several may be open in a process, and one is its current one. */
  readonly tfName: string;
  /** True where it computes on the CPU though it passes for a GPU, as SwiftShader does. */
  readonly software?: boolean;
  /** Bytes that a tensor may have at most; absent: as many as there are. */
  readonly largestTensor?: number;
  /** Logits that are in memory at once: large products suit GPUs, small ones a CPU's caches. */
  readonly logitsAtOnce: number;
  /** True where a quotient may be some last bits off, as in WebGPU's shaders: what softmax makes of a row then sums only nearly to 1. */
  readonly inexactDivision?: boolean;
  /** A product of matrices; operands of more dimensions have all but the last in rows. */
  product(a: Operand, b: Operand, form: Form): tf.Tensor2D;
  /** Products of stacks: a [N, M, K] · b [N, K, L] → [N, M, L], where nothing is transposed. */
  stackedProduct(a: tf.Tensor3D, b: tf.Tensor3D, form?: Form): tf.Tensor3D;
  /** table [V, D], ids N → [N, D]. Every id is in [0, V): another is a bug and throws. */
  rows(table: tf.Tensor, ids: Int32Array): tf.Tensor2D;
  /** A tensor with a copy of the data. */
  tensor(data: HostArray, shape: readonly number[], dtype: DType): tf.Tensor;
  /** Throws what has failed on the device and shows only afterwards. */
  check(): void;
}

/** Opens once in a process, and gives the same to whoever asks again; what could not be opened is tried again. */
export function onceOpen(open: () => Promise<Result<Runtime>>): () => Promise<Result<Runtime>> {
  let opening: Promise<Result<Runtime>> | undefined;
  return async () => {
    const opened = await (opening ??= open());
    if (!opened.ok) opening = undefined;
    return opened;
  };
}

/** Makes it the current one; where it is already, this costs nothing. Takes effect at once, since it has been started. */
export function activate({ tfName }: Runtime): void {
  if (tf.getBackend() !== tfName) void tf.setBackend(tfName);
}

export const tfType = (dtype: DType): 'int32' | 'float32' => (dtype === 'int32' ? 'int32' : 'float32');

/** How devices do these things that have fast operations of their own for all of them: GPUs. */
export const gpuOperations = {
  logitsAtOnce: 1 << 25,
  product: (a: Operand, b: Operand, { transposeA, transposeB }: Form): tf.Tensor2D =>
    tf.matMul(asMatrix(a.tensor), asMatrix(b.tensor), transposeA, transposeB),
  stackedProduct: (a: tf.Tensor3D, b: tf.Tensor3D, { transposeA, transposeB }: Form = {}): tf.Tensor3D =>
    tf.matMul(a, b, transposeA, transposeB),
  rows(table: tf.Tensor, ids: Int32Array): tf.Tensor2D {
    checkIds(ids, table.shape[0]);
    return tf.gather(table as tf.Tensor2D, tf.tensor1d(ids, 'int32'));
  },
  // They upload when the tensor is first used, from the very array they were given.
  tensor: (data: HostArray, shape: readonly number[], dtype: DType): tf.Tensor =>
    tf.tensor(data.slice(), [...shape], tfType(dtype)),
};

/** GPUs take any id, and answer with whatever lies there. */
export function checkIds(ids: ArrayLike<number>, rows: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(id >= 0 && id < rows)) throw new RangeError(`id ${id} is outside the table of ${rows} rows`);
  }
}
