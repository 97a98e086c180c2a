/** The head: logits chunk by chunk, so that [tokens, vocabulary] is never there whole; loss and gradients from them in place. */
import type { Value } from '../../../graph/index.ts';
import type { Feeds } from '../program.ts';
import type { Emitter, ProgramBuilder } from '../programBuilder.ts';
import type { Tensor } from '../tensors.ts';
import { joined } from './attention.ts';

interface Chunk {
  /** [D, n] */
  readonly hidden: Tensor;
  readonly from: number;
  readonly n: number;
  /** -log p(target) in nats: [1, n]; any finite number where the target is ignored. */
  readonly loss: Tensor;
  /** [V, n] */
  readonly probabilities: Tensor;
  /** Places of the targets, 0 where ignored: int32 [1, n] */
  readonly labels: Tensor;
}

/** Every chunk's losses and probabilities, one chunk after the other: `use` may write over the probabilities. */
function chunks(
  builder: ProgramBuilder,
  [hidden, weight, targets]: readonly Value[],
  use: (chunk: Chunk) => void,
): void {
  const { t } = builder;
  const [x, w] = [builder.of(hidden), builder.of(weight)];
  const [, tokens] = x.ne;
  const vocabulary = w.ne[1];
  const feed = builder.indices(targets, 'targets', -(2 ** 31), vocabulary);
  // Sizes that kernels like.
  const most = Math.max(16, Math.floor(builder.limits.logits / vocabulary / 16) * 16);
  const parts = Math.ceil(tokens / most);
  const size = Math.ceil(tokens / parts / 16) * 16;
  for (let from = 0; from < tokens; from += size) {
    const n = Math.min(size, tokens - from);
    const part = t.rows(x, from, n);
    const labels = builder.input(`labels ${feed} ${from} ${n}`, 'int32', [1, n, 1, 1], (feeds) =>
      Int32Array.from(feeds.of(feed).subarray(from, from + n), (target) => Math.max(0, target)),
    );
    const logits = builder.product(w, part);
    const perToken = (z: Tensor) => t.reshape(z, 1, vocabulary, n);
    const target = t.getRows(perToken(logits), labels);
    // log Σ exp z = z - log p for any place; at the largest, p is far from 0.
    const largest = t.reshape(t.argmax(logits), 1, n);
    const top = t.getRows(perToken(logits), largest);
    const probabilities = t.softmaxInto(logits, undefined, 1);
    const logSum = t.sub(top, t.log(t.getRows(perToken(probabilities), largest)));
    use({ hidden: part, from, n, loss: t.reshape(t.sub(logSum, target), 1, n), probabilities, labels });
  }
}

/** A number a token derived from feeds, 0 where the target is ignored: [1, n]. */
function perToken(
  builder: ProgramBuilder,
  key: string,
  from: number,
  n: number,
  targets: string,
  of: (feeds: Feeds, i: number) => number,
) {
  return builder.input(`${key} ${targets} ${from} ${n}`, 'float32', [1, n, 1, 1], (feeds) => {
    const at = feeds.of(targets);
    return Float32Array.from({ length: n }, (_, i) => (at[from + i]! < 0 ? 0 : of(feeds, from + i)));
  });
}

