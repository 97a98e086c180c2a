/** The entry of the backend `native`: finds the addon, the kernels for this processor and the threads that are worth having. */
import { bad, ok } from '../../base/problem.ts';
import type { Result } from '../../base/problem.ts';
import type { BackendProvider } from '../backend.ts';
import { selfCheck } from '../selfCheck.ts';
import { addonIsHere, loadAddon } from './addon.ts';
import { nativeMemory } from './foresee.ts';
import { NativeBackend } from './nativeBackend.ts';

export interface OpenOptions {
  /** As many as there are cores where absent. More than there are cost time: `exactly` keeps them nevertheless, for tests. */
  readonly threads?: number;
  readonly exactly?: boolean;
  /** Kernels by instruction set (`amx`, `avx512bf16`, `avx512`, `avx2`, `baseline`, `neon`), for tests; the fastest where absent. */
  readonly isa?: string;
  readonly profile?: boolean;
}

/** Opens the backend as told. A Problem: not built, not loadable, an instruction set that the processor lacks. */
export function openNative({ threads, exactly, isa, profile }: OpenOptions): Result<NativeBackend> {
  const addon = loadAddon();
  if (!addon.ok) return addon;
  const { cores, kernels } = addon.value.processor();
  const chosen = isa === undefined ? kernels[0] : kernels.find((one) => one.isa === isa);
  if (chosen === undefined) {
    const there = kernels.map((one) => one.isa).join(', ');
    return bad(`there are no kernels ${JSON.stringify(isa)} for this processor`, undefined, `Use one of ${there}.`);
  }
  const count = exactly === true ? (threads ?? cores) : Math.min(threads ?? cores, cores);
  return ok(new NativeBackend(addon.value, { kernels: chosen, threads: count, profile: profile === true }));
}

export const nativeBackend: BackendProvider = {
  name: 'native',
  open({ threads, device }) {
    if (device !== undefined && device.toLowerCase() !== 'cpu')
      return Promise.resolve(
        bad(`the backend native has no device '${device}', only cpu`, { name: 'device' }, 'Leave the device out.'),
      );
    return openChecked({ ...(threads === undefined ? {} : { threads }) }, process.env['BLLOSSOM_NATIVE_ISA']);
  },
  memory: (options) => Promise.resolve(addonIsHere() ? nativeMemory(options) : undefined),
};

/** The fastest kernels that agree with the reference on this processor, or those that are named. */
async function openChecked(options: OpenOptions, isa: string | undefined): Promise<Result<NativeBackend>> {
  const addon = loadAddon();
  if (!addon.ok) return addon;
  const sets = isa === undefined ? addon.value.processor().kernels.map((one) => one.isa) : [isa];
  let failure: Result<NativeBackend> = bad('it has no kernels for this processor');
  for (const set of sets) {
    const opened = openNative({ ...options, isa: set });
    if (!opened.ok) return opened;
    const checked = await selfCheck(opened.value);
    if (checked.ok) return opened;
    opened.value.dispose();
    failure = checked;
  }
  return failure;
}
