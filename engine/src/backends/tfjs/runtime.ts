/**
 * Loads TensorFlow.js with its WebAssembly runtime, and mends what it does to the process: it prints to the console, and it
 * leaves handlers for uncaught exceptions behind.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type BackendWasm, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { bad, ok, ProblemError, type Result } from '../../base/problem.ts';
import { tfjsWasmFolder } from '../assets.ts';
import type { BackendOptions } from '../backend.ts';

export interface Runtime {
  readonly wasm: WasmBackend;
  /** For people: `CPU, WebAssembly with SIMD, 1 thread`. */
  readonly device: string;
}

/** The parts of the runtime that it does not declare, or not so. */
export interface WasmBackend extends Omit<BackendWasm, 'wasm'> {
  readonly wasm: {
    _malloc(bytes: number): number;
    cwrap(name: string, result: null, parameters: readonly ('number' | 'array')[]): (...values: unknown[]) => void;
    readonly tfjs: BackendWasm['wasm']['tfjs'];
  };
}

const outOfMemory = {
  what: 'the WebAssembly runtime has no memory left (it can use 4 GB)',
  remedy: 'Take a smaller batch, a shorter sequence or a smaller model, or another backend.',
};

let loading: Promise<Result<Runtime>> | undefined;

/** Loads it once in a process; later calls get the same. */
export function loadRuntime(options: BackendOptions): Promise<Result<Runtime>> {
  if (options.device !== undefined && options.device.toLowerCase() !== 'cpu')
    return Promise.resolve(
      bad(`the backend tfjs has no device '${options.device}', only cpu`, { name: 'device' }, 'Leave the device out.'),
    );
  return (loading ??= load());
}

async function load(): Promise<Result<Runtime>> {
  const folder = tfjsWasmFolder();
  if (!folder.ok) return folder;
  tf.env().set('PROD', true); // No shape checks in each operation, no hints on the console.
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
  const device = `CPU, WebAssembly ${simd === true ? 'with' : 'without'} SIMD, 1 thread of ${cores}`;
  return ok({ wasm, device });
}

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
