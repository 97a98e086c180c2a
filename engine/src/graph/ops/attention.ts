/** Causal attention with grouped query heads: inside documents (training), over trees of tokens (scoring) and over a cache (generation). */
import { expectRank, expectShape, GraphError, input, scalar } from '../operation.ts';
import type { Operation } from '../operation.ts';
import type { Dim, ValueType } from '../value.ts';
import { typeText } from '../value.ts';

export interface AttentionAttributes {
  readonly heads: number;
  /** Key and value heads; divides heads. Query head h reads key and value head floor(h · kvHeads / heads). */
  readonly kvHeads: number;
  readonly headDim: number;
  /** Multiplies the scores: 1 / √headDim. */
  readonly scale: number;
}

function expectHeads(q: ValueType, k: ValueType, v: ValueType, a: AttentionAttributes): void {
  expectRank('q', q, 3);
  expectRank('k', k, 3);
  expectShape('v', v, k.shape);
  const fits = q.shape[2] === a.heads * a.headDim && k.shape[2] === a.kvHeads * a.headDim && a.heads % a.kvHeads === 0;
  if (!fits)
    throw new GraphError(
      `attention with ${a.heads} heads (${a.kvHeads} for keys) of ${a.headDim}: q is ${typeText(q)}, k ${typeText(k)}`,
    );
}

/**
 * attention(q [B, S, heads · headDim], k, v [B, S, kvHeads · headDim], segments [B, S] int32)
 *   → y [B, S, heads · headDim], logSumExp [B, heads, S] float32.
 *
 * Position i sees position j where j ≤ i and segments[b, i] = segments[b, j] (any int, -1 being one like others; every position
 * sees itself). Per head, with z[i, j] = scale · q[i] · k[j] over the j that i sees:
 *
 *     logSumExp[i] = log Σ over j of exp z[i, j]
 *     y[i]         = Σ over j of exp(z[i, j] - logSumExp[i]) · v[j]
 *
 * logSumExp serves the gradient; a backend that recomputes there may leave it uncomputed where only attentionGrad uses it.
 */
export const attention: Operation<AttentionAttributes> = {
  name: 'attention',
  inputs: ['q', 'k', 'v', 'segments'],
  outputs: ['y', 'logSumExp'],
  infer(inputs, attributes) {
    const q = input(inputs, 0);
    const k = input(inputs, 1);
    expectHeads(q, k, input(inputs, 2), attributes);
    expectShape('segments', input(inputs, 3), q.shape.slice(0, 2), 'int32');
    expectShape('k', k, [...q.shape.slice(0, 2), attributes.kvHeads * attributes.headDim]);
    return [q, { shape: [q.shape[0]!, attributes.heads, q.shape[1]!], dtype: 'float32' }];
  },
  gradient({ graph, inputs, outputs, attributes, outputGradients: [dy] }) {
    if (dy === undefined) return inputs.map(() => undefined);
    return [...graph.add('attentionGrad', [...inputs, outputs[0]!, outputs[1]!, dy], attributes), undefined];
  },
};

/**
 * treeAttention(q [B, S, heads · headDim], k, v [B, S, kvHeads · headDim], ends [B, S] int32) → y [B, S, heads · headDim].
 *
 * For sequences that begin alike and are computed once as far as they do: a row holds a forest of tokens in preorder, and behind
 * position j stand its descendants up to ends[b, j], exclusive. Position i sees itself and its ancestors: position j where
 * j ≤ i < ends[b, j]. So j < ends[b, j] ≤ S, and of two such spans one is within the other or they are apart: the caller's matter.
 * Otherwise as attention. No gradient.
 */
export const treeAttention: Operation<AttentionAttributes> = {
  name: 'treeAttention',
  inputs: ['q', 'k', 'v', 'ends'],
  outputs: ['y'],
  infer(inputs, attributes) {
    const q = input(inputs, 0);
    const k = input(inputs, 1);
    expectHeads(q, k, input(inputs, 2), attributes);
    expectShape('ends', input(inputs, 3), q.shape.slice(0, 2), 'int32');
    expectShape('k', k, [...q.shape.slice(0, 2), attributes.kvHeads * attributes.headDim]);
    return [q];
  },
};

