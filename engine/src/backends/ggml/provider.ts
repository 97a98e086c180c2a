/** The entry of the backend `ggml`: finds its libraries, the device that is asked for, and the threads that are worth having. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bad, ok, ProblemError } from '../../base/problem.ts';
import type { Result } from '../../base/problem.ts';
import type { BackendMemory, BackendOptions, BackendProvider, Look } from '../backend.ts';
import { OpenDevice } from './device.ts';
import { ggmlMemory } from './foresee.ts';
import { GgmlBackend } from './ggmlBackend.ts';
import { loadedFrom, loadLibrary } from './library.ts';
import type { GgmlDevice, GgmlLibrary } from './library.ts';
import { findInstallations } from './places.ts';
import type { Installation } from './places.ts';
import { probe, whyNoGpu } from './probe.ts';
import type { ProbedDevice } from './probe.ts';
import type { Limits } from './program.ts';

/** Folder of the engine's own code: where its packages are looked for. */
const engineFolder = path.dirname(fileURLToPath(import.meta.url));

export interface GgmlOptions {
  readonly threads?: number;
  /** `cpu`, `gpu`, a device's name or a part of its description; absent: a GPU where there is one. */
  readonly device?: string;
  /** For tests: pieces smaller than a device would be given. */
  readonly limits?: Limits;
}

/** `found`: a library to take in place of the first there is; `noGpu`: why no GPU of it can be had, where that is known. */
export function openGgml(
  { threads, device, limits }: GgmlOptions,
  found: Result<GgmlLibrary> = ggmlLibrary(),
  noGpu: readonly string[] = [],
): Result<GgmlBackend> {
  if (!found.ok) return found;
  const library = found.value;
  const chosen = chooseDevice(library.devices, device);
  if (chosen === undefined) {
    const there = library.devices.map((one) => `${one.name} (${one.description})`).join(', ');
    return bad(
      `the backend ggml has no device '${device ?? ''}'`,
      { name: 'device' },
      `Here it has ${there === '' ? 'none' : there}.${noGpu.map((why) => ` No GPU: ${why}.`).join('')}`,
    );
  }
  // With more threads than cores it takes ten times as long.
  const cores = availableParallelism();
  const count = Math.max(1, Math.min(threads ?? cores, cores));
  const where =
    chosen.kind === 'cpu'
      ? `CPU, ggml, ${count} ${count === 1 ? 'thread' : 'threads'}`
      : `${chosen.name}, ${chosen.description}`;
  try {
    return ok(new GgmlBackend(new OpenDevice(library, chosen, count), where, limits));
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

/** Opens the first installation whose libraries let themselves be opened: one that ended a process is passed over. */
async function openProbed(options: GgmlOptions): Promise<Result<GgmlBackend>> {
  const found = findInstallations(engineFolder);
  if (!found.ok) return found;
  const noGpu: string[] = [];
  for (const installation of found.value) {
    const verdict = await probe(installation);
    const why = verdict === undefined ? undefined : whyNoGpu(verdict);
    if (why !== undefined) noGpu.push(why);
    if (verdict?.state !== 'crashed') return openGgml(options, loadLibrary(installation), noGpu);
  }
  return bad(
    `no installation of it can be opened: ${noGpu.join('; ')}`,
    { file: found.value[0]!.libraries },
    'Mend the driver, or take another backend.',
  );
}

/** The library, loaded without a probe: for who knows that it is the CPU's. A Problem says how to get it. */
export function ggmlLibrary(): Result<GgmlLibrary> {
  const found = findInstallations(engineFolder);
  return found.ok ? loadLibrary(found.value[0] as Installation) : found;
}

/** True where libraries for GPUs are installed: there may be one. */
export function hasGpuLibraries(): boolean {
  const found = findInstallations(engineFolder);
  return found.ok && found.value[0]?.variant !== 'cpu';
}

/** A GPU before the CPU where none is named. */
export function chooseDevice<D extends Pick<GgmlDevice, 'name' | 'description' | 'kind'>>(
  devices: readonly D[],
  name: string | undefined,
): D | undefined {
  if (name === undefined) return devices.find(({ kind }) => kind === 'gpu') ?? devices[0];
  const wanted = name.toLowerCase();
  return (
    devices.find((one) => one.name.toLowerCase() === wanted) ??
    devices.find(({ kind }) => kind === wanted) ??
    devices.find((one) => one.name.toLowerCase().startsWith(wanted)) ??
    devices.find((one) => one.description.toLowerCase().includes(wanted))
  );
}

/**
 * Of the device that `openProbed` would take; no library is loaded here. What is free is asked through the library where this
 * process has it loaded, and else by another process.
 */
async function memoryOf({ device }: BackendOptions, look: Look = { free: false }): Promise<BackendMemory | undefined> {
  const found = findInstallations(engineFolder);
  for (const installation of found.ok ? found.value : []) {
    const library = loadedFrom(installation.libraries);
    const asks = look.free && library === undefined;
    const verdict = await probe(installation, { asksFree: asks });
    if (verdict?.state === 'crashed') continue;
    const cpu = { name: 'CPU', description: '', kind: 'cpu', total: 0 } as const;
    const chosen = chooseDevice<ProbedDevice>(verdict?.devices ?? [cpu], device);
    if (chosen === undefined) return undefined;
    if (chosen.kind === 'cpu') return ggmlMemory();
    const isOwn = chosen.integrated !== true && installation.variant !== 'metal';
    const opened = library?.devices.find(({ name }) => name === chosen.name);
    const free = opened === undefined ? (asks ? chosen.free : undefined) : library?.freeMemory(opened);
    return ggmlMemory({
      ...{ name: `${chosen.name}, ${chosen.description}`, total: chosen.total, isOwn },
      ...(free === undefined ? {} : { free }),
    });
  }
  return undefined;
}

export const ggmlBackend: BackendProvider = { name: 'ggml', open: openProbed, memory: memoryOf };
