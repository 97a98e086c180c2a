/**
 * A graph as ggml runs it: tensors written down once, with what is fed and what is derived from feeds on this side (masks, tables
 * of angles, places of labels), and the buffers that are bound when it runs.
 */
import { ProblemError } from '../../base/problem.ts';
import { elementCount } from '../../graph/index.ts';
import type { DType } from '../../graph/index.ts';
import type { HostArray } from '../backend.ts';
import { Tensors } from './tensors.ts';
import type { Extents, Tensor } from './tensors.ts';

/** What buffers are kept in. Weights in bfloat16 do not train. */
export type KeptType = 'float32' | 'int32' | 'bfloat16';
/** Beside float32. */
export const keptFormats = ['bfloat16'] as const satisfies readonly KeptType[];

/** What one run is fed with, and what has been derived from it already. */
export class Feeds {
  readonly #given: Readonly<Record<string, HostArray>>;
  readonly #derived = new Map<string, Int32Array>();

  constructor(given: Readonly<Record<string, HostArray>>) {
    this.#given = given;
  }
  of(name: string): HostArray {
    return this.#given[name]!;
  }
  once(key: string, derive: () => Int32Array): Int32Array {
    const derived = this.#derived.get(key) ?? derive();
    this.#derived.set(key, derived);
    return derived;
  }
}

/** Memory that is filled before each run. */
export interface Input {
  readonly tensor: Tensor;
  fill(feeds: Feeds): HostArray;
}

/** What the contents of a feed must be, since ggml goes where they point. */
export interface RangeCheck {
  readonly feed: string;
  readonly what: string;
  readonly least: number;
  /** Exclusive. */
  readonly limit: number;
}

export interface BoundBuffer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly tensor: Tensor;
}

export interface Program {
  readonly tensors: Tensors;
  readonly inputs: readonly Input[];
  readonly buffers: readonly BoundBuffer[];
  readonly outputs: ReadonlyMap<string, Tensor>;
  readonly checks: readonly RangeCheck[];
  readonly feedCounts: ReadonlyMap<string, number>;
}

/** How much a device may have in one piece. */
export interface Limits {
  /** Elements of a head's logits made at once. */
  readonly logits: number;
  /** Elements of attention's scores made at once, and kept in all from a layer to its gradient. */
  readonly scores: number;
  readonly keptScores: number;
}

/** Rows of the last dimension. */
export function matrix(shape: readonly number[]): Extents {
  const columns = shape.at(-1) ?? 1;
  return [columns, elementCount(shape) / columns, 1, 1];
}

/** What a persistent value is kept in here. Throws a ProblemError for formats that only other backends have. */
export function kept(dtype: DType): KeptType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bfloat16') return dtype;
  throw new ProblemError({
    what: `the backend ggml keeps no weights in ${dtype}`,
    where: { name: 'baseQuantization' },
    remedy: 'Take another backend (native has it), or keep the weights in bfloat16 or float32.',
  });
}
