/** Tensors of the reference backend: plain arrays, floats always in double precision. */
import { elementCount } from '../../graph/index.ts';

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array | Int32Array;
}

/** A kernel gets its inputs and the concrete shapes of its outputs; it answers with their data, in order. */
export type Kernel<A> = (
  inputs: readonly Tensor[],
  attributes: A,
  shapes: readonly (readonly number[])[],
  /** What an operand of a product is rounded to; exact where absent. Inputs have been rounded. */
  round?: (x: number) => number,
) => readonly Float64Array[];

const float = new Float32Array(1);
/** The same four bytes as a word. */
const word = new Uint32Array(float.buffer);

/** The nearest bfloat16, ties to even, of a number as float32 holds it. */
export function toBfloat16(x: number): number {
  if (Number.isNaN(x)) return x;
  float[0] = x;
  word[0] = (word[0]! + 0x7fff + ((word[0]! >>> 16) & 1)) & 0xffff0000;
  return float[0];
}

export function floats(inputs: readonly Tensor[], i: number): Float64Array {
  const data = inputs[i]?.data;
  if (!(data instanceof Float64Array)) throw new Error(`input ${i} is not of floats`);
  return data;
}

export function ints(inputs: readonly Tensor[], i: number): Int32Array {
  const data = inputs[i]?.data;
  if (!(data instanceof Int32Array)) throw new Error(`input ${i} is not of integers`);
  return data;
}

/** Size of dimension i of a shape, counted from the end where negative. */
export function size(shape: readonly number[], i: number): number {
  const dim = shape.at(i);
  if (dim === undefined) throw new Error(`[${shape.join(', ')}] has no dimension ${i}`);
  return dim;
}

/** A tensor as a matrix: the last dimension in columns, all others flattened to rows. */
export function asMatrix(shape: readonly number[]): { rows: number; columns: number } {
  const columns = size(shape, -1);
  return { rows: elementCount(shape.slice(0, -1)), columns };
}

export const zeros = (shape: readonly number[]): Float64Array => new Float64Array(elementCount(shape));
