/** The files that shape a run's curve: noted with their hashes, so that a run is resumed on what it began with. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { hashFile, hashWindow } from '../base/hashes.ts';
import { type Result, bad, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import type { RunSpec } from './spec.ts';
import { taskFiles } from './specEvaluation.ts';

export interface InputFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Absolute paths of the data's files and of those in the model's directories (an adapter and its base), each once. Throws the file system's errors. */
export function inputFiles(spec: RunSpec, models: readonly string[]): string[] {
  const files = [
    ...models.flatMap((model) =>
      readdirSync(model)
        .filter((name) => /\.(safetensors|json|model)$/.test(name))
        .map((name) => path.join(model, name)),
    ),
    ...spec.data.map((file) => file.path),
    ...(spec.evaluation?.data ?? []).map((file) => file.path),
    ...(spec.evaluation === undefined ? [] : taskFiles(spec.evaluation)),
  ];
  return [...new Set(files)];
}

/** The hash of each file. Throws the file system's errors and the signal's reason. */
export async function hashInputs(files: readonly string[], work: Work = {}): Promise<InputFile[]> {
  const inputs: InputFile[] = [];
  const window = hashWindow();
  for (const file of files) {
    inputs.push({ path: file, ...(await hashFile(file, window, work.signal)) });
    work.onProgress?.({ message: 'checking inputs', fraction: inputs.length / files.length });
  }
  return inputs;
}

/** A problem where an input is another one than it was when the run began. */
export function checkUnchanged(before: readonly InputFile[] | undefined, now: readonly InputFile[]): Result<void> {
  if (before === undefined) return ok(undefined);
  const hashes = new Map(before.map((input) => [input.path, input.sha256]));
  const changed = now.find((input) => hashes.get(input.path) !== input.sha256);
  if (changed === undefined) return ok(undefined);
  const remedy = 'Restore it to resume the same curve, or name another output for a new run.';
  return bad('this file has changed since the run began', { file: changed.path }, remedy);
}
