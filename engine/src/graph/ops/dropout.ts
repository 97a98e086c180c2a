/** Dropout whose mask is a function of a seed and of the element's index, so that every backend drops the same ones. */
import { expectShape, input, scalar } from '../operation.ts';
import type { Operation } from '../operation.ts';

export interface DropoutAttributes {
  /** Share dropped, in [0, 1). */
  readonly rate: number;
  /** Tells the dropouts of one graph apart. */
  readonly salt: number;
}

/**
 * dropout(x [...], seed [1] int32) → y [...]. With i the element's flat row-major index and keeps() below:
 *
 *     y[i] = keeps(seed, salt, i, rate) ? x[i] / (1 - rate) : 0
 *
 * Its gradient is the same operation, with the same seed, on dy.
 */
export const dropout: Operation<DropoutAttributes> = {
  name: 'dropout',
  inputs: ['x', 'seed'],
  outputs: ['y'],
  infer(inputs) {
    expectShape('seed', input(inputs, 1), scalar, 'int32');
    return [input(inputs, 0)];
  },
  gradient: ({ graph, inputs: [, seed], attributes, outputGradients: [dy] }) => [
    dy === undefined ? undefined : graph.one('dropout', [dy, seed!], attributes),
    undefined,
  ],
};

/** MurmurHash3's 32-bit finalizer (Appleby, public domain): every bit of the input moves every bit of the output. */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The key of a mask: all arithmetic modulo 2^32. */
export const dropoutKey = (seed: number, salt: number): number => mix((seed | 0) + Math.imul(salt, 0x9e3779b9));

/** Element i is kept where mix(i xor key) ≥ floor(rate · 2^32), as unsigned numbers. */
export const keeps = (key: number, i: number, rate: number): boolean => mix(i ^ key) >= Math.floor(rate * 2 ** 32);
