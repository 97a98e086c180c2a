/**
 * How each operation of the graph is told to the addon: its operands with their sizes, and its numbers, in the order that the
 * comments on the kernels (engine/native/src) give. Every size is checked here, so that no kernel can leave its memory.
 */
import type { AttentionAttributes } from '../../graph/ops/attention.ts';
import type { OperationName, Value } from '../../graph/index.ts';
import type { CellId, Emitter, ProgramBuilder } from './programBuilder.ts';

/** The last dimension, and how often it is there. */
function rowsOf(builder: ProgramBuilder, value: Value): { rows: number; columns: number } {
  const columns = builder.plan.shape(value).at(-1)!;
  return { rows: builder.count(value) / columns, columns };
}

/** An operation on n elements, whose one output may be written over its first input. */
function plain(builder: ProgramBuilder, op: string, inputs: readonly Value[], numbers: readonly number[] = []): void {
  const n = builder.count(inputs[0]!);
  const operands = inputs.map((value) => builder.floats(value, n));
  builder.emit(op, [...operands, builder.anyOutput(0, n, [...inputs.keys()])], [n, ...numbers]);
}

function attentionNumbers(builder: ProgramBuilder, q: Value, { heads, kvHeads, headDim, scale }: AttentionAttributes) {
  const [batch, sequence] = builder.plan.shape(q) as [number, number];
  const tokens = batch * sequence;
  return {
    numbers: [batch, sequence, heads, kvHeads, headDim, scale],
    batch,
    sequence,
    tokens,
    queries: tokens * heads * headDim,
    keys: tokens * kvHeads * headDim,
    stats: tokens * heads,
  };
}

/** Inputs hidden, weight and targets of the head. */
function head(builder: ProgramBuilder, [hidden, weight, targets]: readonly Value[]) {
  const [vocabulary, width] = builder.plan.shape(weight!) as [number, number];
  const tokens = builder.count(hidden!) / width;
  const { cell, format } = builder.weights(weight, vocabulary * width);
  const operands: CellId[] = [builder.floats(hidden, tokens * width), cell];
  operands.push(builder.indices(targets, tokens, 'targets', -(2 ** 31), vocabulary));
  return { operands, tokens, width, vocabulary, format };
}

/** Cells of `rows` and `past`: rows that the cache has, with room for `sequence` positions. */
function cacheRows(
  builder: ProgramBuilder,
  [rows, past]: readonly (Value | undefined)[],
  [batch, sequence]: readonly [number, number],
  cache: readonly number[],
): CellId[] {
  const [count, capacity] = cache as [number, number];
  const room = `the position to begin at (${sequence} of a capacity of ${capacity})`;
  return [
    builder.indices(rows, batch, 'rows of the cache', 0, count),
    builder.indices(past, batch, room, 0, capacity - sequence + 1),
  ];
}

