/** Sums of gradients, their norm, and AdamW, as `graph/ops/optimizer.ts` defines them. */
import type { AdamwAttributes, ClipFactorAttributes } from '../../../graph/ops/optimizer.ts';
import { floats } from '../tensor.ts';
import type { Kernel } from '../tensor.ts';

export const accumulate: Kernel<Record<string, never>> = (inputs) => {
  const sum = floats(inputs, 0);
  const x = floats(inputs, 1);
  for (let i = 0; i < sum.length; i++) sum[i]! += x[i]!;
  return [];
};

export const clear: Kernel<Record<string, never>> = (inputs) => {
  floats(inputs, 0).fill(0);
  return [];
};

export const sumOfSquares: Kernel<Record<string, never>> = (inputs) => {
  let total = 0;
  for (let n = 0; n < inputs.length; n++) for (const value of floats(inputs, n)) total += value * value;
  return [Float64Array.of(total)];
};

export const clipFactor: Kernel<ClipFactorAttributes> = (inputs, { maxNorm }) => {
  const norm = Math.sqrt(floats(inputs, 0)[0]!);
  return [Float64Array.of(maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6)))];
};

export const adamw: Kernel<AdamwAttributes> = (inputs, { beta1, beta2, epsilon, weightDecay }) => {
  const [w, m, v, gradient] = [floats(inputs, 0), floats(inputs, 1), floats(inputs, 2), floats(inputs, 3)];
  const factor = floats(inputs, 4)[0]!;
  const learningRate = floats(inputs, 5)[0]!;
  const [correction1, correction2] = floats(inputs, 6) as unknown as [number, number];
  for (let i = 0; i < w.length; i++) {
    const g = factor * gradient[i]!;
    const first = beta1 * m[i]! + (1 - beta1) * g;
    const second = beta2 * v[i]! + (1 - beta2) * g * g;
    m[i] = first;
    v[i] = second;
    const step = (learningRate * (first / correction1)) / (Math.sqrt(second / correction2) + epsilon);
    w[i] = w[i]! * (1 - learningRate * weightDecay) - step;
  }
  return [];
};
