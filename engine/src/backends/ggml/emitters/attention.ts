/** Attention and its gradient: scores are made whole for as many rows of the batch as memory allows. */
import type { Value } from '../../../graph/index.ts';
import type { AttentionAttributes } from '../../../graph/ops/attention.ts';
import type { Emitter, ProgramBuilder } from '../programBuilder.ts';
import type { Tensor } from '../tensors.ts';

/** [width, tokens] as [headDim, heads, S, B]. */
const split = ({ t }: ProgramBuilder, x: Tensor, headDim: number, batch: number): Tensor =>
  t.reshape(x, headDim, x.ne[0] / headDim, x.ne[1] / batch, batch);
/** [headDim, heads, S, B] as [headDim, S, heads, B], and back: a look at the same memory. */
const byHead = ({ t }: ProgramBuilder, x: Tensor): Tensor => t.permute(x, 0, 2, 1, 3);
/** [headDim, heads, S, B] as [S, headDim, heads, B], copied. */
const bySequence = ({ t }: ProgramBuilder, x: Tensor): Tensor => t.copy(t.permute(x, 1, 2, 0, 3));
/** [headDim, S, heads, B] as [headDim · heads, S · B]. */
const together = (builder: ProgramBuilder, x: Tensor): Tensor => {
  const [headDim, sequence, heads, batch] = x.ne;
  return builder.t.reshape(builder.t.copy(byHead(builder, x)), headDim * heads, sequence * batch);
};

/** softmax(scale · k · q + mask): [keys, queries, heads, B]. */
function probabilities(builder: ProgramBuilder, q: Tensor, k: Tensor, mask: Tensor, scale: number): Tensor {
  const { t } = builder;
  // Kernels want b dense; a may lie as it does.
  const scores = t.product(byHead(builder, k), t.copy(byHead(builder, q)));
  return t.softmaxInto(scores, mask, scale);
}

/** Parts of the batch whose scores fit: [from, n]. */
function parts(builder: ProgramBuilder, batch: number, perRow: number): (readonly [from: number, n: number])[] {
  const n = Math.max(1, Math.min(batch, Math.floor(builder.limits.scores / perRow)));
  return Array.from({ length: Math.ceil(batch / n) }, (_, i) => [i * n, Math.min(n, batch - i * n)]);
}

/** One behind the other, in pairs. */
export function joined(builder: ProgramBuilder, tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 1) return tensors[0]!;
  const half = Math.ceil(tensors.length / 2);
  return builder.t.concat(joined(builder, tensors.slice(0, half)), joined(builder, tensors.slice(half)), 1);
}

/** 0 where position i sees position j, minus infinity elsewhere: [S, S, 1, B]. */
function documentsMask(builder: ProgramBuilder, feed: string, sequence: number, batch: number): Tensor {
  return builder.input(`mask ${feed}`, 'float32', [sequence, sequence, 1, batch], (feeds) => {
    const segments = feeds.of(feed);
    const mask = new Float32Array(batch * sequence * sequence).fill(-Infinity);
    for (let row = 0; row < batch * sequence; row++) {
      const start = row - (row % sequence);
      for (let j = start; j <= row; j++) if (segments[j] === segments[row]) mask[row * sequence + j - start] = 0;
    }
    return mask;
  });
}

/** The same where positions see themselves and their ancestors in trees. */
function treeMask(builder: ProgramBuilder, feed: string, sequence: number, batch: number): Tensor {
  return builder.input(`tree mask ${feed}`, 'float32', [sequence, sequence, 1, batch], (feeds) => {
    const ends = feeds.of(feed);
    const mask = new Float32Array(batch * sequence * sequence).fill(-Infinity);
    for (let b = 0; b < batch; b++)
      for (let j = 0; j < sequence; j++)
        for (let i = j; i < ends[b * sequence + j]!; i++) mask[(b * sequence + i) * sequence + j] = 0;
    return mask;
  });
}

const keyOf = (q: Tensor, k: Tensor, mask: Tensor, scale: number, from: number) =>
  `probabilities ${q.id} ${k.id} ${mask.id} ${scale} ${from}`;

