/**
 * What flows through a graph: values of a type, with sizes that may be symbols until a plan is made for concrete ones.
 */

/**
 * Formats that weights which do not train may be kept in, to be widened where they are multiplied: `bfloat16`, the upper half of a
 * float32; `q8_0`, ggml's blocks of 32 signed bytes with a scale; `nf4`, QLoRA's blocks of 64 four-bit numbers with a scale. How they
 * are encoded stands in `backends/formats.ts`.
 */
export const storedTypes = ['bfloat16', 'q8_0', 'nf4'] as const;
export type StoredType = (typeof storedTypes)[number];
export type DType = 'float32' | 'int32' | StoredType;

/** How many elements, side by side in the last dimension, take how many bytes. */
export const formats: Readonly<Record<DType, { readonly elements: number; readonly bytes: number }>> = {
  float32: { elements: 1, bytes: 4 },
  int32: { elements: 1, bytes: 4 },
  bfloat16: { elements: 1, bytes: 2 },
  q8_0: { elements: 32, bytes: 34 },
  nf4: { elements: 64, bytes: 36 },
};

export const isStoredType = (dtype: DType): dtype is StoredType => dtype !== 'float32' && dtype !== 'int32';

/** Bytes of a tensor; each of its rows (the last dimension) begins with a block of its own. */
export function byteCount(shape: readonly number[], dtype: DType): number {
  const { elements, bytes } = formats[dtype];
  return elementCount(shape.slice(0, -1)) * Math.ceil((shape.at(-1) ?? 1) / elements) * bytes;
}

/** A size: a number, or a symbol (`batch`, `sequence`, `capacity`) that gets its number when a plan is compiled. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Numbers for the symbols of a graph. */
export type Sizes = Readonly<Record<string, number>>;

export interface ValueType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * A value of one graph. `feed`: given anew with each run. `persistent`: a buffer that outlives runs (a weight, a moment, a
 * cache) and may be changed in place by an operation. `node`: the output of a node.
 */
export interface Value extends ValueType {
  readonly id: number;
  readonly source: 'feed' | 'persistent' | 'node';
  /** Unique among feeds, and among persistent values; for a node's output, for people only. */
  readonly name: string;
}

/** Concrete sizes. A symbol without a number is a bug of the caller. */
export function resolveShape(shape: Shape, sizes: Sizes): number[] {
  return shape.map((dim) => {
    if (typeof dim === 'number') return dim;
    const size = sizes[dim];
    if (size === undefined) throw new Error(`no size given for the symbol ${dim}`);
    return size;
  });
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** `[batch, sequence, 64] float32`, for messages. */
export const typeText = (type: ValueType): string => `[${type.shape.join(', ')}] ${type.dtype}`;
