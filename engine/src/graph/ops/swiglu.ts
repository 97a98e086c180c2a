/** The gated unit of Llama's feed-forward block (Shazeer, 2020) and its gradient. */
import { expectShape, input } from '../operation.ts';
import type { Operation } from '../operation.ts';

/**
 * swiglu(gate [...], up [...]) → y [...]. With σ(z) = 1 / (1 + exp(-z)):
 *
 *     y = gate · σ(gate) · up
 */
export const swiglu: Operation<Record<string, never>> = {
  name: 'swiglu',
  inputs: ['gate', 'up'],
  outputs: ['y'],
  infer(inputs) {
    const gate = input(inputs, 0);
    expectShape('up', input(inputs, 1), gate.shape);
    return [gate];
  },
  gradient({ graph, inputs: [gate, up], outputGradients: [dy] }) {
    return dy === undefined ? [undefined, undefined] : graph.add('swigluGrad', [gate!, up!, dy], {});
  },
};

/**
 * swigluGrad(gate, up, dy: all [...]) → dgate, dup:
 *
 *     dgate = dy · up · σ(gate) · (1 + gate · (1 - σ(gate)))
 *     dup   = dy · gate · σ(gate)
 */
export const swigluGrad: Operation<Record<string, never>> = {
  name: 'swigluGrad',
  inputs: ['gate', 'up', 'dy'],
  outputs: ['dgate', 'dup'],
  infer(inputs) {
    const gate = input(inputs, 0);
    expectShape('up', input(inputs, 1), gate.shape);
    expectShape('dy', input(inputs, 2), gate.shape);
    return [gate, gate];
  },
};
