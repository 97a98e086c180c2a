/** Rows of tables, their gradient, and rotary positions. */
import { matrix } from '../program.ts';
import type { Feeds } from '../program.ts';
import type { Emitter, ProgramBuilder } from '../programBuilder.ts';
import type { Tensor } from '../tensors.ts';

export const embedding: Emitter<'embedding'> = ({ inputs: [table, ids] }, builder) => {
  const rows = builder.of(table);
  const feed = builder.indices(ids, 'ids', 0, rows.ne[1]);
  builder.give(0, builder.t.getRows(rows, idsOf(builder, feed, builder.plan.shape(ids!))));
};

const idsOf = (builder: ProgramBuilder, feed: string, shape: readonly number[]): Tensor => {
  const [columns, rows] = matrix(shape);
  return builder.input(`ids ${feed}`, 'int32', [columns * rows, 1, 1, 1], (feeds) => feeds.of(feed));
};

/**
 * ggml's own gradient of getRows is slow on GPUs. Here rows are put in order of their ids; then, doubling the distance each time,
 * each row takes in the one that stands so far behind it, where that is of the same id: after log2(tokens) such sums the first row
 * of each id holds the sum of all.
 */
export const embeddingGrad: Emitter<'embeddingGrad'> = ({ inputs: [ids, dy], attributes: { rows } }, builder) => {
  const { t } = builder;
  const feed = builder.indices(ids, 'ids', 0, rows);
  let x = builder.of(dy);
  const [, tokens] = x.ne;
  const sortedIds = (feeds: Feeds) =>
    feeds.once(`sorted ${feed}`, () => inOrder(feeds, feed).map((place) => feeds.of(feed)[place]!));
  const places = (key: string, make: (feeds: Feeds) => Int32Array) =>
    builder.input(`${key} ${feed}`, 'int32', [tokens, 1, 1, 1], make);
  x = t.getRows(
    x,
    places('order', (feeds) => inOrder(feeds, feed)),
  );
  for (let by = 1; by < tokens; by *= 2) {
    const n = tokens - by;
    const alike = builder.input(`alike ${by} ${feed}`, 'float32', [1, n, 1, 1], (feeds) => {
      const ids = sortedIds(feeds);
      return Float32Array.from({ length: n }, (_, i) => Number(ids[i] === ids[i + by]));
    });
    t.addInto(t.rows(x, 0, n), t.mul(t.rows(x, by, n), alike));
  }
  const first = places('first', (feeds) => {
    const ids = sortedIds(feeds);
    const firsts = Int32Array.from(ids.keys());
    for (let i = 1; i < ids.length; i++) if (ids[i] === ids[i - 1]) firsts[i] = firsts[i - 1]!;
    return firsts;
  });
  builder.giveScattered(0, t.getRows(x, first), places('sorted', sortedIds));
};

/** Places of tokens in the order of their ids. */
const inOrder = (feeds: Feeds, feed: string): Int32Array =>
  feeds.once(`order ${feed}`, () => {
    const ids = feeds.of(feed);
    return Int32Array.from(ids.keys()).sort((a, b) => ids[a]! - ids[b]! || a - b);
  });

/** Cosines and sines are made here in double precision: ggml's angles would be float32's, off by 1e-4 at position 4,000. */
export const rope: Emitter<'rope'> = (
  { inputs: [x, positions], attributes: { headDim, frequencies, inverse } },
  builder,
) => {
  const { t } = builder;
  const tensor = builder.of(x);
  const [width, tokens] = tensor.ne;
  const feed = builder.feed(positions, 'positions');
  const key = `${feed} ${frequencies.join()}`;
  const table = (name: string, of: (angle: number) => number, first: 1 | -1) =>
    builder.input(`${name} ${key}`, 'float32', [headDim, 1, tokens, 1], (feeds) => {
      const at = feeds.of(feed);
      const half = headDim / 2;
      const data = new Float32Array(tokens * headDim);
      for (let token = 0; token < tokens; token++)
        for (let i = 0; i < half; i++) {
          const value = of(at[token]! * frequencies[i]!);
          data[token * headDim + i] = first * value;
          data[token * headDim + half + i] = value;
        }
      return data;
    });
  const heads = width / headDim;
  const parts = (y: Tensor) => t.reshape(y, headDim, heads, tokens);
  // The halves of a head change places.
  const turned = parts(t.roll(t.reshape(tensor, headDim / 2, 2, heads, tokens), 1));
  const [along, across] = [
    t.mul(parts(tensor), table('cosines', Math.cos, 1)),
    t.mul(turned, table('sines', Math.sin, -1)),
  ];
  builder.give(0, inverse ? t.sub(along, across) : t.add(along, across));
};
