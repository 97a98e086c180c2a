/** Foresees the memory of runs: puts together a spec, its model's config, a backend that need not be open, and this machine. */
import { type BackendOptions, foreseeBackend, type Look } from '../backends/index.ts';
import { machineMemory } from '../base/machineMemory.ts';
import { type Result, ok } from '../base/problem.ts';
import type { LlamaConfig } from '../model/index.ts';
import { type KnownOfRun, type MemoryEstimate, foreseeRun, guessFromSpec, tooLarge } from '../training/foresee.ts';
import type { RunSpec } from './spec.ts';
import { checkModel } from './specModel.ts';

export type Foresee = (spec: RunSpec) => Result<MemoryEstimate>;

/**
 * Foresees this run and variants of it. What is known of the data holds for all of them, but for shorter rows. Undefined where no
 * backend of that name is here. `look`: whether a device shall be asked what is free of its memory.
 */
export async function memoryOf(
  config: LlamaConfig,
  known: KnownOfRun,
  backend: string,
  { threads, device }: BackendOptions,
  look?: Look,
): Promise<Foresee | undefined> {
  const options = { ...(threads === undefined ? {} : { threads }), ...(device === undefined ? {} : { device }) };
  const found = await foreseeBackend(backend, options, look);
  if (found === undefined) return undefined;
  const machine = machineMemory();
  return (spec) => foreseeRun(spec, config, shortened(known, spec.sequenceLength), found, machine);
}

/** No row is longer than the spec's rows. */
function shortened({ longestHeldOut, ...known }: KnownOfRun, sequenceLength: number): KnownOfRun {
  return {
    ...known,
    longest: Math.min(known.longest, sequenceLength),
    ...(longestHeldOut === undefined ? {} : { longestHeldOut: Math.min(longestHeldOut, sequenceLength) }),
  };
}

/** From the spec alone, before anything of it is read; undefined where config or backend cannot be told. */
export async function foreseeSpec(
  spec: RunSpec,
  options: BackendOptions = {},
): Promise<{ readonly estimate: MemoryEstimate; readonly foresee: Foresee } | undefined> {
  const { config } = checkModel(spec.model, () => undefined);
  if (config === undefined) return undefined;
  const foresee = await memoryOf(config, guessFromSpec(spec), spec.backend, options);
  const estimate = foresee?.(spec);
  return foresee !== undefined && estimate?.ok === true ? { estimate: estimate.value, foresee } : undefined;
}

/** A Problem where the run could not fit if nothing else ran: nothing has been touched then. */
export async function refuseTooLarge(spec: RunSpec, options: BackendOptions): Promise<Result<void>> {
  const foreseen = await foreseeSpec(spec, options);
  if (foreseen === undefined) return ok(undefined);
  const problem = tooLarge(spec, foreseen.estimate, foreseen.foresee);
  return problem === undefined ? ok(undefined) : { ok: false, problem };
}
