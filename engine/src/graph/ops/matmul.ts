/** The matrix product, with either side transposed. */
import { expectRank, GraphError, input, lastDim, leadingDims } from '../operation.ts';
import type { Operation } from '../operation.ts';
import { isStoredType, sameShape, typeText } from '../value.ts';

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * matmul(a, b) → y. Each operand is seen as a matrix whose columns are its last dimension and whose rows are all others
 * flattened. Three forms (never both transposed), by name of the sizes M, N (of y) and K (summed over):
 *
 *     plain       a [..., K], b [K, N]         y [..., N] = a · b         rows of b may only be one dimension
 *     transposeB  a [..., K], b [N, K]         y [..., N] = a · bᵀ        a linear layer: x · Wᵀ
 *     transposeA  a [..., M], b [..., N]       y [M, N]   = aᵀ · b        same leading dimensions; a weight's gradient
 *
 * Sums are in float32 or better. In the first two forms b may be a weight in a stored format: its numbers are widened.
 */
export const matmul: Operation<MatmulAttributes> = {
  name: 'matmul',
  inputs: ['a', 'b'],
  outputs: ['y'],
  stored: [1],
  infer(inputs, { transposeA, transposeB }) {
    const a = input(inputs, 0);
    const b = input(inputs, 1);
    const text = `${typeText(a)}${transposeA ? 'ᵀ' : ''} × ${typeText(b)}${transposeB ? 'ᵀ' : ''}`;
    if (transposeA) {
      if (transposeB || isStoredType(b.dtype) || !sameShape(leadingDims(a), leadingDims(b)))
        throw new GraphError(`matmul does not fit: ${text}`);
      return [{ shape: [lastDim('a', a), lastDim('b', b)], dtype: a.dtype }];
    }
    expectRank('b', b, 2);
    const [rows, columns] = b.shape as [number, number];
    if (lastDim('a', a) !== (transposeB ? columns : rows)) throw new GraphError(`matmul does not fit: ${text}`);
    return [{ shape: [...leadingDims(a), transposeB ? rows : columns], dtype: a.dtype }];
  },
  gradient({ graph, inputs, attributes: { transposeA, transposeB }, outputGradients: [dy], wanted }) {
    if (dy === undefined) return [undefined, undefined];
    const a = inputs[0]!;
    const b = inputs[1]!;
    if (wanted[1] && isStoredType(b.dtype)) throw new GraphError(`${b.name} is stored as ${b.dtype}: it cannot train`);
    const product = (x: typeof a, y: typeof a, tx: boolean, ty: boolean) =>
      graph.one('matmul', [x, y], { transposeA: tx, transposeB: ty });
    const wrtA = () =>
      transposeA
        ? product(b, dy, false, true)
        : transposeB
          ? product(dy, b, false, false)
          : product(dy, b, false, true);
    const wrtB = () =>
      transposeA
        ? product(a, dy, false, false)
        : transposeB
          ? product(dy, a, true, false)
          : product(a, dy, true, false);
    return [wanted[0] ? wrtA() : undefined, wanted[1] ? wrtB() : undefined];
  },
};
