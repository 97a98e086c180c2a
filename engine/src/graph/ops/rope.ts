/** Rotary position embedding (Su et al., 2021) in Hugging Face's layout: the two halves of a head are rotated. */
import { expectRank, expectShape, GraphError, input, lastDim } from '../operation.ts';
import type { Operation } from '../operation.ts';
import { typeText } from '../value.ts';

export interface RopeAttributes {
  readonly headDim: number;
  /** Angle per position of each pair, in radians: headDim / 2 numbers. Llama's own: theta ^ (-2 i / headDim). */
  readonly frequencies: readonly number[];
  /** Rotate backwards: the gradient of rope. */
  readonly inverse: boolean;
}

/**
 * rope(x [batch, sequence, heads · headDim], positions [batch, sequence] int32) → y, shaped like x. In each head, with
 * H = headDim / 2, for i in [0, H), a = positions[b, s] · frequencies[i] (angle in float32 or better), s = inverse ? -1 : 1:
 *
 *     y[i]     = x[i] · cos a     - s · x[i + H] · sin a
 *     y[i + H] = x[i + H] · cos a + s · x[i] · sin a
 */
export const rope: Operation<RopeAttributes> = {
  name: 'rope',
  inputs: ['x', 'positions'],
  outputs: ['y'],
  infer(inputs, { headDim, frequencies }) {
    const x = input(inputs, 0);
    expectRank('x', x, 3);
    expectShape('positions', input(inputs, 1), x.shape.slice(0, 2), 'int32');
    const width = lastDim('x', x);
    if (typeof width !== 'number' || width % headDim !== 0 || frequencies.length * 2 !== headDim)
      throw new GraphError(`rope of ${typeText(x)} with heads of ${headDim} and ${frequencies.length} frequencies`);
    return [x];
  },
  gradient({ graph, inputs: [, positions], attributes, outputGradients: [dy] }) {
    if (dy === undefined) return [undefined, undefined];
    return [graph.one('rope', [dy, positions!], { ...attributes, inverse: !attributes.inverse }), undefined];
  },
};
