/**
 * A run's directory: made for a new run, opened to resume one, refused where that would lose something. The lock in it is held
 * by the run's process, so two never write to one directory.
 */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { isTemporary, writeFileAtomic } from '../base/atomic.ts';
import { makeDirectories } from '../base/directories.ts';
import { fileProblem } from '../base/fileProblem.ts';
import { type Result, bad, ok } from '../base/problem.ts';
import { dataOrder } from '../data/order.ts';
import { named } from '../training/lossFigures.ts';
import { checkpointSteps } from './checkpoints.ts';
import type { RunSource } from '../protocol.ts';
import type { InputFile } from './inputs.ts';
import { type Lock, isLock, tryLock } from './lock.ts';
import { readMetrics } from './metrics.ts';
import type { TrainableSummary } from '../model/index.ts';
import type { MemoryEstimate } from '../training/foresee.ts';
import { isPaused } from './process.ts';
import type { RunSpec } from './spec.ts';
import { isLive, readStatus } from './state.ts';

/** run.json: everything needed to know what a run was, and to do it again. */
export interface RunRecord {
  readonly format: 1;
  /** Absolute path of the spec it was started from. */
  readonly specFile: string;
  /** Resolved: absolute paths, every default filled in. */
  readonly spec: RunSpec;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly versions: { readonly engine: string; readonly node: string; readonly platform: string };
  /** The order of files with weights that it began with (`dataOrder` of data/order.ts); absent: 1. */
  readonly dataOrder?: number;
  /** Model and data as they were; absent until they have been read. */
  readonly inputs?: readonly InputFile[];
  /** What trains, and its share of all parameters; absent until it is known. */
  readonly trains?: TrainableSummary;
  /** What the run was foreseen to take of memory; absent until it is known. */
  readonly memory?: MemoryEstimate;
  /** What each data file gives to the run; absent until the data has been read. */
  readonly sources?: readonly RunSource[];
}

export interface RunDirectory {
  readonly path: string;
  readonly record: RunRecord;
  readonly lock: Lock;
  /** True where it goes on from what stands in the directory. */
  readonly resumed: boolean;
}

const recordFile = (directory: string): string => path.join(directory, 'run.json');
export const logFile = (directory: string): string => path.join(directory, 'log.txt');

/** What a run says of itself in run.json; undefined where the directory is none. */
export function readRecord(directory: string): RunRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(recordFile(directory), 'utf8')) as RunRecord;
    return typeof record.spec === 'object' && (record.spec as unknown) !== null && typeof record.startedAt === 'number'
      ? record
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether a run may begin (or go on) in its output directory. Changes nothing. A run that never took a step may be begun anew:
 * nothing is lost.
 */
export function checkDirectory(spec: RunSpec, resume: boolean): Result<void> {
  const directory = spec.output;
  const record = readRecord(directory);
  const status = readStatus(directory);
  const where = { file: directory };
  if (status !== undefined && isLive(status.state)) {
    return isPaused(status)
      ? bad(`this run is suspended (pid ${status.pid})`, where, `Let it go on: kill -CONT ${status.pid}.`)
      : bad(`this run goes on (${status.state}, pid ${status.pid})`, where, 'Stop it first, or wait until it ends.');
  }
  if (resume) {
    if (record === undefined) return bad('there is no run to resume here', where, 'Start it without --resume.');
    const changed = hasBegun(directory) ? changedField(record.spec, spec) : undefined;
    if (changed === undefined) return ok(undefined);
    return bad(
      `"${changed}" in the spec has changed since the run began`,
      where,
      'Undo the change to resume the same curve, or name another output for a new run.',
    );
  }
  if (record === undefined) {
    if (!existsSync(directory)) return ok(undefined);
    let names;
    try {
      names = readdirSync(directory);
    } catch (error) {
      return fileProblem(error, directory);
    }
    if (names.every((name) => own.has(name))) return ok(undefined);
    return bad('the output exists already, and it is not a run', where, 'Name an empty or a new directory.');
  }
  if (!hasBegun(directory)) return ok(undefined);
  const state = status === undefined ? '' : `, ${status.state} at step ${status.step}`;
  const remedy = status?.state === 'done' ? 'Name another output.' : 'Resume it (--resume), or name another output.';
  return bad(`the output already holds a run${state}`, where, remedy);
}

/** Files of a start that came to nothing. */
const own = new Set(['.lock', 'log.txt']);

const hasBegun = (directory: string): boolean =>
  checkpointSteps(directory).length > 0 ||
  readMetrics(directory).length > 0 ||
  existsSync(path.join(directory, 'final'));

/** The first field that makes another curve; how often checkpoints are written and what activations are kept does not. */
function changedField(before: RunSpec, now: RunSpec): string | undefined {
  const fields = new Set([...Object.keys(before), ...Object.keys(now)]) as Set<keyof RunSpec>;
  fields.delete('checkpoint');
  fields.delete('activationCheckpointing');
  fields.delete('output'); // the directory may have been moved, its spec with it
  return [...fields].find((field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]));
}

/** Makes or opens the directory and takes its lock. */
export async function openRunDirectory(
  spec: RunSpec,
  specFile: string,
  { resume, engineVersion }: { readonly resume: boolean; readonly engineVersion: string },
): Promise<Result<RunDirectory>> {
  const directory = spec.output;
  const allowed = checkDirectory(spec, resume);
  if (!allowed.ok) return allowed;
  try {
    makeDirectories(directory);
    const lock = tryLock(path.join(directory, '.lock'), directory);
    if (!isLock(lock)) return bad(`this run goes on (pid ${lock.pid})`, { file: directory }, 'Stop it first.');
    const again = checkDirectory(spec, resume); // another process may have come and gone since
    if (!again.ok) {
      lock.release();
      return again;
    }
    for (const name of readdirSync(directory)) {
      if (isTemporary(name)) rmSync(path.join(directory, name), { recursive: true, force: true }); // of a kill
    }
    const begun = hasBegun(directory);
    const earlier = begun ? readRecord(directory) : undefined;
    if (!begun) {
      for (const name of readdirSync(directory)) {
        if (name === 'metrics.jsonl' || name === 'state.json') rmSync(path.join(directory, name));
      }
    }
    const record: RunRecord = {
      format: 1,
      specFile,
      spec,
      startedAt: earlier?.startedAt ?? Date.now(),
      versions: { engine: engineVersion, node: process.version, platform: `${process.platform}-${process.arch}` },
      ...(earlier === undefined ? { dataOrder } : named('dataOrder', earlier.dataOrder)),
      ...(earlier?.inputs === undefined ? {} : { inputs: earlier.inputs }),
    };
    await writeRecord(directory, record);
    return ok({ path: directory, record, lock, resumed: begun });
  } catch (error) {
    return fileProblem(error, directory);
  }
}

export async function writeRecord(directory: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(recordFile(directory), `${JSON.stringify(record, undefined, 2)}\n`);
}
