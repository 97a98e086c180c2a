/**
 * Scores rows of tokens on a backend: trees of tokens through the model, and only the places that are asked for through the head. What
 * a batch takes is bounded: its tokens by memory and by time, so that work can be watched and stopped between batches.
 */
import { Graph } from '../graph/index.ts';
import type { Sizes } from '../graph/index.ts';
import { roundedLength } from './feeds.ts';
import { parameterShapes } from './files/parameters.ts';
import type { InferenceSetup } from './inferenceSetup.ts';
import { attentionAttributes, headName, llamaHidden, parameterValue } from './llama.ts';
import { adaptedLinear } from './lora.ts';
import type { LlamaConfig } from './model.ts';
import type { LoraOptions } from './options.ts';
import type { Plans } from './plans.ts';
import type { ScoredBatch } from './sessions.ts';
import { declareBuffers } from './storedWeights.ts';
import { inOrder, mostTargets, newTokens, packTrees } from './tokenTree.ts';
import type { PackedTrees, ScoredRow } from './tokenTree.ts';

/** Multiplications and additions that a batch takes at most, some seconds of a processor's; but never below `leastTokens`. */
const mostWork = 2e11;
/** Bytes that a batch's values take at most, about. */
const mostBytes = 2 ** 29;
const [leastTokens, mostTokens] = [512, 4096];
/** Of a sequence, where attention takes time for what is not seen too. */
const shortRow = 512;

/** Bytes that a token takes while it goes through a block: states, queries, keys, values, and the feed-forward's. */
export const bytesPerToken = ({ hiddenSize, intermediateSize, heads, kvHeads, headDim }: LlamaConfig): number =>
  4 * (4 * hiddenSize + 3 * intermediateSize + (2 * heads + 2 * kvHeads) * headDim);

/** Tokens of a batch: fewer the larger the model. */
export function tokensPerBatch(config: LlamaConfig): number {
  const parameters = parameterShapes(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  const fitting = Math.min(mostWork / (2 * parameters), mostBytes / bytesPerToken(config));
  return Math.round(Math.min(mostTokens, Math.max(leastTokens, fitting)));
}

/** The most that scoring makes at once, where no row is longer: for what is foreseen of memory. */
export const scoringSizes = (config: LlamaConfig): Sizes => {
  const sequence = tokensPerBatch(config);
  return { batch: 1, sequence, places: sequence, answers: mostTargets };
};

/** With outputs `logProbabilities`. */
export function scoringGraph(
  config: LlamaConfig,
  lora: LoraOptions | undefined,
  declare: (graph: Graph) => void,
): Graph {
  const graph = new Graph();
  declare(graph);
  const [ids, positions, ends] = ['ids', 'positions', 'ends'].map((name) =>
    graph.feed(name, ['batch', 'sequence'], 'int32'),
  );
  const at = graph.feed('at', ['places'], 'int32');
  const targets = graph.feed('targets', ['places', 'answers'], 'int32');
  const hidden = llamaHidden(graph, config, {
    ids: ids!,
    positions: positions!,
    attend: (_, q, k, v) => graph.one('treeAttention', [q, k, v, ends!], attentionAttributes(config)),
    ...(lora === undefined ? {} : { linear: adaptedLinear(graph, config, lora, undefined) }),
  });
  const head = parameterValue(graph, config, headName(config));
  graph.output('logProbabilities', graph.one('headLogProbabilities', [hidden, head, at, targets], {}));
  return graph;
}

/** Answers batch by batch; when one comes, nothing beyond it has been begun. `check` may throw before each, `signal` end one. */
export async function* scoreRows(
  setup: InferenceSetup,
  plans: Plans,
  rows: readonly ScoredRow[],
  check: () => void,
  signal?: AbortSignal,
): AsyncGenerator<ScoredBatch> {
  const order = inOrder(rows);
  const tokens = newTokens(rows, order);
  const work = new Map(order.map((row, i) => [row, tokens[i]! + rows[row]!.scored]));
  const total = order.reduce((sum, row) => sum + work.get(row)!, 0);
  const limit = tokensPerBatch(setup.config);
  const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length - 1), 1);
  const capacity = setup.backend.seesWhereSeen === true ? limit : Math.max(shortRow, longest);
  let done = 0;
  for (const batch of batches(packTrees(rows, order, capacity), Math.max(1, Math.floor(limit / capacity)))) {
    const { values, bytes } = await setup.turns.take(() => {
      check();
      return scoreBatch(setup, plans, batch, signal);
    });
    const numbers = batch.flatMap((one) => one.rows);
    for (const row of numbers) done += work.get(row)!;
    yield { rows: numbers, values, share: done / total, ...(bytes === undefined ? {} : { bytes }) };
  }
}

function* batches(sequences: Iterable<PackedTrees>, size: number): Generator<PackedTrees[]> {
  let batch: PackedTrees[] = [];
  for (const sequence of sequences) {
    batch.push(sequence);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function scoreBatch(
  { backend, config, lora, buffers }: InferenceSetup,
  plans: Plans,
  batch: readonly PackedTrees[],
  signal: AbortSignal | undefined,
): Promise<{ values: Float64Array[]; bytes: number | undefined }> {
  const rounded = (length: number) => (backend.freeSizes ? length : roundedLength(length));
  const sequence = rounded(Math.max(...batch.map(({ ids }) => ids.length)));
  const places = rounded(batch.reduce((sum, { at }) => sum + at.length, 0));
  const widest = batch.reduce((most, { targets }) => targets.reduce((n, one) => Math.max(n, one.length), most), 1);
  const answers = 2 ** Math.ceil(Math.log2(widest));
  const sizes = { batch: batch.length, sequence, places, answers };
  const executable = await plans.get('score', sizes, () =>
    scoringGraph(config, lora, (graph) => declareBuffers(graph, buffers)),
  );
  const size = batch.length * sequence;
  const feeds = {
    ids: new Int32Array(size),
    positions: new Int32Array(size),
    // Padding sees itself alone.
    ends: Int32Array.from({ length: size }, (_, i) => (i % sequence) + 1),
    at: new Int32Array(places),
    targets: new Int32Array(places * answers).fill(-1),
  };
  const firsts: number[] = [];
  let place = 0;
  for (const [b, { ids, positions, ends, at, targets }] of batch.entries()) {
    feeds.ids.set(ids, b * sequence);
    feeds.positions.set(positions, b * sequence);
    feeds.ends.set(ends, b * sequence);
    firsts.push(place);
    for (const [i, position] of at.entries()) {
      feeds.at[place] = b * sequence + position;
      feeds.targets.set(targets[i]!, place * answers);
      place++;
    }
  }
  const { logProbabilities } = await executable.run(feeds, buffers, signal);
  const values = batch.flatMap(({ slots }, b) =>
    slots.map((some) =>
      Float64Array.from(some, (slot) => {
        const at = firsts[b]! + Math.floor(slot / mostTargets);
        return logProbabilities![at * answers + (slot % mostTargets)]!;
      }),
    ),
  );
  return { values, bytes: executable.bytes };
}
