/**
 * The user's @tensorflow/tfjs-node-gpu: TensorFlow's own library on CUDA 11.2. It is the user's to install, since it fetches
 * hundreds of megabytes when it is; here it is only found, loaded and asked whether it has a GPU. It brings another copy of
 * TensorFlow.js's core, which shares its state with ours through the process's globals, so that ours computes with it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bad, ok, ProblemError, type Result } from '../../../base/problem.ts';
import { findPackage, type FoundPackage, nodeGpuPackage } from '../packages.ts';
import { gpuOperations, onceOpen, type Runtime } from '../runtime.ts';

/** TensorFlow.js's name for it. */
const tfName = 'tensorflow';

/** What is used of its backend beside what every backend has. */
interface NodeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding: {
    readonly TF_Version?: string;
    executeOp(name: string, attributes: unknown, inputs: number[], outputs: number): unknown;
  };
}

export const openNodeGpu = onceOpen(open);

async function open(): Promise<Result<Runtime>> {
  const found = findPackage(nodeGpuPackage);
  if (!found.ok) return found;
  const { name, version, folder } = found.value;
  if (!version.startsWith('4.'))
    return bad(`${name} is version ${version}; 4 is needed`, { file: folder }, `Install ${name}@4.22.0.`);
  const loaded = load(found.value);
  if (!loaded.ok) return loaded;
  const { binding, isUsingGpuDevice } = loaded.value;
  if (isUsingGpuDevice !== true)
    return bad(
      `${name} ${version} is there but sees no GPU`,
      { file: folder },
      'It needs an NVIDIA GPU with CUDA 11.2 and cuDNN 8.1; or take another device.',
    );
  await tf.setBackend(tfName);
  guardMemory(binding);
  return ok({
    name: 'node-gpu',
    device: `GPU, TensorFlow ${binding.TF_Version ?? 'of unknown version'} (tfjs-node-gpu ${version})`,
    tfName,
    ...gpuOperations,
    // What fails, fails at once.
    check: () => undefined,
  });
}

function load({ name, version, folder }: FoundPackage): Result<NodeBackend> {
  const requireThere = createRequire(path.join(folder, 'package.json'));
  mendUtil(requireThere('node:util') as Record<string, unknown>);
  // TensorFlow tells of everything it does on standard error; errors are thrown too.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  try {
    requireThere(folder);
    return ok(tf.findBackend(tfName) as unknown as NodeBackend);
  } catch (error) {
    const said = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
    const why = said.includes('can not be found at path') ? 'its native library was not installed' : said;
    return bad(
      `${name} ${version} cannot be loaded: ${why}`,
      { file: folder },
      `It needs CUDA 11.2, cuDNN 8.1 and a library for this Node (${process.version}); run npm rebuild ${name}, or take another device.`,
    );
  }
}

/** Functions that tfjs-node calls and Node 23 has no longer. */
function mendUtil(util: Record<string, unknown>): void {
  util['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined;
  util['isArray'] ??= (value: unknown): boolean => Array.isArray(value);
}

/** Memory that runs out is no bug of ours: it is told as what it is. */
function guardMemory(binding: NodeBackend['binding']): void {
  const executeOp = binding.executeOp.bind(binding);
  binding.executeOp = (...call) => {
    try {
      return executeOp(...call);
    } catch (error) {
      if (!(error instanceof Error) || !/\bOOM\b|out of memory|exhausted/i.test(error.message)) throw error;
      throw new ProblemError({
        what: `the GPU has no memory left for ${call[0]}`,
        where: { name: 'device' },
        remedy: 'Take a smaller batch, a shorter sequence or a smaller model, or another device.',
      });
    }
  };
}
