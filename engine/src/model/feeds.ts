/** A micro-batch as a graph is fed with it: labels become targets, one place to the left. */
import { ProblemError } from '../base/problem.ts';
import type { HostArray } from '../backends/backend.ts';
import type { Graph, Value } from '../graph/index.ts';
import type { LlamaConfig } from './model.ts';
import type { MicroBatch } from './sessions.ts';

export interface TokenFeeds {
  readonly ids: Value;
  readonly positions: Value;
  readonly segments: Value;
  readonly targets: Value;
  readonly weights: Value;
  readonly classes: Value;
}

const tokens = ['batch', 'sequence'] as const;

export const tokenFeeds = (graph: Graph): TokenFeeds => ({
  ids: graph.feed('ids', tokens, 'int32'),
  positions: graph.feed('positions', tokens, 'int32'),
  segments: graph.feed('segments', tokens, 'int32'),
  targets: graph.feed('targets', tokens, 'int32'),
  weights: graph.feed('weights', tokens, 'float32'),
  classes: graph.feed('classes', tokens, 'int32'),
});

/**
 * What is to be predicted at each place: the label one to the right where it is of the same document; -1 elsewhere.
 */
export function targetsOf({ batch, length, labels, segments }: MicroBatch): Int32Array {
  const targets = new Int32Array(batch * length).fill(-1);
  for (let row = 0; row < batch; row++)
    for (let at = row * length; at < (row + 1) * length - 1; at++)
      if (segments[at] === segments[at + 1]) targets[at] = Math.max(-1, labels[at + 1]!);
  return targets;
}

export const countTargets = (targets: Int32Array): number => targets.reduce((n, target) => (target < 0 ? n : n + 1), 0);

/** A length that few plans serve: rounded up by at most a quarter. */
export function roundedLength(length: number): number {
  const step = Math.max(16, 2 ** Math.floor(Math.log2(length)) / 4);
  return Math.ceil(length / step) * step;
}

/** The class of what is predicted at each place: that of the label one to the right. What stands at a row's end predicts nothing. */
function predicted(classes: Int32Array): Int32Array {
  const shifted = new Int32Array(classes.length);
  shifted.set(classes.subarray(1));
  return shifted;
}

/** Feeds by name; rows are padded to `length`. Each label weighs 1 / `labelCount`. */
export function feedBatch(
  batch: MicroBatch,
  targets: Int32Array,
  labelCount: number,
  length: number,
): Record<string, HostArray> {
  const widen = (data: Int32Array, filler: number): Int32Array => {
    if (length === batch.length) return data;
    const wide = new Int32Array(batch.batch * length).fill(filler);
    for (let row = 0; row < batch.batch; row++)
      wide.set(data.subarray(row * batch.length, (row + 1) * batch.length), row * length);
    return wide;
  };
  const size = batch.batch * length;
  return {
    ids: widen(batch.ids, 0),
    positions: widen(batch.positions, 0),
    segments: widen(batch.segments, -1),
    targets: widen(targets, -1),
    weights: new Float32Array(size).fill(1 / labelCount),
    classes: batch.classes === undefined ? new Int32Array(size) : widen(predicted(batch.classes), 0),
  };
}

/** Throws a ProblemError for what a graph must not be fed with: ids outside the vocabulary, arrays of another size. */
export function checkBatch(batch: MicroBatch, config: LlamaConfig, classes: number): void {
  const size = batch.batch * batch.length;
  for (const name of ['ids', 'labels', 'positions', 'segments', 'classes'] as const) {
    const data = batch[name];
    if (data !== undefined && data.length !== size)
      throw new Error(`${name} has ${data.length} elements, the micro-batch ${batch.batch} × ${batch.length}`);
  }
  checkIds(batch.ids, config);
  checkIds(
    batch.labels.filter((label) => label >= 0),
    config,
  );
  if (batch.classes?.some((c) => c < 0 || c >= classes)) throw new Error(`token classes must be below ${classes}`);
}

/** Throws a ProblemError for an id outside the vocabulary. */
export function checkIds(ids: ArrayLike<number>, { vocabularySize }: LlamaConfig): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (Number.isInteger(id) && id >= 0 && id < vocabularySize) continue;
    throw new ProblemError({
      what: `token id ${id} is not in the model's vocabulary of ${vocabularySize}`,
      remedy: "Use the model's own tokenizer, or expand the model to this one.",
    });
  }
}
