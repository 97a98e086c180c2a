/** TensorFlow.js's WebGPU backend outside a browser: on Dawn, where the package `webgpu` is found. */
import * as tf from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { ok, ProblemError, type Result } from '../../../base/problem.ts';
import { findPackage, webgpuPackage } from '../packages.ts';
import { gpuOperations, onceOpen, type Runtime } from '../runtime.ts';
import { type Gpu, type GpuDevice, type OpenGpu, openGpu } from './dawn.ts';

export const openWebGpu = onceOpen(open);

async function open(): Promise<Result<Runtime>> {
  const found = findPackage(webgpuPackage);
  if (!found.ok) return found;
  const opened = await openGpu(found.value);
  if (!opened.ok) return opened;
  const { gpu, device, info, software, largestTensor } = opened.value;
  // Small tensors are computed where the large ones are: what was checked is what is used.
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  const backend = withNavigator(gpu, () => backendOn(opened.value));
  tf.registerBackend('webgpu', () => backend);
  await tf.setBackend('webgpu');
  const name = [info.description, info.vendor].find((text) => text !== '') ?? 'unknown GPU';
  return ok({
    name: 'webgpu',
    device: `${software ? 'CPU' : 'GPU'}, WebGPU, ${name} (Dawn, webgpu ${found.value.version})`,
    tfName: 'webgpu',
    software,
    largestTensor,
    ...gpuOperations,
    logitsAtOnce: Math.min(gpuOperations.logitsAtOnce, largestTensor / 4),
    // WGSL allows 2.5 units in the last place.
    inexactDivision: true,
    check: watch(device),
  });
}

/** Its types are of another version of the standard than the package's. */
const backendOn = ({ device, info }: OpenGpu): WebGPUBackend =>
  new WebGPUBackend(...([device, info] as unknown as ConstructorParameters<typeof WebGPUBackend>));

/** The backend asks for a browser's `navigator.gpu` when it is made, and never again. */
function withNavigator<T>(gpu: Gpu, work: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  try {
    return work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator');
    else Object.defineProperty(globalThis, 'navigator', before);
  }
}

/** A GPU tells of its errors afterwards, and whoever asks then is told once; a GPU that is lost stays lost. */
function watch(device: GpuDevice): () => void {
  let failure: string | undefined;
  let lost: string | undefined;
  device.addEventListener('uncapturederror', ({ error }) => (failure ??= error.message));
  void device.lost.then(({ message }) => (lost = message));
  return () => {
    const what = lost ?? failure;
    failure = undefined;
    if (what === undefined) return;
    throw new ProblemError({
      what: `the GPU ${lost === undefined ? 'reports' : 'is lost'}: ${what.split('\n')[0]!}`,
      where: { name: 'device' },
      remedy: 'Take a smaller batch, a shorter sequence or a smaller model, or another device.',
    });
  };
}
