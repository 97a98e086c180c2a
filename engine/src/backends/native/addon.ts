/** The Node-API addon as TypeScript sees it, and where it is found. Its functions check what they are given; none can abort. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bad, ok } from '../../base/problem.ts';
import type { Result } from '../../base/problem.ts';
import type { HostArray } from '../backend.ts';

/** Handles: what they hold is released by name, or when they are collected. */
export interface DeviceHandle {
  readonly kind?: 'device';
}
export interface BufferHandle {
  readonly kind?: 'buffer';
}
export interface ProgramHandle {
  readonly kind?: 'program';
}
export interface BindingHandle {
  readonly kind?: 'binding';
}

export interface KernelSet {
  /** `amx`, `avx512bf16`, `avx512`, `avx2`, `baseline`, `neon`. */
  readonly isa: string;
  /** How products of bfloat16 are made: `AMX`, `AVX512-BF16`, or `rounded` for float32 arithmetic on rounded operands. */
  readonly bfloat16: string;
  /** Names of the operations; a program refers to them by place. */
  readonly operations: readonly string[];
}

/** Slot and array, alternating. */
export type Pairs = readonly (number | HostArray)[];

export interface Addon {
  /** `kernels` from the fastest to the slowest; `cores` that this process may use, quota included. */
  processor(): { readonly cores: number; readonly kernels: readonly KernelSet[] };
  openDevice(isa: string, threads: number, profile: boolean): DeviceHandle;
  /** Milliseconds and calls by operation since the last call, where the device was opened with `profile`. */
  profile(device: DeviceHandle): Record<string, readonly [milliseconds: number, calls: number]>;
  releaseDevice(device: DeviceHandle): void;
  /** Lets go of the memory that runs share where it is larger. */
  keepMemory(device: DeviceHandle, bytes: number): void;
  /** The run under way ends before its next operation, and its promise is rejected. */
  stop(device: DeviceHandle): void;
  /** Zeros. Throws an error with code ERR_MEMORY where there is no memory. */
  allocate(bytes: number): BufferHandle;
  read(buffer: BufferHandle, into: HostArray): void;
  write(buffer: BufferHandle, data: HostArray): void;
  /** A part of the contents, from byte `at` on. */
  readPart(buffer: BufferHandle, at: number, into: Uint8Array): void;
  writePart(buffer: BufferHandle, at: number, data: Uint8Array): void;
  /** The same for rows of so many bfloat16, which lie in eights (engine/native/src/eights.h): `at` is the first of an eight. */
  readRows(buffer: BufferHandle, at: number, into: Uint8Array, columns: number): void;
  writeRows(buffer: BufferHandle, at: number, data: Uint8Array, columns: number): void;
  copy(buffer: BufferHandle): BufferHandle;
  releaseBuffer(buffer: BufferHandle): void;
  makeProgram(
    device: DeviceHandle,
    slots: Float64Array,
    code: Float64Array,
    arenaBytes: number,
    bfloat16: boolean,
  ): ProgramHandle;
  programBytes(program: ProgramHandle): number;
  releaseProgram(program: ProgramHandle): void;
  /** Checks a program's buffers, in its order, once for many runs; a run refuses one that has been released since then. */
  bind(program: ProgramHandle, buffers: readonly BufferHandle[]): BindingHandle;
  /** Reads feeds at once; has written the outputs when it is fulfilled. Runs of a device must not overlap. */
  run(program: ProgramHandle, feeds: Pairs, binding: BindingHandle, outputs: Pairs): Promise<void>;
}

/** Beside the bundle as shipped, or where the build puts it when run from source. */
function places(): readonly string[] {
  const name = `bllossom-${process.platform}-${process.arch}.node`;
  const here = path.dirname(fileURLToPath(import.meta.url));
  return [path.join(here, 'native', name), path.join(here, '../../../../dist/native', name)];
}

export const addonIsHere = (): boolean => places().some((place) => existsSync(place));

export function loadAddon(): Result<Addon> {
  const file = places().find((place) => existsSync(place));
  if (file === undefined)
    return bad('it is not built here', { file: places()[0]! }, 'With g++ or clang++ installed, run npm run setup.');
  try {
    return ok(createRequire(import.meta.url)(file) as Addon);
  } catch (error) {
    return bad(`it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { file });
  }
}
