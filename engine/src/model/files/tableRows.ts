/**
 * Rows of a table [ids, width] in a safetensors file, as float32: in blocks from the first to the last, or single ones with the
 * last used kept. Never the whole table, which may be larger than memory.
 */
import type { FileHandle } from 'node:fs/promises';
import { bad, ok, ProblemError, type Result } from '../../base/problem.ts';
import { narrowBfloat16, narrowFloat16, widenBfloat16, widenFloat16 } from '../../base/float16.ts';
import { readFully } from './safetensors.ts';
import type { TensorEntry } from './safetensorsHeader.ts';

/** Number formats that a table of rows may have: what models come in. */
const rowTypes = ['F32', 'F16', 'BF16'] as const;
export type RowType = (typeof rowTypes)[number];

/** Bytes that are read or written at once. */
export const windowBytes = 1 << 23;
/** Bytes of single rows that are kept. */
const keptBytes = 1 << 24;

export class TableRows {
  readonly type: RowType;
  /** Rows in the file, and numbers in a row. */
  readonly rows: number;
  readonly width: number;
  readonly rowBytes: number;
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #entry: TensorEntry;
  readonly #kept = new Map<number, Float32Array>();

  constructor(handle: FileHandle, file: string, entry: TensorEntry, type: RowType) {
    this.#handle = handle;
    this.#file = file;
    this.#entry = entry;
    this.type = type;
    [this.rows = 0, this.width = 0] = entry.shape;
    this.rowBytes = this.width * (type === 'F32' ? 4 : 2);
  }

  /** Number of rows that one window holds. */
  get windowRows(): number {
    return Math.max(1, Math.floor(windowBytes / this.rowBytes));
  }

  /** The bytes of rows as they stand in the file. Throws a ProblemError where the file has become shorter. */
  async bytes(from: number, count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count * this.rowBytes);
    if ((await readFully(this.#handle, bytes, this.#entry.start + from * this.rowBytes)) < bytes.length)
      throw new ProblemError(becameShorter(this.#file, this.#entry));
    return bytes;
  }

  /** One row. */
  async row(id: number): Promise<Float32Array> {
    const known = this.#kept.get(id);
    if (known !== undefined) {
      this.#kept.delete(id);
      this.#kept.set(id, known); // the last used stand last
      return known;
    }
    const row = widen(this.type, await this.bytes(id, 1));
    this.#kept.set(id, row);
    if (this.#kept.size * this.width * 4 > keptBytes) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    return row;
  }
}

/** Numbers from their bytes in a file. */
export function widen(type: RowType, bytes: Uint8Array): Float32Array {
  if (type === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const out = new Float32Array(words.length);
  (type === 'BF16' ? widenBfloat16 : widenFloat16)(words, out);
  return out;
}

/** The bytes of numbers, rounded to the file's format. */
export function narrow(type: RowType, values: Float32Array): Uint8Array {
  if (type === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const words = new Uint16Array(values.length);
  (type === 'BF16' ? narrowBfloat16 : narrowFloat16)(values, words);
  return new Uint8Array(words.buffer);
}

export function rowType(file: string, { name, type, start }: TensorEntry): Result<RowType> {
  const found = rowTypes.find((known) => known === type);
  return found === undefined
    ? bad(
        `the tensor is stored as ${type}; float32, float16 and bfloat16 can be expanded`,
        { file, name, byteOffset: start },
        'Convert the model to one of them first.',
      )
    : ok(found);
}

export const becameShorter = (file: string, { name, start }: TensorEntry) =>
  bad('the file has become shorter while it was read', { file, name, byteOffset: start }, 'Try again.').problem;
