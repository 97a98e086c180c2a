/**
 * checkpoints/step-N/: what a resumed run goes on from. The weights that train and the optimizer as safetensors, the trainer's own
 * numbers in trainer.json. A checkpoint appears whole or not at all; older ones go only once it stands.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeDirectoryAtomic } from '../base/atomic.ts';
import { fileProblem } from '../base/fileProblem.ts';
import { type Problem, type Result, bad, ok, unwrap } from '../base/problem.ts';
import { readSafetensorsEntry, readSafetensorsHeader, writeSafetensors } from '../model/files/safetensors.ts';
import type { MetricRow } from '../protocol.ts';
import type { TensorToLoad, TrainingSession } from '../model/sessions.ts';

/** Where the trainer is, beside weights and moments. */
export interface TrainerState {
  readonly step: number;
  readonly tokens: number;
  /** Seconds of training so far. */
  readonly elapsed: number;
  /** Tokens read so far from each data file; absent in checkpoints of versions that did not count them. */
  readonly sourceTokens?: readonly number[];
  /** The step's row, where the run was stopped before all of it was measured: it stands in metrics.jsonl once it is. */
  readonly row?: MetricRow;
  /** Steps the optimizer has counted. */
  readonly optimizerStep: number;
}

/** Its tensors are read when they are loaded. */
export interface Checkpoint extends TrainerState {
  readonly weights: readonly TensorToLoad[];
  readonly moments: readonly TensorToLoad[];
}

const folder = (directory: string): string => path.join(directory, 'checkpoints');
const checkpointDirectory = (directory: string, step: number): string => path.join(folder(directory), `step-${step}`);

/** Steps that have a checkpoint, in ascending order. */
export function checkpointSteps(directory: string): number[] {
  let names: string[];
  try {
    names = readdirSync(folder(directory));
  } catch {
    return [];
  }
  return names
    .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Writes the checkpoint of a step, tensor by tensor, and removes all but the newest `keep`; no step may be taken meanwhile. Throws
 * the file system's errors.
 */
export async function writeCheckpoint(
  directory: string,
  session: TrainingSession,
  state: Omit<TrainerState, 'optimizerStep'>,
  keep: number,
): Promise<void> {
  await sweep(directory);
  const weights = session.weightsToLoad('trainable');
  const optimizer = session.optimizerState();
  const { room } = session;
  const full: TrainerState = { ...state, optimizerStep: optimizer.step };
  const target = checkpointDirectory(directory, state.step);
  await rm(target, { recursive: true, force: true }); // of a run that went back before it
  await writeDirectoryAtomic(target, async (at) => {
    await writeSafetensors(path.join(at, 'model.safetensors'), weights, { room });
    await writeSafetensors(path.join(at, 'optimizer.safetensors'), optimizer.tensors, { room });
    await writeFile(path.join(at, 'trainer.json'), `${JSON.stringify(full, undefined, 2)}\n`);
  });
  const steps = checkpointSteps(directory);
  const until = steps.indexOf(state.step) + 1;
  // Later ones are damaged: the run went back before them. They must not crowd out those that stand.
  for (const step of [...steps.slice(0, Math.max(0, until - keep)), ...steps.slice(until)]) {
    await rm(checkpointDirectory(directory, step), { recursive: true, force: true });
  }
}

/** Removes what a kill has left half written. Only the holder of the run's lock may call it. */
async function sweep(directory: string): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(folder(directory));
  } catch {
    return;
  }
  for (const name of names) {
    if (name.startsWith('.')) await rm(path.join(folder(directory), name), { recursive: true, force: true });
  }
}

/**
 * The newest checkpoint that is whole; undefined where there is none at all, a problem where all are damaged. `onDamaged`
 * is told of each that is passed over.
 */
export async function readCheckpoint(
  directory: string,
  onDamaged: (problem: Problem) => void = () => undefined,
): Promise<Result<Checkpoint | undefined>> {
  let newest: Problem | undefined;
  for (const step of checkpointSteps(directory).reverse()) {
    const checkpoint = await readStep(directory, step);
    if (checkpoint.ok) return checkpoint;
    newest ??= checkpoint.problem;
    onDamaged(checkpoint.problem);
  }
  return newest === undefined
    ? ok(undefined)
    : {
        ok: false,
        problem: {
          ...newest,
          remedy: 'No other checkpoint is whole: restore it, or name another output for a new run.',
        },
      };
}

async function readStep(directory: string, step: number): Promise<Result<Checkpoint>> {
  const at = checkpointDirectory(directory, step);
  const file = path.join(at, 'trainer.json');
  let state;
  try {
    state = JSON.parse(readFileSync(file, 'utf8')) as Partial<TrainerState> | null;
  } catch (error) {
    return error instanceof SyntaxError ? bad('this checkpoint is damaged', { file }) : fileProblem(error, file);
  }
  const { tokens, elapsed, optimizerStep } = state ?? {};
  if (state?.step !== step || ![tokens, elapsed, optimizerStep].every((value) => typeof value === 'number'))
    return bad('this checkpoint is damaged', { file });
  const weights = await tensorsOf(path.join(at, 'model.safetensors'));
  if (!weights.ok) return weights;
  const moments = await tensorsOf(path.join(at, 'optimizer.safetensors'));
  if (!moments.ok) return moments;
  return ok({ ...(state as TrainerState), weights: weights.value, moments: moments.value });
}

/** The tensors of a file whose header fits its size. */
async function tensorsOf(file: string): Promise<Result<TensorToLoad[]>> {
  const header = await readSafetensorsHeader(file);
  if (!header.ok) return header;
  return ok(
    header.value.tensors.map((entry) => ({
      name: entry.name,
      shape: entry.shape,
      load: async (room) => unwrap(await readSafetensorsEntry(file, entry, undefined, room)),
    })),
  );
}
