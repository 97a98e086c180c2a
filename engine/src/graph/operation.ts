/**
 * What an operation is: a name, named inputs and outputs, a shape rule and, where it can be differentiated, a rule that
 * emits its gradient as further operations of the same graph. How it is computed is each backend's matter; what it
 * computes is said, exactly, by the comment on its definition in `ops/`.
 */
import type { Graph } from './graph.ts';
import { sameShape, typeText } from './value.ts';
import type { Dim, DType, Value, ValueType } from './value.ts';

export interface Operation<A> {
  readonly name: string;
  /** Names of the inputs in order; one that ends in `…` stands for one or more. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Indices of inputs that must be persistent and are changed in place. Such a node always runs. */
  readonly mutates?: readonly number[];
  /** Indices of inputs that may be weights in a stored format (value.ts): they get no gradient. Others must be plain. */
  readonly stored?: readonly number[];
  /** Types of the outputs. Throws a GraphError for inputs that do not fit. */
  infer(inputs: readonly ValueType[], attributes: A): readonly ValueType[];
  /** Absent: no gradient passes through. */
  readonly gradient?: GradientRule<A>;
}

/**
 * Gradients by input, for the inputs that are wanted; undefined where none flows. `outputGradients[i]` is undefined where
 * nothing depends on output i.
 */
export type GradientRule<A> = (context: {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: A;
  readonly outputGradients: readonly (Value | undefined)[];
  readonly wanted: readonly boolean[];
}) => readonly (Value | undefined)[];

/** A graph that does not fit together: a bug of whoever built it, found before anything runs. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

/** Input i, which must be there. */
export function input(inputs: readonly ValueType[], i: number): ValueType {
  const value = inputs[i];
  if (value === undefined) throw new GraphError(`input ${i} is missing`);
  return value;
}

export function expectRank(name: string, type: ValueType, rank: number): void {
  if (type.shape.length !== rank) throw new GraphError(`${name} must have rank ${rank}, but is ${typeText(type)}`);
}

export function expectShape(name: string, type: ValueType, shape: readonly Dim[], dtype?: DType): void {
  if (!sameShape(type.shape, shape) || (dtype !== undefined && type.dtype !== dtype))
    throw new GraphError(`${name} must be [${shape.join(', ')}] ${dtype ?? ''}, but is ${typeText(type)}`);
}

export function lastDim(name: string, type: ValueType): Dim {
  const dim = type.shape.at(-1);
  if (dim === undefined) throw new GraphError(`${name} must not be a scalar`);
  return dim;
}

export const leadingDims = (type: ValueType): readonly Dim[] => type.shape.slice(0, -1);

/** A number in one place: shape [1]. */
export const scalar: readonly Dim[] = [1];
