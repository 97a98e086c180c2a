/**
 * Loads TensorFlow.js's WebAssembly runtime, and mends what it does to the process: it prints to the console, and it leaves
 * handlers for uncaught exceptions behind.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { bad, ok, ProblemError, type Result } from '../../../base/problem.ts';
import { tfjsWasmFolder } from '../../assets.ts';
import { asMatrix, type Operand, transposed } from '../operand.ts';
import { type Form, onceOpen, type Runtime, tfType } from '../runtime.ts';
import { stackedProduct } from './products.ts';
import { rowsOf } from './rows.ts';
import type { WasmBackend } from './wasmBackend.ts';

const outOfMemory = {
  what: 'the WebAssembly runtime has no memory left (it can use 4 GB)',
  remedy: 'Take a smaller batch, a shorter sequence or a smaller model, or another backend.',
};

export const openWasm = onceOpen(load);

async function load(): Promise<Result<Runtime>> {
  const folder = tfjsWasmFolder();
  if (!folder.ok) return folder;
  setWasmPaths(`${folder.value}${path.sep}`);
  const started = await keepingHandlers(() => tf.setBackend('wasm').catch((error: unknown) => error));
  if (started !== true)
    return bad('the WebAssembly runtime does not start', {
      file: folder.value,
      ...(started instanceof Error ? { name: started.message } : {}),
    });
  await tf.ready();
  const wasm = tf.backend() as unknown as WasmBackend;
  guardMemory(wasm);
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const cores = availableParallelism();
  return ok({
    name: 'wasm',
    device: `CPU, WebAssembly ${simd === true ? 'with' : 'without'} SIMD, 1 thread of ${cores}`,
    tfName: 'wasm',
    logitsAtOnce: 1 << 23,
    product,
    stackedProduct: (a: tf.Tensor3D, b: tf.Tensor3D, { transposeA, transposeB }: Form = {}) =>
      stackedProduct(wasm, transposeA === true ? flip(a) : a, transposeB === true ? flip(b) : b),
    rows: (table: tf.Tensor, ids: Int32Array) => rowsOf(wasm, table, ids),
    // It copies them into its own memory at once.
    tensor: (data, shape, dtype) => tf.tensor(data, [...shape], tfType(dtype)),
    check: () => undefined,
  });
}

/** The runtime's own products with a transposed side are slow: sides are transposed first. */
function product(a: Operand, b: Operand, { transposeA, transposeB }: Form): tf.Tensor2D {
  const left = transposeA === true ? transposed(a) : asMatrix(a.tensor);
  const right = transposeB === true ? transposed(b) : asMatrix(b.tensor);
  return tf.matMul(left, right);
}

/** Swaps the last two dimensions. */
const flip = (x: tf.Tensor3D): tf.Tensor3D => tf.transpose(x, [0, 2, 1]);

/** Runs something and removes the handlers of uncaught errors that it has added to the process. */
async function keepingHandlers<T>(work: () => Promise<T>): Promise<T> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set<unknown>(process.listeners(event as 'uncaughtException')));
  try {
    return await work();
  } finally {
    for (const [i, event] of events.entries())
      for (const listener of process.listeners(event as 'uncaughtException'))
        if (!before[i]!.has(listener)) process.removeListener(event, listener);
  }
}

/** The runtime would write to address 0 where memory runs out. */
function guardMemory(backend: WasmBackend): void {
  const { wasm } = backend;
  const malloc = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes: number) => {
    const address = malloc(bytes);
    if (address === 0 && bytes > 0) throw new ProblemError(outOfMemory);
    return address;
  };
}
