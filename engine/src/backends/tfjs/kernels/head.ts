/**
 * The head and what is made of its logits, in chunks of rows so that [tokens, vocabulary] is never stored whole. Rows without a
 * label are left out from the start. Softmax is one fast kernel of the runtime while exp is slow, so all is made of
 * probabilities: log Σ exp z = max z - log max p, exact since max p is at least 1 / V.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import { asMatrix, hostOf, input, type Kernel, type Operand, type Run, transposed } from '../operand.ts';
import type { WasmBackend } from '../runtime.ts';
import { rowsOf } from '../wasmRows.ts';

/** Logits in memory at once. */
const chunkElements = 1 << 23;

interface Chunk {
  /** Numbers of the tokens. */
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  readonly hidden: tf.Tensor2D;
  /** Probabilities [rows, V]. */
  readonly p: tf.Tensor2D;
  /** -log p[target], in nats, by row. */
  readonly losses: Float32Array;
}

interface Head {
  readonly wasm: WasmBackend;
  readonly hidden: tf.Tensor;
  readonly weight: Operand;
  /** Tokens with a label, in order. */
  readonly labelled: Int32Array;
  /** Of all tokens. */
  readonly targets: Int32Array;
}

function headOf(inputs: readonly Operand[], run: Run): Head {
  const targets = hostOf(input(inputs, 2)) as Int32Array;
  const labelled = Int32Array.from(targets.keys()).filter((token) => targets[token]! >= 0);
  return { wasm: run.wasm, hidden: asMatrix(input(inputs, 0).tensor), weight: input(inputs, 1), labelled, targets };
}

/** Works through the rows with a label; a chunk's tensors go with it, except the one that `use` returns. */
function byChunk(head: Head, use: (chunk: Chunk) => tf.Tensor | null): void {
  const { labelled, targets } = head;
  const size = Math.max(1, Math.floor(chunkElements / head.weight.tensor.shape[0]));
  const weight = transposed(head.weight);
  for (let start = 0; start < labelled.length; start += size) {
    tf.tidy(() => {
      const tokens = labelled.subarray(start, start + size);
      const chunkTargets = tokens.map((token) => targets[token]!);
      const hidden = rowsOf(head.wasm, head.hidden, tokens);
      const logits: tf.Tensor2D = tf.matMul(hidden, weight);
      const p = tf.softmax(logits);
      const logSumExp = tf.sub(tf.max(logits, 1), tf.log(tf.max(p, 1)));
      const losses = tf.sub(logSumExp, at(logits, chunkTargets)).dataSync<'float32'>();
      return use({ tokens, targets: chunkTargets, hidden, p, losses }) ?? [];
    });
  }
}

/** x[i, columns[i]] for each row i. */
function at(x: tf.Tensor2D, columns: Int32Array): tf.Tensor {
  const places = new Int32Array(columns.length * 2);
  for (const [i, column] of columns.entries()) places.set([i, column], i * 2);
  return tf.gatherND(x, tf.tensor2d(places, [columns.length, 2], 'int32'));
}

/** A number for each token, as a column. */
const column = (tokens: Int32Array, of: (token: number) => number): tf.Tensor2D =>
  tf.tensor2d(Float32Array.from(tokens, of), [tokens.length, 1]);

/** Rows added into a table of zeros at the places of their ids. */
const scatter = (ids: Int32Array, rows: tf.Tensor, shape: number[]): tf.Tensor =>
  tf.scatterND(tf.tensor2d(ids, [ids.length, 1], 'int32'), rows, shape);

export const headCrossEntropy: Kernel<AttributesOf<'headCrossEntropy'>> = (context) => {
  const { inputs, attributes, used, run } = context;
  const head = headOf(inputs, run);
  const { weight, labelled, hidden } = head;
  const weights = hostOf(input(inputs, 3));
  const classes = hostOf(input(inputs, 4));
  const sums = new Float64Array(attributes.classes);
  const counts = new Float64Array(attributes.classes);
  let loss = 0;
  const wantHidden = attributes.gradients !== 'none' && used[3] === true;
  const wantWeight = attributes.gradients === 'both' && used[4] === true;
  // dz = w · (p - [label]): the dense part by products, chunk by chunk; the labels' part by rows, at the end.
  const hiddenParts: tf.Tensor[] = [];
  let dweight: tf.Tensor | undefined;
  byChunk(head, (chunk) => {
    for (const [i, token] of chunk.tokens.entries()) {
      const n = chunk.losses[i]!;
      loss += weights[token]! * n;
      sums[classes[token]!]! += n;
      counts[classes[token]!]! += 1;
    }
    if (!wantHidden && !wantWeight) return null;
    const wp: tf.Tensor2D = tf.mul(
      chunk.p,
      column(chunk.tokens, (token) => weights[token]!),
    );
    if (wantHidden) hiddenParts.push(tf.keep(tf.matMul(wp, weight.tensor as tf.Tensor2D)));
    if (!wantWeight) return null;
    const part = tf.matMul(tf.transpose(wp), chunk.hidden);
    const sum = dweight === undefined ? part : tf.add(dweight, part);
    dweight?.dispose();
    dweight = sum;
    return sum;
  });
  const w = column(labelled, (token) => weights[token]!);
  const [vocabulary, width] = weight.tensor.shape as [number, number];
  const labels = labelled.map((token) => head.targets[token]!);
  const toHidden = () => {
    if (labelled.length === 0) return tf.zeros(hidden.shape);
    const dense = tf.concat(hiddenParts, 0);
    for (const part of hiddenParts) part.dispose();
    return scatter(labelled, tf.sub(dense, tf.mul(rowsOf(run.wasm, weight.tensor, labels), w)), hidden.shape);
  };
  const toWeight = () => {
    if (dweight === undefined) return tf.zeros([vocabulary, width]);
    return tf.sub(dweight, scatter(labels, tf.mul(rowsOf(run.wasm, hidden, labelled), w), [vocabulary, width]));
  };
  return [
    tf.tensor1d([loss]),
    tf.tensor1d(Float32Array.from(sums)),
    tf.tensor1d(Float32Array.from(counts)),
    wantHidden ? toHidden() : undefined,
    wantWeight ? toWeight() : undefined,
  ];
};

export const headLogLikelihood: Kernel<AttributesOf<'headLogLikelihood'>> = ({ inputs, shapes, run }) => {
  const head = headOf(inputs, run);
  const answer = new Float32Array(head.targets.length);
  byChunk(head, ({ tokens, losses }) => {
    for (const [i, token] of tokens.entries()) answer[token] = -losses[i]!;
    return null;
  });
  return [tf.tensor(answer, [...shapes[0]!])];
};

export const headLogits: Kernel<AttributesOf<'headLogits'>> = ({ inputs, run }) => {
  const [hidden, weight] = [input(inputs, 0).tensor, input(inputs, 1)];
  const length = hidden.shape[1]!;
  const rows = Int32Array.from(hostOf(input(inputs, 2)), (position, b) => b * length + position);
  return [tf.matMul(rowsOf(run.wasm, asMatrix(hidden), rows), transposed(weight))];
};
