/**
 * Products of stacks of matrices on the WebAssembly runtime. Its own kernel for them is naive (1 GFLOP/s on the machine where
 * a single product reached 30), so each matrix is handed to the fast kernel for one, in place, without a copy.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.ts';

type Product = (...values: unknown[]) => void;

const products = new WeakMap<object, Product>();

function productOf({ wasm }: WasmBackend): Product {
  const known = products.get(wasm);
  if (known !== undefined) return known;
  // a, its shape as bytes, its rank; b, its shape, its rank; is a transposed, is b; the result
  const types = ['number', 'array', 'number', 'number', 'array', 'number', 'number', 'number', 'number'] as const;
  const made = wasm.cwrap('BatchMatMul', null, types);
  products.set(wasm, made);
  return made;
}

/** Numbers that the runtime knows tensors by: the backend counts its own up from 1, these count down from the largest. */
let nextId = 2 ** 31 - 1;

/** a [N, M, K] · b [N, K, L] → [N, M, L]. */
export function stackedProduct(backend: WasmBackend, a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D {
  const [count, rows, inner] = a.shape;
  const columns = b.shape[2];
  if (count === 1) return tf.matMul(a, b);
  const out = backend.makeOutput([count, rows, columns], 'float32');
  const product = productOf(backend);
  const { tfjs } = backend.wasm;
  const shape = (...dims: number[]) => new Uint8Array(new Int32Array(dims).buffer);
  const aShape = shape(1, rows, inner);
  const bShape = shape(1, inner, columns);
  const parts = [
    { at: backend.getMemoryOffset(a.dataId), size: rows * inner },
    { at: backend.getMemoryOffset(b.dataId), size: inner * columns },
    { at: backend.getMemoryOffset(out.dataId), size: rows * columns },
  ] as const;
  for (let i = 0; i < count; i++) {
    const [x, y, z] = parts.map(({ at, size }) => {
      const id = nextId--;
      tfjs.registerTensor(id, size, at + 4 * i * size);
      return id;
    }) as [number, number, number];
    product(x, aShape, 3, y, bShape, 3, 0, 0, z);
    // Forgets the tensor and what was prepared of it; the memory stays the whole stack's.
    for (const id of [x, y, z]) tfjs.disposeData(id);
  }
  return tf.engine().makeTensorFromTensorInfo(out) as tf.Tensor3D;
}
