/** The entry of the TensorFlow.js backend: knows its name; loads TensorFlow.js only when it is opened. */
import { ok } from '../../base/problem.ts';
import type { BackendProvider } from '../backend.ts';

export const tfjsBackend: BackendProvider = {
  name: 'tfjs',
  async open(options) {
    const { openDevice } = await import('./devices.ts');
    const runtime = await openDevice(options);
    if (!runtime.ok) return runtime;
    const { TfjsBackend } = await import('./tfjsBackend.ts');
    return ok(new TfjsBackend(runtime.value));
  },
  memory: async () => (await import('./foresee.ts')).wasmMemory,
};
