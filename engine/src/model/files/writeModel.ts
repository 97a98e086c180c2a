/** Writes a model directory: config, weights and tokenizer together or not at all. An existing place is never touched. */
import { lstat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDirectoryAtomic } from '../../base/atomic.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, ProblemError, type Result } from '../../base/problem.ts';
import type { NamedTensor, Room } from '../sessions.ts';
import { configText, type ModelConfig } from './config.ts';
import { parameterShapes } from './parameters.ts';
import { type TensorSource, writeSafetensors } from './safetensors.ts';

export interface ModelToWrite {
  readonly config: ModelConfig;
  /** Every parameter of the config; in memory, or loaded when its turn comes. Order does not matter. */
  readonly tensors: readonly (TensorSource | NamedTensor)[];
  /** Memory for those to be loaded. */
  readonly room?: Room;
  /** Content of tokenizer.model. */
  readonly tokenizer?: Uint8Array | undefined;
  /** Further files by name. */
  readonly others?: Readonly<Record<string, string | Uint8Array>>;
}

/** A problem where `directory` is there already; checked before any work, and again by whoever renames last. */
export async function refuseExisting(directory: string): Promise<Result<void>> {
  const found = await lstat(directory).catch(() => undefined);
  return found === undefined
    ? ok(undefined)
    : bad('the output exists already', { file: directory }, 'Choose another place or remove it first.');
}

/**
 * Writes the directory, float32, in one model.safetensors. A tensor that is missing or misshapen is a
 * bug and throws; a ProblemError of a tensor's `load` becomes the result.
 */
export async function writeModelDirectory(directory: string, model: ModelToWrite): Promise<Result<void>> {
  const free = await refuseExisting(directory);
  if (!free.ok) return free;
  const given = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  const sources = parameterShapes(model.config).map(({ name, shape }): TensorSource => {
    const tensor = given.get(name);
    if (tensor?.shape.join() !== shape.join())
      throw new Error(`${name} is [${tensor?.shape.join() ?? 'missing'}], not [${shape.join()}]`);
    return 'data' in tensor ? { name, shape, load: () => tensor.data } : tensor;
  });
  try {
    await writeDirectoryAtomic(directory, async (at) => {
      await writeFile(path.join(at, 'config.json'), configText(model.config));
      if (model.tokenizer !== undefined) await writeFile(path.join(at, 'tokenizer.model'), model.tokenizer);
      for (const [name, content] of Object.entries(model.others ?? {})) await writeFile(path.join(at, name), content);
      await writeSafetensors(
        path.join(at, 'model.safetensors'),
        sources,
        model.room === undefined ? {} : { room: model.room },
      );
    });
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    return fileProblem(error, directory);
  }
  return ok(undefined);
}