export const emitters: { readonly [N in OperationName]: Emitter<N> } = {
  embedding({ inputs: [table, ids] }, builder) {
    const { rows, columns } = rowsOf(builder, table!);
    const tokens = builder.count(ids!);
    const { cell, format } = builder.weights(table, rows * columns);
    const operands = [cell, builder.indices(ids, tokens, 'ids', 0, rows)];
    builder.emit('embedding', [...operands, builder.anyOutput(0, tokens * columns)], [tokens, columns, format, rows]);
  },
  embeddingGrad({ inputs: [ids, dy], attributes: { rows } }, builder) {
    const tokens = builder.count(ids!);
    const { columns } = rowsOf(builder, dy!);
    const operands = [builder.indices(ids, tokens, 'ids', 0, rows), builder.floats(dy, tokens * columns)];
    const sum = builder.sum(0);
    const table = sum ?? builder.anyOutput(0, rows * columns);
    builder.emit('embeddingGrad', [...operands, table], [tokens, columns, rows, sum === undefined ? 0 : 1]);
  },
  matmul({ inputs: [a, b], attributes: { transposeA, transposeB } }, builder) {
    const left = rowsOf(builder, a!);
    const right = rowsOf(builder, b!);
    const [m, k] = transposeA ? [left.columns, left.rows] : [left.rows, left.columns];
    const n = transposeB ? right.rows : right.columns;
    const weight = builder.weights(b, k * n);
    const operands = [builder.floats(a, m * k), weight.cell];
    const sum = builder.sum(0);
    const y = sum ?? builder.anyOutput(0, m * n);
    const numbers = [m, n, k, Number(transposeA), Number(transposeB), sum === undefined ? 0 : 1, weight.format];
    builder.emit('matmul', [...operands, y], numbers);
  },
  rmsNorm({ inputs: [x, weight], attributes: { epsilon } }, builder) {
    const { rows, columns } = rowsOf(builder, x!);
    const operands = [builder.floats(x), builder.floats(weight, columns)];
    builder.emit('rmsNorm', [...operands, builder.anyOutput(0, rows * columns, [0])], [rows, columns, epsilon]);
  },
  rmsNormGrad({ inputs: [x, weight, dy], attributes: { epsilon } }, builder) {
    const { rows, columns } = rowsOf(builder, x!);
    const n = rows * columns;
    const operands = [builder.floats(x), builder.floats(weight, columns), builder.floats(dy, n)];
    const outputs = [builder.output(0, n), builder.output(1, columns)];
    builder.emit('rmsNormGrad', [...operands, ...outputs], [rows, columns, epsilon]);
  },
  rope({ inputs: [x, positions], attributes: { headDim, frequencies, inverse } }, builder) {
    const { rows, columns } = rowsOf(builder, x!);
    const size = rows * frequencies.length;
    const at = builder.ints(positions, rows);
    const angles = builder.table(`${at} ${frequencies.join()}`, [size, size], (cells) => {
      builder.emit('ropeAngles', [at, ...cells], [rows, ...frequencies]);
    });
    const operands = [builder.floats(x), ...angles, builder.anyOutput(0, rows * columns, [0])];
    builder.emit('rope', operands, [rows, columns, headDim, Number(inverse)]);
  },
  attention({ inputs: [q, k, v, segments], attributes }, builder) {
    const { numbers, tokens, queries, keys, stats } = attentionNumbers(builder, q!, attributes);
    const operands = [builder.floats(q, queries), builder.floats(k, keys), builder.floats(v, keys)];
    const outputs = [builder.anyOutput(0, queries), builder.output(1, stats)];
    builder.emit('attention', [...operands, builder.ints(segments, tokens), ...outputs], numbers);
  },
  attentionGrad({ inputs: [q, k, v, segments, y, logSumExp, dy], attributes }, builder) {
    const { numbers, tokens, queries, keys, stats } = attentionNumbers(builder, q!, attributes);
    const operands = [
      ...[builder.floats(q, queries), builder.floats(k, keys), builder.floats(v, keys), builder.ints(segments, tokens)],
      ...[builder.floats(y, queries), builder.floats(logSumExp, stats), builder.floats(dy, queries)],
    ];
    const outputs = [builder.anyOutput(0, queries), builder.anyOutput(1, keys), builder.anyOutput(2, keys)];
    builder.emit('attentionGrad', [...operands, ...outputs], numbers);
  },
  treeAttention({ inputs: [q, k, v, ends], attributes }, builder) {
    const { numbers, tokens, queries, keys } = attentionNumbers(builder, q!, attributes);
    const operands = [builder.floats(q, queries), builder.floats(k, keys), builder.floats(v, keys)];
    builder.emit('treeAttention', [...operands, builder.ints(ends, tokens), builder.anyOutput(0, queries)], numbers);
  },
  cacheWrite({ inputs: [cache, x, ...at] }, builder) {
    const shape = builder.plan.shape(cache!) as [number, number, number];
    const [batch, sequence] = builder.plan.shape(x!) as [number, number];
    const operands = [builder.floats(cache), builder.floats(x, batch * sequence * shape[2])];
    const places = cacheRows(builder, at, [batch, sequence], shape);
    builder.emit('cacheWrite', [...operands, ...places], [batch, shape[1], shape[2], sequence]);
  },
  cacheCopy({ inputs: [cache, from, to] }, builder) {
    const [rows, capacity, width] = builder.plan.shape(cache!) as [number, number, number];
    const copies = builder.count(to!);
    const operands = [builder.floats(cache), builder.indices(from, 1, 'rows of the cache', 0, rows)];
    operands.push(builder.indices(to, copies, 'rows of the cache', 0, rows));
    builder.emit('cacheCopy', operands, [capacity * width, copies]);
  },
  cachedAttention({ inputs: [q, keys, values, ...at], attributes }, builder) {
    const { numbers, batch, sequence, queries } = attentionNumbers(builder, q!, attributes);
    const shape = builder.plan.shape(keys!) as [number, number, number];
    const operands = [builder.floats(q, queries), builder.floats(keys), builder.floats(values, builder.count(keys!))];
    const places = cacheRows(builder, at, [batch, sequence], shape);
    const y = builder.anyOutput(0, queries);
    builder.emit('cachedAttention', [...operands, ...places, y], [...numbers, shape[1]]);
  },
  swiglu: ({ inputs }, builder) => plain(builder, 'swiglu', inputs),
  swigluGrad({ inputs }, builder) {
    const n = builder.count(inputs[0]!);
    const operands = inputs.map((value) => builder.floats(value, n));
    builder.emit('swigluGrad', [...operands, builder.output(0, n), builder.output(1, n)], [n]);
  },
  headCrossEntropy({ inputs, attributes: { classes, gradients } }, builder) {
    const { operands, tokens, width, vocabulary, format } = head(builder, inputs);
    operands.push(builder.floats(inputs[3], tokens), builder.indices(inputs[4], tokens, 'classes', 0, classes));
    const results = [builder.output(0, 1), builder.output(1, classes), builder.output(2, classes)];
    const dhidden = gradients === 'none' ? undefined : builder.output(3, tokens * width);
    const dweight = gradients === 'both' ? builder.output(4, vocabulary * width) : undefined;
    const wanted = dhidden !== undefined || dweight !== undefined;
    const numbers = [tokens, width, vocabulary, classes, 0, Number(wanted), format];
    builder.emit('headCrossEntropy', [...operands, ...results, dhidden, dweight], numbers);
  },
  headLogProbabilities({ inputs: [hidden, weight, at, targets] }, builder) {
    const [vocabulary, width] = builder.plan.shape(weight!) as [number, number];
    const tokens = builder.count(hidden!) / width;
    const [places, each] = builder.plan.shape(targets!) as [number, number];
    const { cell, format } = builder.weights(weight, vocabulary * width);
    const operands = [builder.floats(hidden, tokens * width), cell];
    operands.push(builder.indices(at, places, 'places', 0, tokens));
    operands.push(builder.indices(targets, places * each, 'targets', -(2 ** 31), vocabulary));
    const y = builder.anyOutput(0, places * each);
    builder.emit('headLogProbabilities', [...operands, y], [places, width, vocabulary, format, each]);
  },
  headLogits({ inputs: [hidden, weight, at] }, builder) {
    const [batch, sequence, width] = builder.plan.shape(hidden!) as [number, number, number];
    const vocabulary = builder.plan.shape(weight!)[0]!;
    const { cell, format } = builder.weights(weight, vocabulary * width);
    const operands = [builder.floats(hidden), cell];
    operands.push(builder.indices(at, batch, 'positions of the logits', 0, sequence));
    const y = builder.anyOutput(0, batch * vocabulary);
    builder.emit('headLogits', [...operands, y], [batch, sequence, width, vocabulary, format]);
  },
  add: ({ inputs }, builder) => plain(builder, 'add', inputs),
  scale: ({ inputs, attributes: { factor } }, builder) => plain(builder, 'scale', inputs, [factor]),
  scaleBy({ inputs: [x, factor] }, builder) {
    const n = builder.count(x!);
    const operands = [builder.floats(x), builder.floats(factor, 1), builder.anyOutput(0, n, [0])];
    builder.emit('scaleBy', operands, [n]);
  },
  /** Only to float32: anything else has been refused. */
  cast: ({ inputs }, builder) => plain(builder, 'copy', inputs),
  dropout({ inputs: [x, seed], attributes: { rate, salt } }, builder) {
    const n = builder.count(x!);
    const operands = [builder.floats(x), builder.ints(seed, 1), builder.anyOutput(0, n, [0])];
    builder.emit('dropout', operands, [n, rate, salt]);
  },
  accumulate({ inputs: [sum, x] }, builder) {
    const n = builder.count(sum!);
    builder.emit('accumulate', [builder.floats(sum), builder.floats(x, n)], [n]);
  },
  clear({ inputs: [x] }, builder) {
    builder.emit('clear', [builder.floats(x)], [builder.count(x!)]);
  },
  sumOfSquares({ inputs }, builder) {
    const operands = inputs.map((value) => builder.floats(value));
    builder.emit(
      'sumOfSquares',
      [...operands, builder.anyOutput(0, 1)],
      inputs.map((value) => builder.count(value)),
    );
  },
  clipFactor({ inputs: [sum], attributes: { maxNorm } }, builder) {
    builder.emit('clipFactor', [builder.floats(sum, 1), builder.anyOutput(0, 1)], [maxNorm]);
  },
  adamw({ inputs, attributes: { beta1, beta2, epsilon, weightDecay } }, builder) {
    const n = builder.count(inputs[0]!);
    const counts = [n, n, n, n, 1, 1, 2];
    const operands = counts.map((count, i) => builder.floats(inputs[i], count));
    builder.emit('adamw', operands, [n, beta1, beta2, epsilon, weightDecay]);
  },
};
