/**
 * Writes a model's directory from another's: small files, files to copy, and weights together or not at all. Weights go from file to
 * file through a window of some megabytes, so a model may be larger than memory. Shards stay shards, number formats stay.
 */
import { copyFile, open, statfs, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { writeDirectoryAtomic } from '../../base/atomic.ts';
import { fileProblem, outOfRoom } from '../../base/fileProblem.ts';
import { ok, ProblemError, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import type { Companions } from './companions.ts';
import { readFully, writeAll } from './safetensors.ts';
import { headerBytes, type TensorEntry } from './safetensorsHeader.ts';
import { becameShorter, windowBytes } from './tableRows.ts';
import type { WeightsFile } from './weightsFiles.ts';

/** A tensor as it will stand. */
export interface Planned {
  readonly entry: TensorEntry;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** Where a tensor comes from and goes to. */
export interface TensorStream {
  readonly from: FileHandle;
  readonly to: FileHandle;
  /** Path of `from`. */
  readonly file: string;
  readonly entry: TensorEntry;
  /** To be told how many bytes were written; throws to stop. */
  readonly onBytes: (bytes: number) => void;
}

export interface StreamPlan {
  readonly files: readonly WeightsFile[];
  /** model.safetensors.index.json as it stands; undefined for a model in one file. */
  readonly index: Readonly<Record<string, unknown>> | undefined;
  readonly small: Readonly<Record<string, string | Uint8Array>>;
  readonly copied: Companions['copied'];
  readonly planned: (entry: TensorEntry) => Planned;
  /** Writes a tensor that changes; answers false, and writes nothing, for one that is copied as it stands. */
  readonly write: (tensor: TensorStream) => Promise<boolean>;
}

/** Answers with the bytes of all tensors. A full disk, or one that would be, is a problem before anything is written. */
export async function streamModel(out: string, plan: StreamPlan, work: Work): Promise<Result<number>> {
  const files = plan.files.map((file) => ({ ...file, tensors: file.header.tensors.map(plan.planned) }));
  const weights = files.reduce((sum, { tensors }) => sum + sizeOf(tensors), 0);
  const small: Record<string, string | Uint8Array> = {
    ...plan.small,
    ...(plan.index === undefined ? {} : { 'model.safetensors.index.json': indexText(plan.index, files, weights) }),
  };
  const headers = files.map(({ header, tensors }) => headerFor(header.metadata, tensors));
  const others = [...headers, ...Object.values(small).map((content) => Buffer.from(content))];
  const needed =
    weights +
    others.reduce((sum, { length }) => sum + length, 0) +
    plan.copied.reduce((sum, { bytes }) => sum + bytes, 0);
  let written = 0;
  const onBytes = (bytes: number) => {
    work.signal?.throwIfAborted();
    written += bytes;
    work.onProgress?.({
      message: `${inGigabytes(written)} of ${inGigabytes(weights)} GB`,
      fraction: written / weights,
    });
  };
  try {
    await writeDirectoryAtomic(out, async (at) => {
      const { bavail, bsize } = await statfs(at);
      if (bavail * bsize < needed) throw new ProblemError(outOfRoom(needed, bavail * bsize, out));
      for (const [name, content] of Object.entries(small)) await writeFile(path.join(at, name), content);
      for (const { name, path: from } of plan.copied) await copyFile(from, path.join(at, name));
      for (const [i, file] of files.entries()) {
        await withFiles(file.path, path.join(at, path.basename(file.path)), async (from, to) => {
          await writeAll(to, headers[i]!);
          for (const { entry } of file.tensors) {
            const tensor = { from, to, file: file.path, entry, onBytes };
            if (!(await plan.write(tensor))) await copyTensor(tensor);
          }
        });
      }
      work.onProgress?.({ message: 'flushing to the disk' });
    });
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    if (work.signal?.aborted === true) throw error;
    return fileProblem(error, out);
  }
  return ok(weights);
}

const sizeOf = (tensors: readonly Planned[]): number => tensors.reduce((sum, { bytes }) => sum + bytes, 0);

const headerFor = (metadata: Readonly<Record<string, string>>, tensors: readonly Planned[]): Uint8Array =>
  headerBytes(
    tensors.map(({ entry, shape, bytes }) => ({ name: entry.name, type: entry.type, shape, bytes })),
    Object.keys(metadata).length === 0 ? { format: 'pt' } : metadata, // readers ask that the format is said
  );

/** The index with its totals; which tensor is in which shard stays. */
function indexText(
  index: Readonly<Record<string, unknown>>,
  files: readonly (WeightsFile & { readonly tensors: readonly Planned[] })[],
  weights: number,
): string {
  const metadata = index['metadata'];
  const kept = typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {};
  const numbers = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);
  const grown = files
    .flatMap(({ tensors }) => tensors)
    .reduce((sum, { entry, shape }) => sum + numbers(shape) - entry.elements, 0);
  const before = kept['total_parameters'];
  const totals = {
    total_size: weights,
    ...(typeof before === 'number' ? { total_parameters: before + grown } : {}),
  };
  return `${JSON.stringify({ ...index, metadata: { ...kept, ...totals } }, undefined, 2)}\n`;
}

async function copyTensor({ from, to, file, entry, onBytes }: TensorStream): Promise<void> {
  const window = new Uint8Array(Math.min(windowBytes, entry.end - entry.start));
  for (let at = entry.start; at < entry.end; at += window.length) {
    const part = window.subarray(0, Math.min(window.length, entry.end - at));
    if ((await readFully(from, part, at)) < part.length) throw new ProblemError(becameShorter(file, entry));
    await writeAll(to, part);
    onBytes(part.length);
  }
}

async function withFiles(
  source: string,
  target: string,
  use: (from: FileHandle, to: FileHandle) => Promise<void>,
): Promise<void> {
  const from = await open(source, 'r');
  try {
    const to = await open(target, 'wx');
    await use(from, to).finally(() => to.close());
  } finally {
    await from.close();
  }
}

const inGigabytes = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1);
