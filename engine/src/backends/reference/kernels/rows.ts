/** Normalisation and rotation, row by row, as `graph/ops/rmsNorm.ts` and `rope.ts` define them. */
import type { RmsNormAttributes } from '../../../graph/ops/rmsNorm.ts';
import type { RopeAttributes } from '../../../graph/ops/rope.ts';
import { asMatrix, floats, ints, zeros } from '../tensor.ts';
import type { Kernel } from '../tensor.ts';

/** r[t] = 1 / √(mean of x² + epsilon). */
function inverseRoots(x: Float64Array, rows: number, columns: number, epsilon: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, t) => {
    let sum = 0;
    for (let i = 0; i < columns; i++) sum += x[t * columns + i]! ** 2;
    return 1 / Math.sqrt(sum / columns + epsilon);
  });
}

export const rmsNorm: Kernel<RmsNormAttributes> = (inputs, { epsilon }, [shape]) => {
  const x = floats(inputs, 0);
  const weight = floats(inputs, 1);
  const { rows, columns } = asMatrix(shape!);
  const r = inverseRoots(x, rows, columns, epsilon);
  return [zeros(shape!).map((_, at) => x[at]! * r[Math.floor(at / columns)]! * weight[at % columns]!)];
};

export const rmsNormGrad: Kernel<RmsNormAttributes> = (inputs, { epsilon }, [shape, weightShape]) => {
  const x = floats(inputs, 0);
  const weight = floats(inputs, 1);
  const dy = floats(inputs, 2);
  const { rows, columns } = asMatrix(shape!);
  const r = inverseRoots(x, rows, columns, epsilon);
  const dx = zeros(shape!);
  const dweight = zeros(weightShape!);
  for (let t = 0; t < rows; t++) {
    const root = r[t]!;
    const start = t * columns;
    let dot = 0;
    for (let i = 0; i < columns; i++) dot += dy[start + i]! * weight[i]! * x[start + i]!;
    for (let i = 0; i < columns; i++) {
      const value = x[start + i]!;
      dx[start + i] = root * dy[start + i]! * weight[i]! - (value * root ** 3 * dot) / columns;
      dweight[i]! += dy[start + i]! * value * root;
    }
  }
  return [dx, dweight];
};

export const rope: Kernel<RopeAttributes> = (inputs, { headDim, frequencies, inverse }, [shape]) => {
  const x = floats(inputs, 0);
  const positions = ints(inputs, 1);
  const { rows, columns } = asMatrix(shape!);
  const half = headDim / 2;
  const sign = inverse ? -1 : 1;
  const y = zeros(shape!);
  for (let t = 0; t < rows; t++)
    for (let head = t * columns; head < (t + 1) * columns; head += headDim)
      for (let i = 0; i < half; i++) {
        const angle = positions[t]! * frequencies[i]!;
        const [cos, sin] = [Math.cos(angle), sign * Math.sin(angle)];
        const [first, second] = [x[head + i]!, x[head + half + i]!];
        y[head + i] = first * cos - second * sin;
        y[head + half + i] = second * cos + first * sin;
      }
  return [y];
};
