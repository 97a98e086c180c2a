/** The head's logits and what is made of them, as `graph/ops/head.ts` defines them: one token at a time. */
import type { HeadCrossEntropyAttributes } from '../../../graph/ops/head.ts';
import { floats, ints, size, zeros } from '../tensor.ts';
import type { Kernel, Tensor } from '../tensor.ts';

/** Logits of the token in flat row t, and log Σ exp of them. */
function logitsOf(inputs: readonly Tensor[], t: number): { z: Float64Array; logSumExp: number } {
  const hidden = floats(inputs, 0);
  const weight = floats(inputs, 1);
  const [vocabulary, width] = inputs[1]!.shape as [number, number];
  const z = new Float64Array(vocabulary);
  let max = -Infinity;
  for (let v = 0; v < vocabulary; v++) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += weight[v * width + i]! * hidden[t * width + i]!;
    z[v] = sum;
    max = Math.max(max, sum);
  }
  let total = 0;
  for (let v = 0; v < vocabulary; v++) total += Math.exp(z[v]! - max);
  return { z, logSumExp: max + Math.log(total) };
}

export const headCrossEntropy: Kernel<HeadCrossEntropyAttributes> = (inputs, { gradients }, shapes, round) => {
  const hidden = floats(inputs, 0);
  const weight = floats(inputs, 1);
  const targets = ints(inputs, 2);
  const weights = floats(inputs, 3);
  const classes = ints(inputs, 4);
  const [vocabulary, width] = inputs[1]!.shape as [number, number];
  const results = shapes.map(zeros);
  const [loss, sums, counts, dhidden, dweight] = results;
  for (const [t, target] of targets.entries()) {
    if (target < 0) continue;
    const { z, logSumExp } = logitsOf(inputs, t);
    const loss1 = logSumExp - z[target]!;
    loss![0]! += weights[t]! * loss1;
    sums![classes[t]!]! += loss1;
    counts![classes[t]!]! += 1;
    if (gradients === 'none') continue;
    for (let v = 0; v < vocabulary; v++) {
      const exact = weights[t]! * (Math.exp(z[v]! - logSumExp) - (v === target ? 1 : 0));
      const dz = round === undefined ? exact : round(exact);
      for (let i = 0; i < width; i++) dhidden![t * width + i]! += dz * weight[v * width + i]!;
      if (dweight !== undefined) for (let i = 0; i < width; i++) dweight[v * width + i]! += dz * hidden[t * width + i]!;
    }
  }
  return results;
};

export const headLogProbabilities: Kernel<Record<string, never>> = (inputs, _, [shape]) => {
  const tokens = size(inputs[0]!.shape, 0) * size(inputs[0]!.shape, 1);
  const targets = ints(inputs, 3);
  const y = zeros(shape!);
  const each = size(shape!, 1);
  for (const [n, at] of ints(inputs, 2).entries()) {
    if (at < 0 || at >= tokens) throw new Error(`there is no place ${at} of ${tokens}`);
    const { z, logSumExp } = logitsOf(inputs, at);
    for (let i = n * each; i < (n + 1) * each; i++) if (targets[i]! >= 0) y[i] = z[targets[i]!]! - logSumExp;
  }
  return [y];
};

export const headLogits: Kernel<Record<string, never>> = (inputs, _, [shape]) => {
  const sequence = size(inputs[0]!.shape, 1);
  const y = zeros(shape!);
  for (const [b, at] of ints(inputs, 2).entries()) y.set(logitsOf(inputs, b * sequence + at).z, b * size(shape!, 1));
  return [y];
};
