/** TensorFlow.js's WebAssembly backend, as it is and not as it is declared. */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** The parts of the runtime that it does not declare, or not so. */
export interface WasmBackend extends Omit<BackendWasm, 'wasm'> {
  readonly wasm: {
    _malloc(bytes: number): number;
    cwrap(name: string, result: null, parameters: readonly ('number' | 'array')[]): (...values: unknown[]) => void;
    readonly tfjs: BackendWasm['wasm']['tfjs'];
  };
}
