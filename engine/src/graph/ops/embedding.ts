/** Rows of a table by id, and the gradient that adds rows back. */
import { expectRank, GraphError, input, leadingDims, lastDim } from '../operation.ts';
import type { Operation } from '../operation.ts';
import { isStoredType } from '../value.ts';

/**
 * embedding(table [V, D] float, ids [...] int32) → y [..., D].
 *
 *     y[t, :] = table[ids[t], :]
 *
 * Every id is in [0, V): the caller has checked. The table may be in a stored format: its numbers are widened.
 */
export const embedding: Operation<Record<string, never>> = {
  name: 'embedding',
  inputs: ['table', 'ids'],
  outputs: ['y'],
  stored: [0],
  infer(inputs) {
    const table = input(inputs, 0);
    const ids = input(inputs, 1);
    expectRank('table', table, 2);
    return [{ shape: [...ids.shape, lastDim('table', table)], dtype: 'float32' }];
  },
  gradient({ graph, inputs: [table, ids], outputGradients: [dy], wanted }) {
    if (dy === undefined || !wanted[0]) return [undefined, undefined];
    if (isStoredType(table!.dtype))
      throw new GraphError(`${table!.name} is stored as ${table!.dtype}: it cannot train`);
    return [graph.one('embeddingGrad', [ids!, dy], { rows: table!.shape[0] as number }), undefined];
  },
};

export interface EmbeddingGradAttributes {
  /** V, rows of the table. */
  readonly rows: number;
}

/**
 * embeddingGrad(ids [...] int32, dy [..., D]) → dtable [V, D]: scatter-add, the same id may come many times.
 *
 *     dtable[v, :] = Σ over t with ids[t] = v of dy[t, :]
 */
export const embeddingGrad: Operation<EmbeddingGradAttributes> = {
  name: 'embeddingGrad',
  inputs: ['ids', 'dy'],
  outputs: ['dtable'],
  infer(inputs, { rows }) {
    const dy = input(inputs, 1);
    const ids = input(inputs, 0);
    if (leadingDims(dy).length !== ids.shape.length) expectRank('dy', dy, ids.shape.length + 1);
    return [{ shape: [rows, lastDim('dy', dy)], dtype: dy.dtype }];
  },
};
