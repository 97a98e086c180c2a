/** Element by element, as `graph/ops/elementwise.ts`, `swiglu.ts` and `dropout.ts` define it. */
import { dropoutKey, keeps } from '../../../graph/index.ts';
import type { DropoutAttributes } from '../../../graph/ops/dropout.ts';
import type { CastAttributes, ScaleAttributes } from '../../../graph/ops/elementwise.ts';
import { floats, ints } from '../tensor.ts';
import type { Kernel } from '../tensor.ts';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

export const add: Kernel<Record<string, never>> = (inputs) => {
  const b = floats(inputs, 1);
  return [floats(inputs, 0).map((value, i) => value + b[i]!)];
};

export const scale: Kernel<ScaleAttributes> = (inputs, { factor }) => [
  floats(inputs, 0).map((value) => factor * value),
];

export const scaleBy: Kernel<Record<string, never>> = (inputs) => {
  const factor = floats(inputs, 1)[0]!;
  return [floats(inputs, 0).map((value) => factor * value)];
};

/** Only to float32, which here is double precision: compile has refused anything else. */
export const cast: Kernel<CastAttributes> = (inputs) => [floats(inputs, 0).slice()];

export const swiglu: Kernel<Record<string, never>> = (inputs) => {
  const up = floats(inputs, 1);
  return [floats(inputs, 0).map((gate, i) => gate * sigmoid(gate) * up[i]!)];
};

export const swigluGrad: Kernel<Record<string, never>> = (inputs) => {
  const gates = floats(inputs, 0);
  const up = floats(inputs, 1);
  const dy = floats(inputs, 2);
  return [
    gates.map((gate, i) => dy[i]! * up[i]! * sigmoid(gate) * (1 + gate * (1 - sigmoid(gate)))),
    gates.map((gate, i) => dy[i]! * gate * sigmoid(gate)),
  ];
};

export const dropout: Kernel<DropoutAttributes> = (inputs, { rate, salt }) => {
  const key = dropoutKey(ints(inputs, 1)[0]!, salt);
  return [floats(inputs, 0).map((value, i) => (keeps(key, i, rate) ? value / (1 - rate) : 0))];
};
