/** How each operation of the graph is made of ggml's: the simple ones here, the others in `emitters/`. */
import type { OperationName } from '../../graph/index.ts';
import { dropoutKey, keeps } from '../../graph/index.ts';
import {
  attention,
  attentionGrad,
  cacheCopy,
  cachedAttention,
  cacheWrite,
  treeAttention,
} from './emitters/attention.ts';
import { headCrossEntropy, headLogits, headLogProbabilities } from './emitters/head.ts';
import { accumulate, adamw, clear, clipFactor, sumOfSquares } from './emitters/optimizer.ts';
import { embedding, embeddingGrad, rope } from './emitters/rows.ts';
import type { Emitter, ProgramBuilder } from './programBuilder.ts';
import { count } from './tensors.ts';

const matmul: Emitter<'matmul'> = ({ inputs: [a, b], attributes: { transposeA, transposeB } }, builder) => {
  const [left, right] = [builder.of(a), builder.of(b)];
  // ggml's product is of rows with rows: what is to be summed over must lie innermost in both.
  if (transposeB) builder.give(0, builder.product(right, left));
  else builder.give(0, builder.productT(right, transposeA ? builder.transposed(left) : left));
};

const rmsNorm: Emitter<'rmsNorm'> = ({ inputs: [x, weight], attributes: { epsilon } }, builder) => {
  builder.give(0, builder.t.mul(normed(builder, x, epsilon), builder.of(weight)));
};

const normed = (builder: ProgramBuilder, x: Parameters<ProgramBuilder['of']>[0], epsilon: number) => {
  const tensor = builder.of(x);
  return builder.once(`normed ${tensor.id} ${epsilon}`, () => builder.t.rmsNorm(tensor, epsilon));
};

const rmsNormGrad: Emitter<'rmsNormGrad'> = ({ inputs: [x, weight, dy], attributes: { epsilon } }, builder) => {
  const { t } = builder;
  const [w, d] = [builder.of(weight), builder.of(dy)];
  if (builder.used(1)) builder.give(1, t.sumOverRows(t.mul(d, normed(builder, x, epsilon)), t.reshape(w, count(w))));
  if (builder.used(0)) builder.give(0, t.rmsNormBack(t.mul(d, w), builder.of(x), epsilon));
};

const swigluGrad: Emitter<'swigluGrad'> = ({ inputs }, builder) => {
  const { t } = builder;
  const [gate, up, dy] = inputs.map((value) => builder.of(value));
  if (builder.used(0)) builder.give(0, t.siluBack(t.mul(dy!, up!), gate!));
  if (builder.used(1)) builder.give(1, t.mul(dy!, t.silu(gate!)));
};

/** A sum with rows that are to be scattered changes only these, in the other one's memory where that ends here. */
const add: Emitter<'add'> = ({ inputs: [a, b] }, builder) => {
  const { t } = builder;
  for (const [table, rows] of [[a!, b!] as const, [b!, a!] as const]) {
    const scattered = builder.scattered(rows);
    if (scattered === undefined || table === rows || !builder.ends(table) || !builder.ends(rows)) continue;
    const into = builder.of(table);
    builder.give(0, t.setRows(into, t.add(t.getRows(into, scattered.at), scattered.rows), scattered.at));
    return;
  }
  builder.give(0, t.add(builder.of(a), builder.of(b)));
};

const dropout: Emitter<'dropout'> = ({ inputs: [x, seed], attributes: { rate, salt } }, builder) => {
  const tensor = builder.of(x);
  const feed = builder.feed(seed, 'the seed');
  const mask = builder.input(`dropout ${feed} ${salt} ${rate} ${tensor.ne.join()}`, 'float32', tensor.ne, (feeds) => {
    const key = dropoutKey(feeds.of(feed)[0]!, salt);
    const kept = 1 / (1 - rate);
    return Float32Array.from({ length: count(tensor) }, (_, i) => (keeps(key, i, rate) ? kept : 0));
  });
  builder.give(0, builder.t.mul(tensor, mask));
};

export const emitters: { readonly [N in OperationName]: Emitter<N> } = {
  ...{ embedding, embeddingGrad, rope },
  ...{ matmul, rmsNorm, rmsNormGrad, swigluGrad, add, dropout },
  ...{ attention, attentionGrad, cacheWrite, cacheCopy, cachedAttention, treeAttention },
  ...{ headCrossEntropy, headLogProbabilities, headLogits },
  ...{ accumulate, clear, sumOfSquares, clipFactor, adamw },
  swiglu({ inputs: [gate, up] }, builder) {
    builder.give(0, builder.t.swiglu(builder.of(gate), builder.of(up)));
  },
  scale({ inputs: [x], attributes: { factor } }, builder) {
    builder.give(0, builder.t.scale(builder.of(x), factor));
  },
  scaleBy({ inputs: [x, factor] }, builder) {
    builder.give(0, builder.t.mul(builder.of(x), builder.of(factor)));
  },
  /** Only from float32 to float32: anything else has been refused. */
  cast({ inputs: [x] }, builder) {
    builder.give(0, builder.t.copy(builder.of(x)));
  },
};
