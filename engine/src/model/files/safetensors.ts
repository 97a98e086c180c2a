/**
 * safetensors files, in and out. Reading widens float16 and bfloat16 to float32 and keeps float32 exactly; writing is float32,
 * tensor by tensor, atomic. Bytes are little-endian on disk and in memory (every platform Node runs on here is).
 */
import { type FileHandle, open } from 'node:fs/promises';
import { writeAtomic } from '../../base/atomic.ts';
import { fileProblem } from '../../base/fileProblem.ts';
import { bad, ok, type Problem, type Result } from '../../base/problem.ts';
import type { Room } from '../sessions.ts';
import { widenBfloat16, widenFloat16 } from '../../base/float16.ts';
import {
  headerBytes,
  headerLength,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensorsHeader.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Reads at most this many bytes at once: a stop is noticed. */
const chunkBytes = 1 << 24;

/** The checked header of a file, without its tensors. */
export async function readSafetensorsHeader(file: string): Promise<Result<SafetensorsHeader>> {
  return await withFile(file, (handle) => headerOf(handle, file));
}

/**
 * All tensors of a file by name, in float32. `accept` may turn a file away by its header, before any tensor is read, and
 * `skip` leaves tensors out.
 */
export async function readSafetensors(
  file: string,
  options: {
    readonly accept?: (header: SafetensorsHeader) => Result<void>;
    readonly skip?: (entry: TensorEntry) => boolean;
    readonly signal?: AbortSignal | undefined;
    readonly onTensor?: (entry: TensorEntry) => void;
  } = {},
): Promise<Result<Map<string, Tensor>>> {
  return await withFile(file, async (handle) => {
    const header = await headerOf(handle, file);
    if (!header.ok) return header;
    const accepted = options.accept?.(header.value) ?? ok(undefined);
    if (!accepted.ok) return accepted;
    const tensors = new Map<string, Tensor>();
    for (const entry of header.value.tensors) {
      if (options.skip?.(entry) === true) continue;
      const data = await readTensor(handle, file, entry, options.signal);
      if (!data.ok) return data;
      tensors.set(entry.name, { shape: entry.shape, data: data.value });
      options.onTensor?.(entry);
    }
    return ok(tensors);
  });
}

/** One tensor, whose entry a header gave; the file must not have changed since. Read into the room where one is given. */
export async function readSafetensorsEntry(
  file: string,
  entry: TensorEntry,
  signal?: AbortSignal,
  room?: Room,
): Promise<Result<Float32Array>> {
  return await withFile(file, (handle) => readTensor(handle, file, entry, signal, room));
}

export interface TensorSource {
  readonly name: string;
  readonly shape: readonly number[];
  /** Called once, when its turn comes: only one tensor need be in memory, in the room where that is of use. */
  load(room?: Room): Float32Array | Promise<Float32Array>;
}

/** Writes tensors as float32, in the order given; replaces a file that exists. Readers ask that `format` is said. */
export async function writeSafetensors(
  file: string,
  tensors: readonly TensorSource[],
  {
    metadata = { format: 'pt' },
    room,
  }: { readonly metadata?: Readonly<Record<string, string>>; readonly room?: Room } = {},
): Promise<void> {
  const bytes = (shape: readonly number[]) => 4 * shape.reduce((product, dim) => product * dim, 1);
  const described = tensors.map(({ name, shape }) => ({ name, type: 'F32', shape, bytes: bytes(shape) }));
  const head = headerBytes(described, metadata);
  await writeAtomic(file, async (handle) => {
    await writeAll(handle, head);
    for (const tensor of tensors) {
      const data = await tensor.load(room);
      const elements = tensor.shape.reduce((product, dim) => product * dim, 1);
      if (data.length !== elements) throw new Error(`${tensor.name} has ${data.length} elements, not ${elements}`);
      await writeAll(handle, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
}

/** Writes all bytes at the handle's place. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, Math.min(chunkBytes, bytes.length - at));
    at += bytesWritten;
  }
}

async function withFile<T>(file: string, use: (handle: FileHandle) => Promise<Result<T>>): Promise<Result<T>> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'r');
    return await use(handle);
  } catch (error) {
    return fileProblem(error, file);
  } finally {
    await handle?.close();
  }
}

async function headerOf(handle: FileHandle, file: string): Promise<Result<SafetensorsHeader>> {
  const { size } = await handle.stat();
  const prefix = new Uint8Array(8);
  const got = await readFully(handle, prefix, 0);
  const length = headerLength(new DataView(prefix.buffer, 0, got), size, file);
  if (!length.ok) return length;
  const bytes = new Uint8Array(length.value);
  if ((await readFully(handle, bytes, 8)) < bytes.length)
    return bad('the file ends inside its header', { file, byteOffset: 8 }, 'Download or copy the file again.');
  return parseHeader(bytes, size, file);
}

async function readTensor(
  handle: FileHandle,
  file: string,
  entry: TensorEntry,
  signal: AbortSignal | undefined,
  room?: Room,
): Promise<Result<Float32Array>> {
  const where = placeOf(file, entry);
  if (!isFloat(entry)) return { ok: false, problem: foreignType(file, entry) };
  const shrunk = () => bad('the file has become shorter while it was read', where, 'Try again.');
  const out = room?.(entry.elements) ?? new Float32Array(entry.elements);
  const size = entry.type === 'F32' ? 4 : 2;
  const step = chunkBytes / size;
  for (let i = 0; i < entry.elements; i += step) {
    signal?.throwIfAborted();
    const count = Math.min(step, entry.elements - i);
    const target = out.subarray(i, i + count);
    // 16-bit numbers come to stand in the second half of their place, and are widened from its start: none is overwritten unread.
    const bytes = new Uint8Array(target.buffer, target.byteOffset + (4 - size) * count, count * size);
    if ((await readFully(handle, bytes, entry.start + i * size)) < bytes.length) return shrunk();
    if (size === 2)
      (entry.type === 'BF16' ? widenBfloat16 : widenFloat16)(
        new Uint16Array(bytes.buffer, bytes.byteOffset, count),
        target,
      );
  }
  return ok(out);
}

const placeOf = (file: string, { start, name }: TensorEntry) => ({ file, byteOffset: start, name });

/** A type that tensors can be read from. */
export const isFloat = ({ type }: Pick<TensorEntry, 'type'>): boolean =>
  type === 'F32' || type === 'F16' || type === 'BF16';

/** Why a tensor of another type is refused. */
export const foreignType = (file: string, entry: TensorEntry): Problem => ({
  what: `the tensor is stored as ${entry.type}; float32, float16 and bfloat16 can be read`,
  where: placeOf(file, entry),
  remedy: 'Convert the model to one of them first.',
});

/** Fills `into` from a place in the file; answers with the number of bytes got. */
export async function readFully(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let got = 0;
  while (got < into.length) {
    const { bytesRead } = await handle.read(into, got, into.length - got, position + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return got;
}
