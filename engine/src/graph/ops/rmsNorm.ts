/** Root-mean-square normalisation (Zhang and Sennrich, 2019) and its gradient. */
import { expectShape, input, lastDim } from '../operation.ts';
import type { Operation } from '../operation.ts';

export interface RmsNormAttributes {
  readonly epsilon: number;
}

/**
 * rmsNorm(x [..., D], weight [D]) → y [..., D]. With r = 1 / √(mean over D of x² + epsilon), row by row:
 *
 *     y[t, i] = x[t, i] · r[t] · weight[i]
 */
export const rmsNorm: Operation<RmsNormAttributes> = {
  name: 'rmsNorm',
  inputs: ['x', 'weight'],
  outputs: ['y'],
  infer(inputs) {
    const x = input(inputs, 0);
    expectShape('weight', input(inputs, 1), [lastDim('x', x)]);
    return [x];
  },
  gradient({ graph, inputs: [x, weight], attributes, outputGradients: [dy] }) {
    return dy === undefined ? [undefined, undefined] : graph.add('rmsNormGrad', [x!, weight!, dy], attributes);
  },
};

/**
 * rmsNormGrad(x [..., D], weight [D], dy [..., D]) → dx [..., D], dweight [D]. With r as in rmsNorm and g = dy · weight:
 *
 *     dx[t, i]   = r[t] · g[t, i] - x[t, i] · r[t]³ · (Σ over j of g[t, j] · x[t, j]) / D
 *     dweight[i] = Σ over t of dy[t, i] · x[t, i] · r[t]
 */
export const rmsNormGrad: Operation<RmsNormAttributes> = {
  name: 'rmsNormGrad',
  inputs: ['x', 'weight', 'dy'],
  outputs: ['dx', 'dweight'],
  infer(inputs) {
    const x = input(inputs, 0);
    const weight = input(inputs, 1);
    expectShape('weight', weight, [lastDim('x', x)]);
    expectShape('dy', input(inputs, 2), x.shape);
    return [x, weight];
  },
};