export const attention: Emitter<'attention'> = ({ inputs: [q, k, v, segments], attributes }, builder) => {
  const { t } = builder;
  const { headDim, heads, scale } = attributes;
  const [batch, sequence] = builder.plan.shape(q!) as [number, number];
  const mask = documentsMask(builder, builder.feed(segments, 'segments'), sequence, batch);
  const [wholeQ, wholeK, wholeV] = [q, k, v].map((value) => split(builder, builder.of(value), headDim, batch));
  const ys: Tensor[] = [];
  const sums: Tensor[] = [];
  for (const [from, n] of parts(builder, batch, sequence * sequence * heads)) {
    const [qs, ks, vs, masks] = [wholeQ!, wholeK!, wholeV!, mask].map((x) => t.slice(x, 3, from, n));
    const p = builder.once(keyOf(builder.of(q), builder.of(k), mask, scale, from), () =>
      probabilities(builder, qs!, ks!, masks!, scale),
    );
    ys.push(together(builder, t.product(bySequence(builder, vs!), p)));
    if (builder.used(1) && builder.readBeside(1, 'attentionGrad')) sums.push(logSums(builder, qs!, ks!, p, scale));
  }
  builder.give(0, joined(builder, ys));
  if (sums.length > 0) builder.give(1, joined(builder, sums));
};

export const treeAttention: Emitter<'treeAttention'> = ({ inputs: [q, k, v, ends], attributes }, builder) => {
  const { t } = builder;
  const { headDim, heads, scale } = attributes;
  const [batch, sequence] = builder.plan.shape(q!) as [number, number];
  const mask = treeMask(builder, builder.indices(ends, 'ends of the trees', 1, sequence + 1), sequence, batch);
  const whole = [q, k, v].map((value) => split(builder, builder.of(value), headDim, batch));
  const ys = parts(builder, batch, sequence * sequence * heads).map(([from, n]) => {
    const [qs, ks, vs, masks] = [...whole, mask].map((x) => t.slice(x, 3, from, n));
    return together(builder, t.product(bySequence(builder, vs!), probabilities(builder, qs!, ks!, masks!, scale)));
  });
  builder.give(0, joined(builder, ys));
};

/**
 * log Σ exp of the scores of each query: Σ p · (z - log p), since z - log p is that same number wherever p is not 0. [S · heads, B]
 */
function logSums(builder: ProgramBuilder, q: Tensor, k: Tensor, p: Tensor, scale: number): Tensor {
  const { t } = builder;
  const z = t.scale(t.product(byHead(builder, k), t.copy(byHead(builder, q))), scale);
  const logs = t.log(t.clamp(t.copy(p), 1e-37, 1));
  return t.reshape(t.sumRows(t.mul(p, t.sub(z, logs))), p.ne[1] * p.ne[2], p.ne[3]);
}

/** The forward pass's probabilities are kept for it while there are few; otherwise they are made again. y and logSumExp are not needed. */
export const attentionGrad: Emitter<'attentionGrad'> = ({ inputs, attributes }, builder) => {
  const { t } = builder;
  const [q, k, v, segments, , , dy] = inputs;
  const { headDim, heads, scale } = attributes;
  const [batch, sequence] = builder.plan.shape(q!) as [number, number];
  const mask = documentsMask(builder, builder.feed(segments, 'segments'), sequence, batch);
  const [wholeQ, wholeK, wholeV, wholeDy] = [q, k, v, dy].map((value) =>
    split(builder, builder.of(value), headDim, batch),
  );
  const perRow = sequence * sequence * heads;
  const layers = builder.plan.steps.filter(({ node }) => node.op === 'attentionGrad').length;
  const keep = perRow * batch * layers <= builder.limits.keptScores;
  const results: [Tensor[], Tensor[], Tensor[]] = [[], [], []];
  for (const [from, n] of parts(builder, batch, perRow)) {
    const [qs, ks, vs, ds, masks] = [wholeQ!, wholeK!, wholeV!, wholeDy!, mask].map((x) => t.slice(x, 3, from, n));
    const kept = keep ? builder.known(keyOf(builder.of(q), builder.of(k), mask, scale, from)) : undefined;
    const p = kept ?? probabilities(builder, qs!, ks!, masks!, scale);
    const across = (x: Tensor) => t.copy(t.permute(x, 1, 0, 2, 3));
    const dp = t.product(byHead(builder, vs!), t.copy(byHead(builder, ds!)));
    const dz = t.softmaxBack(dp, p, scale);
    results[0].push(together(builder, t.product(bySequence(builder, ks!), dz)));
    results[1].push(grouped(builder, t.product(bySequence(builder, qs!), across(dz)), attributes));
    results[2].push(grouped(builder, t.product(bySequence(builder, ds!), across(p)), attributes));
  }
  for (const [i, tensors] of results.entries()) builder.give(i, joined(builder, tensors));
};

