/** Embedding and matrix product, as `graph/ops/embedding.ts` and `matmul.ts` define them. */
import type { EmbeddingGradAttributes } from '../../../graph/ops/embedding.ts';
import type { MatmulAttributes } from '../../../graph/ops/matmul.ts';
import { asMatrix, floats, ints, size, zeros } from '../tensor.ts';
import type { Kernel } from '../tensor.ts';

export const embedding: Kernel<Record<string, never>> = (inputs, _, [shape]) => {
  const table = floats(inputs, 0);
  const width = size(shape!, -1);
  const y = zeros(shape!);
  for (const [t, id] of ints(inputs, 1).entries()) y.set(table.subarray(id * width, (id + 1) * width), t * width);
  return [y];
};

export const embeddingGrad: Kernel<EmbeddingGradAttributes> = (inputs, _, [shape]) => {
  const dy = floats(inputs, 1);
  const width = size(shape!, -1);
  const table = zeros(shape!);
  for (const [t, id] of ints(inputs, 0).entries())
    for (let i = 0; i < width; i++) table[id * width + i]! += dy[t * width + i]!;
  return [table];
};

export const matmul: Kernel<MatmulAttributes> = (inputs, { transposeA, transposeB }, [shape]) => {
  const a = floats(inputs, 0);
  const b = floats(inputs, 1);
  const left = asMatrix(inputs[0]!.shape);
  const right = asMatrix(inputs[1]!.shape);
  const y = zeros(shape!);
  const n = size(shape!, -1);
  if (transposeB) {
    for (let r = 0; r < left.rows; r++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let k = 0; k < left.columns; k++) sum += a[r * left.columns + k]! * b[j * right.columns + k]!;
        y[r * n + j] = sum;
      }
    return [y];
  }
  for (let r = 0; r < left.rows; r++)
    for (let c = 0; c < left.columns; c++) {
      const factor = a[r * left.columns + c]!;
      const from = (transposeA ? r : c) * n;
      const to = (transposeA ? c : r) * n;
      for (let j = 0; j < n; j++) y[to + j]! += factor * b[from + j]!;
    }
  return [y];
};
