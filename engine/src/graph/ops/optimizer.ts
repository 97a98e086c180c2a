/** What happens to gradients: summed over micro-batches, measured, clipped, and turned into a step of AdamW. */
import { expectShape, GraphError, input, scalar } from '../operation.ts';
import type { Operation } from '../operation.ts';

/** accumulate(sum [...] persistent, x [...]) → nothing; in place: sum += x. */
export const accumulate: Operation<Record<string, never>> = {
  name: 'accumulate',
  inputs: ['sum', 'x'],
  outputs: [],
  mutates: [0],
  infer(inputs) {
    expectShape('x', input(inputs, 1), input(inputs, 0).shape);
    return [];
  },
};

/** clear(x [...] persistent) → nothing; in place: x = 0. */
export const clear: Operation<Record<string, never>> = {
  name: 'clear',
  inputs: ['x'],
  outputs: [],
  mutates: [0],
  infer: () => [],
};

/** sumOfSquares(x… : one or more of any shape) → y [1] float32: Σ over all elements of all inputs of x², in float32 or better. */
export const sumOfSquares: Operation<Record<string, never>> = {
  name: 'sumOfSquares',
  inputs: ['x…'],
  outputs: ['y'],
  infer(inputs) {
    input(inputs, 0);
    return [{ shape: scalar, dtype: 'float32' }];
  },
};

export interface ClipFactorAttributes {
  /** Largest global norm; 0 switches clipping off. */
  readonly maxNorm: number;
}

/**
 * clipFactor(sumOfSquares [1]) → y [1]: what gradients are multiplied by so that their global norm is at most maxNorm, as
 * torch.nn.utils.clip_grad_norm_ has it: min(1, maxNorm / (√sumOfSquares + 1e-6)); 1 where maxNorm is 0.
 */
export const clipFactor: Operation<ClipFactorAttributes> = {
  name: 'clipFactor',
  inputs: ['sumOfSquares'],
  outputs: ['y'],
  infer(inputs, { maxNorm }) {
    expectShape('sumOfSquares', input(inputs, 0), scalar, 'float32');
    if (!(maxNorm >= 0)) throw new GraphError(`maxNorm is ${maxNorm}`);
    return [{ shape: scalar, dtype: 'float32' }];
  },
};

export interface AdamwAttributes {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * adamw(w, m, v: persistent [...], gradient [...], factor [1], learningRate [1], corrections [2]) → nothing; w, m, v in place.
 * Loshchilov and Hutter, 2019, as torch.optim.AdamW orders it. corrections = (1 - beta1^t, 1 - beta2^t) at step t from 1, made by
 * the caller in double precision. Element by element, with g = factor · gradient:
 *
 *     w ← w · (1 - learningRate · weightDecay)
 *     m ← beta1 · m + (1 - beta1) · g
 *     v ← beta2 · v + (1 - beta2) · g²
 *     w ← w - learningRate · (m / corrections[0]) / (√(v / corrections[1]) + epsilon)
 */
export const adamw: Operation<AdamwAttributes> = {
  name: 'adamw',
  inputs: ['w', 'm', 'v', 'gradient', 'factor', 'learningRate', 'corrections'],
  outputs: [],
  mutates: [0, 1, 2],
  infer(inputs) {
    const { shape } = input(inputs, 0);
    for (const [i, name] of ['m', 'v', 'gradient'].entries()) expectShape(name, input(inputs, i + 1), shape);
    expectShape('factor', input(inputs, 4), scalar, 'float32');
    expectShape('learningRate', input(inputs, 5), scalar, 'float32');
    expectShape('corrections', input(inputs, 6), [2], 'float32');
    return [];
  },
};
