/** Element by element: sum, factors, change of precision. */
import { expectShape, input, scalar } from '../operation.ts';
import type { Operation } from '../operation.ts';

/** add(a [...], b [...]) → y = a + b, all of one shape. */
export const add: Operation<Record<string, never>> = {
  name: 'add',
  inputs: ['a', 'b'],
  outputs: ['y'],
  infer(inputs) {
    const a = input(inputs, 0);
    expectShape('b', input(inputs, 1), a.shape, a.dtype);
    return [a];
  },
  gradient: ({ outputGradients: [dy] }) => [dy, dy],
};

export interface ScaleAttributes {
  readonly factor: number;
}

/** scale(x [...]) → y = factor · x. */
export const scale: Operation<ScaleAttributes> = {
  name: 'scale',
  inputs: ['x'],
  outputs: ['y'],
  infer: (inputs) => [input(inputs, 0)],
  gradient: ({ graph, attributes, outputGradients: [dy] }) => [
    dy === undefined ? undefined : graph.one('scale', [dy], attributes),
  ],
};

/** scaleBy(x [...], factor [1] float32) → y = factor[0] · x. The factor gets no gradient. */
export const scaleBy: Operation<Record<string, never>> = {
  name: 'scaleBy',
  inputs: ['x', 'factor'],
  outputs: ['y'],
  infer(inputs) {
    expectShape('factor', input(inputs, 1), scalar, 'float32');
    return [input(inputs, 0)];
  },
  gradient: ({ graph, inputs: [, factor], outputGradients: [dy] }) => [
    dy === undefined ? undefined : graph.one('scaleBy', [dy, factor!], {}),
    undefined,
  ],
};

export interface CastAttributes {
  readonly to: 'float32' | 'bfloat16';
}

/** cast(x [...]) → y: the same numbers in another precision, rounded to nearest even. Its gradient casts back. */
export const cast: Operation<CastAttributes> = {
  name: 'cast',
  inputs: ['x'],
  outputs: ['y'],
  infer: (inputs, { to }) => [{ shape: input(inputs, 0).shape, dtype: to }],
  gradient({ graph, inputs: [x], outputGradients: [dy] }) {
    if (dy === undefined) return [undefined];
    return [graph.one('cast', [dy], { to: x!.dtype === 'bfloat16' ? 'bfloat16' : 'float32' })];
  },
};
