/**
 * What flows through a graph: values of a type, with sizes that may be symbols until a plan is made for concrete ones.
 */

/** bfloat16 is declared for backends that have it; a backend that lacks it refuses the graph. */
export type DType = 'float32' | 'bfloat16' | 'int32';

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