/** [headDim, S, heads, B] summed over the heads that share a key head, as [headDim · kvHeads, S · B]. */
function grouped(builder: ProgramBuilder, x: Tensor, { heads, kvHeads }: AttentionAttributes): Tensor {
  const { t } = builder;
  const [headDim, sequence, , batch] = x.ne;
  const shared = heads / kvHeads;
  const groups = t.reshape(x, headDim * sequence, shared, kvHeads * batch);
  let sum = t.slice(groups, 1, 0, 1);
  for (let i = 1; i < shared; i++) sum = t.add(sum, t.slice(groups, 1, i, 1));
  return together(builder, t.reshape(sum, headDim, sequence, kvHeads, batch));
}

/** Names of the feeds `rows` and `past`: rows that the cache has, with room for `sequence` positions. */
function cacheFeeds(
  builder: ProgramBuilder,
  [rows, past]: readonly (Value | undefined)[],
  sequence: number,
  [count, capacity]: readonly [rows: number, capacity: number, ...number[]],
): { rows: string; past: string } {
  const room = `the position to begin at (${sequence} of a capacity of ${capacity})`;
  return {
    rows: builder.indices(rows, 'rows of the cache', 0, count),
    past: builder.indices(past, room, 0, capacity - sequence + 1),
  };
}

export const cacheWrite: Emitter<'cacheWrite'> = ({ inputs: [cache, x, ...at] }, builder) => {
  const shape = builder.plan.shape(cache!) as [number, number, number];
  const [batch, sequence] = builder.plan.shape(x!) as [number, number];
  const capacity = shape[1];
  const { rows, past } = cacheFeeds(builder, at, sequence, shape);
  const key = `places ${rows} ${past} ${batch} ${sequence} ${capacity}`;
  const places = builder.input(key, 'int32', [batch * sequence, 1, 1, 1], (feeds) =>
    Int32Array.from({ length: batch * sequence }, (_, i) => {
      const row = Math.floor(i / sequence);
      return feeds.of(rows)[row]! * capacity + feeds.of(past)[row]! + (i % sequence);
    }),
  );
  builder.change(cache!, builder.t.setRows(builder.of(cache), builder.of(x), places));
};

/** A cache with a whole sequence a row. */
const wholeRows = (builder: ProgramBuilder, cache: Tensor, rows: number): Tensor =>
  builder.t.reshape(cache, (cache.ne[0] * cache.ne[1]) / rows, rows);

const rowNumbers = (builder: ProgramBuilder, feed: string, count: number): Tensor =>
  builder.input(`rows ${feed}`, 'int32', [count, 1, 1, 1], (feeds) => feeds.of(feed));

export const cacheCopy: Emitter<'cacheCopy'> = ({ inputs: [cache, from, to] }, builder) => {
  const { t } = builder;
  const [rows] = builder.plan.shape(cache!) as [number];
  const copies = builder.plan.shape(to!)[0]!;
  const [source, targets] = [from, to].map((value) => builder.indices(value, 'rows of the cache', 0, rows));
  const whole = wholeRows(builder, builder.of(cache), rows);
  const row = t.getRows(whole, rowNumbers(builder, source!, 1));
  const written = t.setRows(whole, t.repeat(row, [row.ne[0], copies, 1, 1]), rowNumbers(builder, targets!, copies));
  builder.change(cache!, t.reshape(written, ...builder.of(cache).ne));
};

export const cachedAttention: Emitter<'cachedAttention'> = (
  { inputs: [q, keys, values, ...at], attributes },
  builder,
) => {
  const { t } = builder;
  const { headDim, scale } = attributes;
  const [batch, sequence] = builder.plan.shape(q!) as [number, number];
  const shape = builder.plan.shape(keys!) as [number, number, number];
  const capacity = shape[1];
  const { rows, past } = cacheFeeds(builder, at, sequence, shape);
  const mask = builder.input(
    `mask ${past} ${batch} ${sequence} ${capacity}`,
    'float32',
    [capacity, sequence, 1, batch],
    (feeds) => {
      const data = new Float32Array(capacity * sequence * batch);
      for (let i = 0; i < batch * sequence; i++)
        data.fill(
          -Infinity,
          i * capacity + feeds.of(past)[Math.floor(i / sequence)]! + (i % sequence) + 1,
          (i + 1) * capacity,
        );
      return data;
    },
  );
  const [ks, vs] = [keys, values].map((value) => {
    const cache = builder.of(value);
    // A cache of one row is the row.
    if (shape[0] === 1 && batch === 1) return split(builder, cache, headDim, 1);
    const chosen = t.getRows(wholeRows(builder, cache, shape[0]), rowNumbers(builder, rows, batch));
    return t.reshape(chosen, headDim, shape[2] / headDim, capacity, batch);
  });
  const p = probabilities(builder, split(builder, builder.of(q), headDim, batch), ks!, mask, scale);
  builder.give(0, together(builder, t.product(bySequence(builder, vs!), p)));
};
