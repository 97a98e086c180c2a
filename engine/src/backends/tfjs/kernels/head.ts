/**
 * The head and what is made of its logits, in chunks of rows so that [tokens, vocabulary] is never stored whole. Rows without a
 * label are left out from the start. Softmax is one fast kernel everywhere while exp is slow on some devices, so all is made of
 * probabilities: log Σ exp z = max z - log max p, exact since max p is at least 1 / V. Nothing is read back before the end.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { AttributesOf } from '../../../graph/index.ts';
import type { Kernel, Run } from '../kernel.ts';
import { asMatrix, hostOf, input, type Operand } from '../operand.ts';
import { checkIds, type Runtime } from '../runtime.ts';
import { total } from '../sums.ts';

interface Chunk {
  /** Numbers of the tokens. */
  readonly tokens: Int32Array;
  readonly hidden: tf.Tensor2D;
  /** Probabilities [rows, V]. */
  readonly p: tf.Tensor2D;
}

interface Head {
  readonly runtime: Runtime;
  readonly hidden: tf.Tensor;
  readonly weight: Operand;
  /** Tokens with a label, in order. */
  readonly labelled: Int32Array;
  /** Theirs, in the same order. */
  readonly labels: Int32Array;
}

function headOf(inputs: readonly Operand[], { runtime }: Run): Head {
  const [hidden, weight, targets] = [input(inputs, 0), input(inputs, 1), hostOf(input(inputs, 2))];
  const labelled = Int32Array.from(targets.keys()).filter((token) => targets[token]! >= 0);
  const labels = labelled.map((token) => targets[token]!);
  checkIds(labels, weight.tensor.shape[0]);
  return { runtime, hidden: asMatrix(hidden.tensor), weight, labelled, labels };
}

/**
 * Works through the rows with a label; a chunk's tensors go with it, except the one that `use` returns. Answers with
 * -log p[label] in nats by row, [rows].
 */
function byChunk(head: Head, use: (chunk: Chunk) => tf.Tensor | null): tf.Tensor1D {
  const { labelled, labels, runtime } = head;
  if (labelled.length === 0) return tf.zeros([0]);
  const size = Math.max(1, Math.floor(runtime.logitsAtOnce / head.weight.tensor.shape[0]));
  const losses: tf.Tensor1D[] = [];
  for (let start = 0; start < labelled.length; start += size)
    tf.tidy(() => {
      const tokens = labelled.subarray(start, start + size);
      const hidden = runtime.rows(head.hidden, tokens);
      const logits = runtime.product({ tensor: hidden }, head.weight, { transposeB: true });
      const p = tf.softmax(logits);
      const logSumExp = tf.sub(tf.max(logits, 1), tf.log(tf.max(p, 1)));
      losses.push(tf.keep(tf.sub(logSumExp, at(logits, labels.subarray(start, start + size)))));
      return use({ tokens, hidden, p }) ?? [];
    });
  const all = tf.concat(losses, 0);
  for (const part of losses) part.dispose();
  return all;
}

/** x[i, columns[i]] for each row i. */
function at(x: tf.Tensor2D, columns: Int32Array): tf.Tensor1D {
  const places = new Int32Array(columns.length * 2);
  for (const [i, column] of columns.entries()) places.set([i, column], i * 2);
  return tf.gatherND(x, tf.tensor2d(places, [columns.length, 2], 'int32')) as tf.Tensor1D;
}

/** A number for each token, as a column. */
const column = (tokens: Int32Array, of: (token: number) => number): tf.Tensor2D =>
  tf.tensor2d(Float32Array.from(tokens, of), [tokens.length, 1]);

/** Rows added into a table of zeros at the places of their ids. */
const scatter = (ids: Int32Array, rows: tf.Tensor, shape: number[]): tf.Tensor =>
  tf.scatterND(tf.tensor2d(ids, [ids.length, 1], 'int32'), rows, shape);

