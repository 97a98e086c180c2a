/** Rows of a large table on the WebAssembly runtime, whose own gather takes as long as reading the whole table. */
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.ts';

/** table [V, D], ids N → [N, D]. Every id is in [0, V). */
export function rowsOf(backend: WasmBackend, table: tf.Tensor, ids: ArrayLike<number>): tf.Tensor2D {
  const [rows, width] = table.shape as [number, number];
  const out = backend.makeOutput([ids.length, width], 'float32');
  const target = backend.typedArrayFromHeap(out) as Float32Array;
  const source = backend.typedArrayFromHeap(table) as Float32Array;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (!(id >= 0 && id < rows)) throw new RangeError(`id ${id} is outside the table of ${rows} rows`);
    target.set(source.subarray(id * width, (id + 1) * width), i * width);
  }
  return tf.engine().makeTensorFromTensorInfo(out) as tf.Tensor2D;
}
