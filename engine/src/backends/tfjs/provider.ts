/**
 * The entry of the TensorFlow.js backend: knows its devices by name, and loads TensorFlow.js and what a device needs only when
 * that device is opened. Without a name it takes the user's tfjs-node-gpu, else a GPU through WebGPU, else WebAssembly.
 */
import { bad, ok, type Result } from '../../base/problem.ts';
import type { Backend, BackendOptions, BackendProvider } from '../backend.ts';
import { interpreterMemory } from '../memory.ts';
import { selfCheck } from '../selfCheck.ts';
import { type DeviceName, deviceNames } from './deviceNames.ts';
import { findPackage, nodeGpuPackage, webgpuPackage } from './packages.ts';
import type { Runtime } from './runtime.ts';

export const tfjsBackend: BackendProvider = {
  name: 'tfjs',
  devices: deviceNames,
  open({ device }: BackendOptions): Promise<Result<Backend>> {
    if (device === undefined) return openFastest();
    const asked = device.toLowerCase();
    const name = asked === 'cpu' ? 'wasm' : deviceNames.find((known) => known === asked);
    if (name === undefined)
      return Promise.resolve(
        bad(
          `the backend tfjs has no device '${device}'`,
          { name: 'device' },
          `Use one of ${deviceNames.join(', ')}, or leave the device out.`,
        ),
      );
    return openNamed(name);
  },
  async memory({ device }) {
    // A GPU's memory is not known before it is opened.
    const gpu = device === undefined ? hasGpuPackage() : !['cpu', 'wasm'].includes(device.toLowerCase());
    return gpu ? interpreterMemory : (await import('./foresee.ts')).wasmMemory;
  },
};

const hasGpuPackage = (): boolean => [nodeGpuPackage, webgpuPackage].some((wanted) => findPackage(wanted).ok);

async function openNamed(name: DeviceName, why?: string): Promise<Result<Backend>> {
  const runtime = await openRuntime(name);
  return runtime.ok ? backendOn(runtime.value, why) : runtime;
}

async function backendOn(runtime: Runtime, why?: string): Promise<Result<Backend>> {
  const { TfjsBackend } = await import('./tfjsBackend.ts');
  return ok(new TfjsBackend(runtime, why));
}

async function openRuntime(name: DeviceName): Promise<Result<Runtime>> {
  const tf = await import('@tensorflow/tfjs-core');
  tf.env().set('PROD', true); // No shape checks in each operation, no hints on the console.
  switch (name) {
    case 'node-gpu':
      return (await import('./nodeGpu/open.ts')).openNodeGpu();
    case 'webgpu':
      return (await import('./webgpu/open.ts')).openWebGpu();
    case 'wasm':
      return (await import('./wasm/open.ts')).openWasm();
    default:
      return name satisfies never;
  }
}

/** The first that is there, is no CPU in disguise, and agrees with the reference; the last is always there. */
async function openFastest(): Promise<Result<Backend>> {
  const passed: string[] = [];
  for (const name of deviceNames) {
    const runtime = await openRuntime(name);
    if (!runtime.ok) {
      passed.push(`not ${name}: ${runtime.problem.what}`);
      continue;
    }
    if (runtime.value.software === true) {
      passed.push(`not ${name}: ${runtime.value.device} is no GPU`);
      continue;
    }
    const opened = await backendOn(runtime.value, [`device ${name}`, ...passed].join(', '));
    if (!opened.ok || name === 'wasm') return opened;
    const checked = await selfCheck(opened.value);
    if (checked.ok) return opened;
    opened.value.dispose();
    passed.push(`not ${name}: ${checked.problem.what}`);
  }
  return bad('it has no device that works here', { name: 'device' }, passed.join(', '));
}