export const headCrossEntropy: Kernel<AttributesOf<'headCrossEntropy'>> = ({ inputs, attributes, used, run }) => {
  const head = headOf(inputs, run);
  const { weight, labelled, labels, hidden, runtime } = head;
  const weights = hostOf(input(inputs, 3));
  const classes = hostOf(input(inputs, 4));
  const wantHidden = attributes.gradients !== 'none' && used[3] === true;
  const wantWeight = attributes.gradients === 'both' && used[4] === true;
  // dz = w · (p - [label]): the dense part by products, chunk by chunk; the labels' part by rows, at the end.
  const hiddenParts: tf.Tensor[] = [];
  let dweight: tf.Tensor | undefined;
  const losses = byChunk(head, ({ tokens, p, hidden: rows }) => {
    if (!wantHidden && !wantWeight) return null;
    const wp: Operand = {
      tensor: tf.mul(
        p,
        column(tokens, (token) => weights[token]!),
      ),
    };
    if (wantHidden) hiddenParts.push(tf.keep(runtime.product(wp, weight, {})));
    if (!wantWeight) return null;
    const part = runtime.product(wp, { tensor: rows }, { transposeA: true });
    const sum = dweight === undefined ? part : tf.add(dweight, part);
    dweight?.dispose();
    dweight = sum;
    return sum;
  });
  const w = column(labelled, (token) => weights[token]!);
  const [vocabulary, width] = weight.tensor.shape as [number, number];
  const toHidden = () => {
    if (labelled.length === 0) return tf.zerosLike(hidden);
    const dense = tf.concat(hiddenParts, 0);
    for (const part of hiddenParts) part.dispose();
    return scatter(labelled, tf.sub(dense, tf.mul(runtime.rows(weight.tensor, labels), w)), hidden.shape);
  };
  const toWeight = () => {
    if (dweight === undefined) return tf.zerosLike(weight.tensor);
    return tf.sub(dweight, scatter(labels, tf.mul(runtime.rows(hidden, labelled), w), [vocabulary, width]));
  };
  const sums = Array.from({ length: attributes.classes }, (_, number) => {
    const here = labelled.map((token) => Number(classes[token] === number));
    return here.includes(1) ? total(tf.mul(losses, tf.tensor1d(here, 'float32'))) : tf.zeros([1]);
  });
  const counts = new Float32Array(attributes.classes);
  for (const token of labelled) counts[classes[token]!]! += 1;
  return [
    labelled.length === 0 ? tf.zeros([1]) : total(tf.mul(losses, tf.reshape(w, [-1]))),
    tf.concat(sums, 0),
    tf.tensor1d(counts),
    wantHidden ? toHidden() : undefined,
    wantWeight ? toWeight() : undefined,
  ];
};

export const headLogProbabilities: Kernel<AttributesOf<'headLogProbabilities'>> = ({ inputs, shapes, run }) => {
  const { runtime } = run;
  const [hidden, weight] = [asMatrix(input(inputs, 0).tensor), input(inputs, 1)];
  const [places, targets] = [hostOf(input(inputs, 2)) as Int32Array, hostOf(input(inputs, 3)) as Int32Array];
  const each = shapes[0]![1]!;
  checkIds(
    targets.filter((target) => target >= 0),
    weight.tensor.shape[0],
  );
  const size = Math.max(1, Math.floor(runtime.logitsAtOnce / weight.tensor.shape[0]));
  const parts: tf.Tensor2D[] = [];
  for (let start = 0; start < places.length; start += size)
    parts.push(
      tf.tidy(() => {
        const some = places.subarray(start, start + size);
        const wanted = targets.subarray(start * each, (start + some.length) * each);
        const logits = runtime.product({ tensor: runtime.rows(hidden, some) }, weight, { transposeB: true });
        const logSumExp = tf.sub(tf.max(logits, 1, true), tf.log(tf.max(tf.softmax(logits), 1, true)));
        const pairs = new Int32Array(2 * wanted.length);
        for (const [i, target] of wanted.entries()) pairs.set([Math.floor(i / each), Math.max(0, target)], 2 * i);
        const found = tf.gatherND(logits, tf.tensor2d(pairs, [wanted.length, 2], 'int32'));
        const asked = tf.tensor2d(
          Float32Array.from(wanted, (target) => Number(target >= 0)),
          [some.length, each],
        );
        return tf.mul(tf.sub(tf.reshape(found, [some.length, each]), logSumExp), asked);
      }),
    );
  const all = parts.length === 1 ? parts[0]! : tf.concat(parts, 0);
  return [all];
};

export const headLogits: Kernel<AttributesOf<'headLogits'>> = ({ inputs, run }) => {
  const [hidden, weight] = [input(inputs, 0).tensor, input(inputs, 1)];
  const length = hidden.shape[1]!;
  const rows = Int32Array.from(hostOf(input(inputs, 2)), (position, b) => b * length + position);
  const last: Operand = { tensor: run.runtime.rows(asMatrix(hidden), rows) };
  return [run.runtime.product(last, weight, { transposeB: true })];
};