/**
 * attentionGrad(q, k, v, segments, y, logSumExp, dy: as in attention) → dq, dk, dv, shaped like q, k, v. Per head, with
 * p[i, j] = exp(z[i, j] - logSumExp[i]) for the j that i sees, else 0:
 *
 *     dz[i, j] = p[i, j] · (dy[i] · v[j] - dy[i] · y[i])
 *     dq[i]    = scale · Σ over j of dz[i, j] · k[j]
 *     dk[j]    = scale · Σ over i (and the query heads that share this key head) of dz[i, j] · q[i]
 *     dv[j]    = Σ over i (and those heads) of p[i, j] · dy[i]
 */
export const attentionGrad: Operation<AttentionAttributes> = {
  name: 'attentionGrad',
  inputs: ['q', 'k', 'v', 'segments', 'y', 'logSumExp', 'dy'],
  outputs: ['dq', 'dk', 'dv'],
  infer(inputs, attributes) {
    const [q, k, v] = [input(inputs, 0), input(inputs, 1), input(inputs, 2)];
    expectHeads(q, k, v, attributes);
    expectShape('y', input(inputs, 4), q.shape);
    expectShape('dy', input(inputs, 6), q.shape);
    return [q, k, v];
  },
};

/**
 * A cache [R, C, W] has R rows, each a sequence of its own with room for C positions. A batch works on some of them: rows[b] is the
 * cache's row of batch row b, and past[b] the number of positions that row holds already. Of a row that is named twice, either
 * is written. What fits where is the caller's matter: rows[b] < R, past[b] + S ≤ C.
 */
function expectRows(inputs: readonly ValueType[], batch: Dim): void {
  expectShape('rows', input(inputs, 0), [batch], 'int32');
  expectShape('past', input(inputs, 1), [batch], 'int32');
}

/**
 * cacheWrite(cache [R, C, W] persistent, x [B, S, W], rows [B] int32, past [B] int32) → nothing; in place, for s in [0, S):
 *
 *     cache[rows[b], past[b] + s, :] = x[b, s, :]
 */
export const cacheWrite: Operation<Record<string, never>> = {
  name: 'cacheWrite',
  inputs: ['cache', 'x', 'rows', 'past'],
  outputs: [],
  mutates: [0],
  infer(inputs) {
    const cache = input(inputs, 0);
    const x = input(inputs, 1);
    expectRank('cache', cache, 3);
    expectRank('x', x, 3);
    expectShape('x', x, [...x.shape.slice(0, 2), cache.shape[2]!]);
    expectRows(inputs.slice(2), x.shape[0]!);
    return [];
  },
};

/**
 * cacheCopy(cache [R, C, W] persistent, from [1] int32, to [N] int32) → nothing; in place: cache[to[n], :, :] = cache[from, :, :].
 * Forks one sequence into others of the same cache; `from` is none of `to`.
 */
export const cacheCopy: Operation<Record<string, never>> = {
  name: 'cacheCopy',
  inputs: ['cache', 'from', 'to'],
  outputs: [],
  mutates: [0],
  infer(inputs) {
    expectRank('cache', input(inputs, 0), 3);
    expectShape('from', input(inputs, 1), scalar, 'int32');
    const to = input(inputs, 2);
    expectRank('to', to, 1);
    expectShape('to', to, to.shape, 'int32');
    return [];
  },
};

/**
 * cachedAttention(q [B, S, heads · headDim], keys, values [R, C, kvHeads · headDim], rows [B] int32, past [B] int32)
 *   → y [B, S, heads · headDim].
 *
 * For generation: keys and values are caches that already hold this call's own. Position i of q[b] stands at past[b] + i and sees
 * j in [0, past[b] + i] of row rows[b]; what lies behind in the cache is never read. Otherwise as attention. No gradient.
 */
export const cachedAttention: Operation<AttentionAttributes> = {
  name: 'cachedAttention',
  inputs: ['q', 'keys', 'values', 'rows', 'past'],
  outputs: ['y'],
  infer(inputs, attributes) {
    const q = input(inputs, 0);
    expectHeads(q, input(inputs, 1), input(inputs, 2), attributes);
    expectRows(inputs.slice(3), q.shape[0]!);
    return [q];
  },
};
