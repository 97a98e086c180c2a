/**
 * The language-model head together with what is made of its logits, so that [tokens, vocabulary] need never be stored whole: a
 * backend works through rows in chunks of its own choice. The weight may be in a stored format where its gradient is not wanted:
 * its numbers are widened.
 */
import { expectRank, expectShape, GraphError, input, lastDim } from '../operation.ts';
import type { Operation } from '../operation.ts';
import { isStoredType } from '../value.ts';
import type { ValueType } from '../value.ts';

function expectHead(inputs: readonly ValueType[]): { hidden: ValueType; weight: ValueType } {
  const hidden = input(inputs, 0);
  const weight = input(inputs, 1);
  expectRank('hidden', hidden, 3);
  expectRank('weight', weight, 2);
  expectShape('weight', weight, [weight.shape[0]!, lastDim('hidden', hidden)]);
  return { hidden, weight };
}

export interface HeadCrossEntropyAttributes {
  /** Number of classes C. */
  readonly classes: number;
  /** Which gradients of `loss` to make in the same pass. */
  readonly gradients: 'none' | 'hidden' | 'both';
}

/**
 * headCrossEntropy(hidden [B, S, D], weight [V, D], targets [B, S] int32, weights [B, S] float32, classes [B, S] int32)
 *   → loss [1], sums [C], counts [C]; and dhidden [B, S, D] where gradients is not `none`; and dweight [V, D] where it is `both`.
 *
 * targets[t] is the id to be predicted at t (the caller has shifted); a negative one is ignored: no loss, no count, no
 * gradient, whatever its weight and class. With z[t, :] = weight · hidden[t], p = softmax(z) over V in float32 or better, and
 * n[t] = log Σ exp z[t, :] - z[t, targets[t]] (nats):
 *
 *     loss          = Σ over t of weights[t] · n[t]
 *     sums[c]       = Σ over t with classes[t] = c of n[t]          not weighted
 *     counts[c]     = number of t with classes[t] = c
 *     dz[t, v]      = weights[t] · (p[t, v] - [v = targets[t]])
 *     dhidden[t, :] = Σ over v of dz[t, v] · weight[v, :]
 *     dweight[v, :] = Σ over t of dz[t, v] · hidden[t, :]
 *
 * The gradients are those of `loss` itself, so it must be what is differentiated. Only `loss` has a gradient.
 */
export const headCrossEntropy: Operation<HeadCrossEntropyAttributes> = {
  name: 'headCrossEntropy',
  inputs: ['hidden', 'weight', 'targets', 'weights', 'classes'],
  outputs: ['loss', 'sums', 'counts', 'dhidden', 'dweight'],
  stored: [1],
  infer(inputs, { classes, gradients }) {
    const { hidden, weight } = expectHead(inputs);
    if (gradients === 'both' && isStoredType(weight.dtype))
      throw new GraphError(`the head is stored as ${weight.dtype}: it cannot train`);
    const tokens = hidden.shape.slice(0, 2);
    expectShape('targets', input(inputs, 2), tokens, 'int32');
    expectShape('weights', input(inputs, 3), tokens, 'float32');
    expectShape('classes', input(inputs, 4), tokens, 'int32');
    const sums: ValueType = { shape: [classes], dtype: 'float32' };
    return [
      { shape: [1], dtype: 'float32' },
      sums,
      sums,
      ...(gradients === 'none' ? [] : [hidden]),
      ...(gradients === 'both' ? [weight] : []),
    ];
  },
  gradient({ graph, inputs, outputs, attributes: { gradients }, outputGradients: [dloss], wanted }) {
    if (dloss === undefined) return inputs.map(() => undefined);
    if (!graph.isUnitSeed(dloss)) throw new GraphError('headCrossEntropy has a gradient only as the loss itself');
    if ((wanted[0] && gradients === 'none') || (wanted[1] && gradients !== 'both'))
      throw new GraphError('headCrossEntropy was built without the gradients that are wanted');
    return [outputs[3], outputs[4]];
  },
};

/**
 * headLogProbabilities(hidden [B, S, D], weight [V, D], at [N] int32, targets [N, K] int32) → y [N, K] float32: of N places,
 * each a position counted over all rows, at[n] = b · S + s, the natural logarithms of the probabilities of up to K ids in
 * softmax(weight · hidden[b, s]): of targets[n, k]; 0 where that is negative. Only these places go through the head. No gradient.
 */
export const headLogProbabilities: Operation<Record<string, never>> = {
  name: 'headLogProbabilities',
  inputs: ['hidden', 'weight', 'at', 'targets'],
  outputs: ['y'],
  stored: [1],
  infer(inputs) {
    expectHead(inputs);
    const at = input(inputs, 2);
    const targets = input(inputs, 3);
    expectRank('at', at, 1);
    expectShape('at', at, at.shape, 'int32');
    expectRank('targets', targets, 2);
    expectShape('targets', targets, [at.shape[0]!, targets.shape[1]!], 'int32');
    return [{ shape: targets.shape, dtype: 'float32' }];
  },
};

/**
 * headLogits(hidden [B, S, D], weight [V, D], at [B] int32) → y [B, V] float32: the logits of one position of each row,
 * y[b, :] = weight · hidden[b, at[b], :]. No gradient.
 */
export const headLogits: Operation<Record<string, never>> = {
  name: 'headLogits',
  inputs: ['hidden', 'weight', 'at'],
  outputs: ['y'],
  stored: [1],
  infer(inputs) {
    const { hidden, weight } = expectHead(inputs);
    expectShape('at', input(inputs, 2), [hidden.shape[0]!], 'int32');
    return [{ shape: [hidden.shape[0]!, weight.shape[0]!], dtype: 'float32' }];
  },
};
