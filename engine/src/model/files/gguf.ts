/**
 * Writes GGUF files, version 3: the container that llama.cpp and its kin read models from. What stands in it is the caller's
 * (ggufModel.ts says how a Llama does). Format: docs/gguf.md of the ggml project. Little-endian.
 */
import { writeAtomic } from '../../base/atomic.ts';
import type { Work } from '../../base/progress.ts';
import { narrowBfloat16 } from '../../base/float16.ts';
import { writeAll } from './safetensors.ts';

/** Numbers of the types of metadata, and of tensors. */
const valueTypes = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const;
const ggufTensorTypes = { float32: 0, bfloat16: 30 } as const;
export type GgufTensorType = keyof typeof ggufTensorTypes;

export type GgufValue =
  | { readonly type: 'uint32' | 'int32' | 'float32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'array'; readonly of: 'int32' | 'float32'; readonly values: readonly number[] }
  | { readonly type: 'array'; readonly of: 'string'; readonly values: readonly string[] };

export interface GgufTensor {
  readonly name: string;
  /** Row-major, the slowest dimension first; the file has them the other way about. */
  readonly shape: readonly number[];
  readonly type: GgufTensorType;
  /** Called once, when its turn comes: only one tensor need be in memory. */
  load(): Promise<Float32Array>;
}

const magic = 0x46554747; // GGUF
const version = 3;
/** Bytes that the data of a tensor begins at a multiple of: what a file has that does not say otherwise. */
const alignment = 32;

const elements = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
const bytesOf = ({ shape, type }: GgufTensor): number => elements(shape) * (type === 'bfloat16' ? 2 : 4);

/** Writes a file whole or not at all; replaces one that exists. Throws what `load` throws, and the file system's errors. */
export async function writeGguf(
  file: string,
  metadata: ReadonlyMap<string, GgufValue>,
  tensors: readonly GgufTensor[],
  work: Work = {},
): Promise<void> {
  const header = headerOf(metadata, tensors);
  await writeAtomic(file, async (handle) => {
    await writeAll(handle, header);
    for (const [i, tensor] of tensors.entries()) {
      work.signal?.throwIfAborted();
      work.onProgress?.({ message: 'writing weights', fraction: i / tensors.length });
      const data = await tensor.load();
      if (data.length !== elements(tensor.shape))
        throw new Error(`${tensor.name} has ${data.length} elements, not [${tensor.shape.join(', ')}]`);
      const numbers = tensor.type === 'bfloat16' ? narrowed(data) : data;
      await writeAll(handle, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
      await writeAll(handle, new Uint8Array(aligned(bytesOf(tensor)) - bytesOf(tensor)));
    }
  });
}

function narrowed(data: Float32Array): Uint16Array {
  const words = new Uint16Array(data.length);
  narrowBfloat16(data, words);
  return words;
}

/** Everything before the data, padded to where it begins. */
function headerOf(metadata: ReadonlyMap<string, GgufValue>, tensors: readonly GgufTensor[]): Uint8Array {
  const out = new Bytes();
  out.uint32(magic);
  out.uint32(version);
  out.uint64(tensors.length);
  out.uint64(metadata.size);
  for (const [key, value] of metadata) {
    out.string(key);
    out.uint32(valueTypes[value.type]);
    out.value(value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    out.string(tensor.name);
    out.uint32(tensor.shape.length);
    for (const dim of tensor.shape.toReversed()) out.uint64(dim);
    out.uint32(ggufTensorTypes[tensor.type]);
    out.uint64(offset);
    offset += aligned(bytesOf(tensor));
  }
  return out.padded(alignment);
}

/** Grows as it is written to. */
class Bytes {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  uint32(x: number): void {
    this.#write(4, (view, at) => view.setUint32(at, x, true));
  }
  uint64(x: number): void {
    this.#write(8, (view, at) => view.setBigUint64(at, BigInt(x), true));
  }
  string(text: string): void {
    const utf8 = Buffer.from(text, 'utf8');
    this.uint64(utf8.length);
    const at = this.#grow(utf8.length); // first: it may put another array in place
    this.#bytes.set(utf8, at);
  }
  value(value: GgufValue): void {
    switch (value.type) {
      case 'uint32':
        this.uint32(value.value);
        break;
      case 'int32':
        this.#write(4, (view, at) => view.setInt32(at, value.value, true));
        break;
      case 'float32':
        this.#write(4, (view, at) => view.setFloat32(at, value.value, true));
        break;
      case 'bool':
        this.#write(1, (view, at) => view.setUint8(at, value.value ? 1 : 0));
        break;
      case 'string':
        this.string(value.value);
        break;
      case 'array':
        this.uint32(valueTypes[value.of]);
        this.uint64(value.values.length);
        if (value.of === 'string') for (const text of value.values) this.string(text);
        else for (const one of value.values) this.value({ type: value.of, value: one });
        break;
      default:
        value satisfies never;
    }
  }
  padded(to: number): Uint8Array {
    this.#grow((to - (this.#length % to)) % to);
    return this.#bytes.subarray(0, this.#length);
  }

  /** The view is taken after room was made: it may be another then. */
  #write(bytes: number, write: (view: DataView, at: number) => void): void {
    const at = this.#grow(bytes);
    write(this.#view, at);
  }

  /** Makes room; answers with where it begins. */
  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