export const headCrossEntropy: Emitter<'headCrossEntropy'> = (
  { inputs, attributes: { classes, gradients } },
  builder,
) => {
  const { t } = builder;
  const [hidden, weight, targets] = inputs;
  const tokens = builder.of(hidden).ne[1];
  const [targetFeed, weightFeed] = [builder.feed(targets, 'targets'), builder.feed(inputs[3], 'weights')];
  const classFeed = builder.indices(inputs[4], 'classes', 0, classes);
  const wantsHidden = gradients !== 'none' && builder.used(3);
  const wantsWeight = gradients === 'both' && builder.used(4);
  const losses: Tensor[] = [];
  const dhidden: Tensor[] = [];
  let dweight: Tensor | undefined;
  chunks(builder, inputs, (chunk) => {
    losses.push(chunk.loss);
    if (!wantsHidden && !wantsWeight) return;
    const { n, from, labels, probabilities } = chunk;
    const places = t.reshape(probabilities, 1, probabilities.ne[0], n);
    const lessOne = t.scale(t.getRows(places, labels), 1, -1);
    const dz = t.reshape(t.setRows(places, lessOne, labels), probabilities.ne[0], n);
    const weights = perToken(
      builder,
      `weights ${weightFeed}`,
      from,
      n,
      targetFeed,
      (feeds, i) => feeds.of(weightFeed)[i]!,
    );
    if (wantsHidden) dhidden.push(t.mul(builder.productT(builder.of(weight), dz), weights));
    if (!wantsWeight) return;
    const part = builder.productT(t.mul(chunk.hidden, weights), builder.transposed(dz));
    dweight = dweight === undefined ? part : t.addInto(dweight, part);
  });
  const loss = joined(builder, losses);
  const whole = perToken(
    builder,
    `weights ${weightFeed}`,
    0,
    tokens,
    targetFeed,
    (feeds, i) => feeds.of(weightFeed)[i]!,
  );
  const members = (feeds: Feeds, c: number, i: number) =>
    Number(feeds.of(targetFeed)[i]! >= 0 && feeds.of(classFeed)[i] === c);
  const key = `${targetFeed} ${classFeed} ${classes}`;
  builder.give(0, t.sum(t.mul(loss, whole)));
  if (builder.used(1)) {
    const ofClass = builder.input(`members ${key}`, 'float32', [tokens, classes, 1, 1], (feeds) =>
      Float32Array.from({ length: tokens * classes }, (_, i) => members(feeds, Math.floor(i / tokens), i % tokens)),
    );
    builder.give(1, t.product(ofClass, t.reshape(loss, tokens)));
  }
  if (builder.used(2))
    builder.give(
      2,
      builder.input(`counts ${key}`, 'float32', [classes, 1, 1, 1], (feeds) =>
        Float32Array.from({ length: classes }, (_, c) => {
          let n = 0;
          for (let i = 0; i < tokens; i++) n += members(feeds, c, i);
          return n;
        }),
      ),
    );
  if (wantsHidden) builder.give(3, joined(builder, dhidden));
  if (dweight !== undefined) builder.give(4, dweight);
};

export const headLogProbabilities: Emitter<'headLogProbabilities'> = (
  { inputs: [hidden, weight, at, targets] },
  builder,
) => {
  const { t } = builder;
  const [x, w] = [builder.of(hidden), builder.of(weight)];
  const vocabulary = w.ne[1];
  const [count, each] = builder.plan.shape(targets!) as [number, number];
  const places = builder.indices(at, 'places', 0, x.ne[1]);
  const feed = builder.indices(targets, 'targets', -(2 ** 31), vocabulary);
  const most = Math.max(16, Math.floor(builder.limits.logits / vocabulary / 16) * 16);
  const size = Math.ceil(count / Math.ceil(count / most) / 16) * 16;
  const scores: Tensor[] = [];
  for (let from = 0; from < count; from += size) {
    const n = Math.min(size, count - from);
    const rows = builder.input(`places ${places} ${from} ${n}`, 'int32', [n, 1, 1, 1], (feeds) =>
      Int32Array.from(feeds.of(places).subarray(from, from + n)),
    );
    const wanted = (feeds: Feeds) => feeds.of(feed).subarray(from * each, (from + n) * each);
    const labels = builder.input(`targets ${feed} ${from} ${n}`, 'int32', [each, n, 1, 1], (feeds) =>
      Int32Array.from(wanted(feeds), (target) => Math.max(0, target)),
    );
    const asked = builder.input(`asked ${feed} ${from} ${n}`, 'float32', [each, n, 1, 1], (feeds) =>
      Float32Array.from(wanted(feeds), (target) => Number(target >= 0)),
    );
    const logits = builder.product(w, t.getRows(x, rows));
    const perToken = (z: Tensor) => t.reshape(z, 1, vocabulary, n);
    const found = t.reshape(t.getRows(perToken(logits), labels), each, n);
    const largest = t.reshape(t.argmax(logits), 1, n);
    const top = t.getRows(perToken(logits), largest);
    const probabilities = t.softmaxInto(logits, undefined, 1);
    const logSum = t.reshape(t.sub(top, t.log(t.getRows(perToken(probabilities), largest))), 1, n);
    scores.push(t.mul(t.sub(found, t.repeat(logSum, [each, n, 1, 1])), asked));
  }
  builder.give(0, joined(builder, scores));
};

export const headLogits: Emitter<'headLogits'> = ({ inputs: [hidden, weight, at] }, builder) => {
  const [batch, sequence] = builder.plan.shape(hidden!) as [number, number];
  const feed = builder.indices(at, 'positions of the logits', 0, sequence);
  const rows = builder.input(`rows ${feed} ${sequence}`, 'int32', [batch, 1, 1, 1], (feeds) =>
    Int32Array.from(feeds.of(feed), (place, row) => row * sequence + place),
  );
  builder.give(0, builder.product(builder.of(weight), builder.t.getRows(builder.of(hidden), rows)));
};
