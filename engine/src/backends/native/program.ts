/**
 * A graph as the addon runs it: instructions over cells, and a place for every cell. Values that are never in use together share
 * memory, an operation that may writes its result over an operand that nobody reads again, and a sum that only takes in a
 * product is made by the product itself.
 */
import type { DType } from '../../graph/index.ts';

/** What the contents of a feed must be, since kernels go where they point. */
export interface RangeCheck {
  readonly feed: string;
  /** What they are, for the message. */
  readonly what: string;
  readonly least: number;
  /** Exclusive. */
  readonly limit: number;
}

export interface Program {
  readonly slots: Float64Array;
  readonly code: Float64Array;
  readonly arenaBytes: number;
  /** Persistent values, by index of the buffer. */
  readonly buffers: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: DType }[];
  /** Slots by name. */
  readonly feeds: ReadonlyMap<string, number>;
  readonly outputs: ReadonlyMap<string, number>;
  readonly checks: readonly RangeCheck[];
  readonly feedTypes: ReadonlyMap<string, { readonly dtype: DType; readonly count: number }>;
}

/** In the order of `Format` in engine/native/src/stored.h. */
export const weightFormats: readonly DType[] = ['float32', 'bfloat16', 'q8_0', 'nf4'];
