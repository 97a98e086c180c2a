/** The backends' public face. */
import type { Result } from '../base/problem.ts';
import type { BackendMemory, BackendOptions, Look } from './backend.ts';
import { candidatesFor, chooseBackend } from './choose.ts';
import type { BackendEntry, ChosenBackend } from './choose.ts';
import { describeEach } from './describe.ts';
import type { BackendDescription } from './describe.ts';
import { interpreterMemory } from './memory.ts';

export type { Backend, BackendMemory, BackendOptions, Look, Precision } from './backend.ts';
export type { ChosenBackend } from './choose.ts';
export type { BackendDescription } from './describe.ts';
export { describeGpus } from './ggml/gpus.ts';
export type { GpuDescription } from './ggml/gpus.ts';
export { installGgml, planInstall } from './ggml/install.ts';
export { variants as ggmlVariants } from './ggml/places.ts';

const ggml = { name: 'ggml', load: async () => (await import('./ggml/provider.ts')).ggmlBackend };

/** From the fastest to the slowest. ggml is faster than native on a GPU, slower on a CPU. */
export const backends: readonly BackendEntry[] = [
  {
    ...ggml,
    ahead: { device: 'gpu', maybeThere: async () => (await import('./ggml/provider.ts')).hasGpuLibraries() },
  },
  { name: 'native', load: async () => (await import('./native/provider.ts')).nativeBackend },
  ggml,
  { name: 'tfjs', load: async () => (await import('./tfjs/provider.ts')).tfjsBackend },
  {
    name: 'reference',
    load: async () => (await import('./reference/referenceBackend.ts')).referenceBackend,
  },
];

/** `name` is a backend's or `auto`. A Problem says why it cannot be had; the caller disposes of it. */
export const openBackend = (name: string, options: BackendOptions = {}): Promise<Result<ChosenBackend>> =>
  chooseBackend(backends, name, options);

/**
 * What the work of a backend will take of memory: of the one that is named, or of the fastest that seems to be here. Nothing is
 * opened, so `auto` may yet take another one, whose self-check passes. Undefined where there is none.
 */
export async function foreseeBackend(
  name: string,
  options: BackendOptions = {},
  look: Look = { free: false },
): Promise<{ readonly name: string; readonly memory: BackendMemory } | undefined> {
  for (const { entry, options: given } of await candidatesFor(backends, name, options)) {
    const provider = await entry.load();
    const memory = provider.memory === undefined ? interpreterMemory : await provider.memory(given, look);
    if (memory !== undefined) return { name: entry.name, memory };
  }
  return undefined;
}

/** Which backends can be had here, from the fastest to the slowest, and why the others cannot. */
export const describeBackends = (options: BackendOptions = {}): Promise<BackendDescription[]> =>
  describeEach(backends, options);
