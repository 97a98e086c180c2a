/** Dawn as the package `webgpu` brings it: loads it, and opens a GPU with all that it can hold. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bad, ok, type Result } from '../../../base/problem.ts';
import { type FoundPackage, webgpuPackage } from '../packages.ts';

/** The parts of WebGPU that are used here; TensorFlow.js uses all of it. */
export interface Gpu {
  requestAdapter(options: { readonly powerPreference: 'high-performance' }): Promise<Adapter | null>;
}
interface Adapter {
  readonly info: AdapterInfo;
  readonly isFallbackAdapter?: boolean;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: { readonly requiredLimits: Readonly<Record<string, number>> }): Promise<GpuDevice>;
}
interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}
export interface GpuDevice {
  addEventListener(event: 'uncapturederror', listener: (event: { readonly error: Error }) => void): void;
  readonly lost: Promise<{ readonly message: string }>;
}

export interface OpenGpu {
  readonly gpu: Gpu;
  readonly device: GpuDevice;
  readonly info: AdapterInfo;
  /** Computes on the CPU in truth. */
  readonly software: boolean;
  /** Bytes that one tensor may have. */
  readonly largestTensor: number;
}

/** What the kernels may need more of than every device has. */
const limits = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

interface Dawn {
  create(options: readonly string[]): Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

export async function openGpu(found: FoundPackage): Promise<Result<OpenGpu>> {
  const where = { file: found.folder };
  let gpu: Gpu;
  let adapter: Adapter | null;
  try {
    const dawn = await loadDawn(found.folder);
    // Constants and classes that TensorFlow.js looks for where a browser has them.
    Object.assign(globalThis, dawn.globals);
    gpu = dawn.create([]);
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    return bad(
      `the package webgpu ${found.version} cannot be loaded: ${messageOf(error)}`,
      where,
      `Install it anew for this system (${process.platform}-${process.arch}), or take another device.`,
    );
  }
  if (adapter === null)
    return bad('no GPU answers to WebGPU', where, 'Install the driver of the GPU (Vulkan, Metal or Direct3D 12).');
  const { info, limits: most } = adapter;
  const requiredLimits = Object.fromEntries(limits.map((name) => [name, most[name]!]));
  try {
    const device = await adapter.requestDevice({ requiredLimits });
    return ok({
      gpu,
      device,
      info,
      software: info.isFallbackAdapter ?? adapter.isFallbackAdapter ?? false,
      largestTensor: Math.min(most['maxStorageBufferBindingSize']!, most['maxBufferSize']!),
    });
  } catch (error) {
    return bad(`the GPU ${info.description} cannot be opened: ${messageOf(error)}`, where);
  }
}

async function loadDawn(folder: string): Promise<Dawn> {
  const main = path.join(folder, 'index.js');
  if (!existsSync(main)) throw new Error(`${main} is missing, see ${webgpuPackage.setting}`);
  return (await import(/* @vite-ignore */ pathToFileURL(main).href)) as Dawn;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
