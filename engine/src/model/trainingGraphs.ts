/**
 * The graphs of a training session: loss, gradients, accumulation over micro-batches, and the optimizer's step. Where only some
 * rows of a table train, they are a tensor of their own with moments of its own; the table takes them over after each step.
 */
import type { Precision } from '../backends/backend.ts';
import { gradients, Graph } from '../graph/index.ts';
import type { Value } from '../graph/index.ts';
import { tokenFeeds } from './feeds.ts';
import { attentionAttributes, headName, llamaHidden, parameterValue } from './llama.ts';
import { adaptedLinear } from './lora.ts';
import type { LlamaConfig } from './model.ts';
import type { LoraOptions, TrainingOptions } from './options.ts';
import type { OptimizerOptions } from './sessions.ts';
import { declareStored, storedWeights } from './storedWeights.ts';
import type { StoredWeights } from './storedWeights.ts';
import type { TrainedTensor } from './trainable.ts';

export interface TrainingSetup {
  readonly config: LlamaConfig;
  readonly lora: LoraOptions | undefined;
  readonly trainable: readonly TrainedTensor[];
  readonly optimizer: OptimizerOptions;
  readonly classes: number;
  readonly precision: Precision;
  /** Keep only the blocks' inputs for the gradients. */
  readonly activationCheckpointing: boolean;
  /** Weights that are kept in fewer bytes. */
  readonly stored: StoredWeights;
}

export const trainingSetup = (
  config: LlamaConfig,
  trainable: readonly TrainedTensor[],
  options: TrainingOptions,
): TrainingSetup => ({
  config,
  lora: options.lora,
  trainable,
  optimizer: options.optimizer,
  precision: options.precision,
  classes: options.classes ?? 1,
  activationCheckpointing: options.activationCheckpointing ?? false,
  stored:
    options.baseQuantization === undefined
      ? new Map()
      : storedWeights(config, options.baseQuantization, trainable, options.exact),
});

/** Names of the buffers that belong to a parameter. */
export const momentNames = (name: string) => ({ m: `${name}.m`, v: `${name}.v` });
export const gradientName = (name: string): string => `${name}.gradient`;

/** Emits the model and its loss, with outputs `sums` and `counts`. */
function emitLoss(graph: Graph, setup: TrainingSetup, training: boolean): Value {
  const { config, lora } = setup;
  declareStored(graph, config, setup.stored);
  const feeds = tokenFeeds(graph);
  const seed = training && lora !== undefined && lora.dropout > 0 ? graph.feed('seed', [1], 'int32') : undefined;
  const hidden = llamaHidden(graph, config, {
    ...feeds,
    attend: (_, q, k, v) => graph.add('attention', [q, k, v, feeds.segments], attentionAttributes(config))[0]!,
    ...(lora === undefined ? {} : { linear: adaptedLinear(graph, config, lora, seed) }),
    recomputed: training && setup.activationCheckpointing,
  });
  const head = headName(config);
  const trainsHead = setup.trainable.some(({ name, table }) => (table?.name ?? name) === head);
  const [loss, sums, counts] = graph.add(
    'headCrossEntropy',
    [hidden, parameterValue(graph, config, head), feeds.targets, feeds.weights, feeds.classes],
    { classes: setup.classes, gradients: training ? (trainsHead ? 'both' : 'hidden') : 'none' },
  );
  graph.output('sums', sums!);
  graph.output('counts', counts!);
  return loss!;
}

/** Emits loss and gradients; answers with each trainable parameter's gradient. */
function emitGradients(graph: Graph, setup: TrainingSetup): readonly (readonly [TrainedTensor, Value])[] {
  const loss = emitLoss(graph, setup, true);
  const found = gradients(
    graph,
    loss,
    setup.trainable.map(({ name, shape, table }) =>
      graph.persistent(table?.name ?? name, table?.shape ?? shape, 'float32'),
    ),
  );
  return setup.trainable.map((parameter) => {
    const { name, table } = parameter;
    const gradient = found.get(graph.persistents.get(table?.name ?? name)!);
    if (gradient === undefined) throw new Error(`the loss does not depend on ${name}`);
    return [
      parameter,
      table === undefined ? gradient : graph.one('embedding', [gradient, rowIds(graph, parameter)], {}),
    ];
  });
}

/** Emits norm, clipping and AdamW, with output `sumOfSquares`. */
function emitUpdate(graph: Graph, setup: TrainingSetup, all: readonly (readonly [TrainedTensor, Value])[]): void {
  const { betas, epsilon, weightDecay, gradientClip } = setup.optimizer;
  const total = graph.one(
    'sumOfSquares',
    all.map(([, gradient]) => gradient),
    {},
  );
  graph.output('sumOfSquares', total);
  const factor = graph.one('clipFactor', [total], { maxNorm: gradientClip });
  const learningRate = graph.feed('learningRate', [1], 'float32');
  const corrections = graph.feed('corrections', [2], 'float32');
  for (const [parameter, gradient] of all) {
    const { name, shape } = parameter;
    const weight = graph.persistent(name, shape, 'float32');
    const { m, v } = momentNames(name);
    const moments = [graph.persistent(m, shape, 'float32'), graph.persistent(v, shape, 'float32')];
    addRows(graph, parameter, -1);
    graph.add('adamw', [weight, ...moments, gradient, factor, learningRate, corrections], {
      beta1: betas[0],
      beta2: betas[1],
      epsilon,
      weightDecay,
    });
    addRows(graph, parameter, 1);
  }
}

/** Fed with the ids of the rows that train. */
const rowIds = (graph: Graph, { shape }: TrainedTensor): Value => graph.feed(rowsFeed, [shape[0]!], 'int32');
export const rowsFeed = 'trainedRows';

/**
 * Adds the rows that train to their table, or takes them away. Exact: w - w is 0 and 0 + w is w, and the others get -0 added,
 * which changes no number, not even the sign of a zero.
 */
function addRows(graph: Graph, { name, shape, table }: TrainedTensor, sign: 1 | -1): void {
  if (table === undefined) return;
  const rows = graph.persistent(name, shape, 'float32');
  const signed = sign === 1 ? graph.one('scale', [rows], { factor: -1 }) : rows;
  const scattered = graph.one('embeddingGrad', [graph.feed(rowsFeed, [shape[0]!], 'int32'), signed], {
    rows: table.shape[0]!,
  });
  const change = graph.one('scale', [scattered], { factor: -1 });
  graph.add('accumulate', [graph.persistent(table.name, table.shape, 'float32'), change], {});
}

/** Loss alone, without dropout. */
export function lossGraph(setup: TrainingSetup): Graph {
  const graph = new Graph();
  emitLoss(graph, setup, false);
  return graph;
}

/** Gradients as outputs, each under its parameter's name. */
export function gradientGraph(setup: TrainingSetup): Graph {
  const graph = new Graph();
  for (const [{ name }, gradient] of emitGradients(graph, setup)) graph.output(name, gradient);
  return graph;
}

/** A whole step on one micro-batch. */
export function stepGraph(setup: TrainingSetup): Graph {
  const graph = new Graph();
  emitUpdate(graph, setup, emitGradients(graph, setup));
  return graph;
}

const gradientBuffer = (graph: Graph, { name, shape }: TrainedTensor): Value =>
  graph.persistent(gradientName(name), shape, 'float32');

/** Adds one micro-batch's gradients to the gradient buffers. */
export function accumulateGraph(setup: TrainingSetup): Graph {
  const graph = new Graph();
  for (const [parameter, gradient] of emitGradients(graph, setup))
    graph.add('accumulate', [gradientBuffer(graph, parameter), gradient], {});
  return graph;
}

/** A step from the gradient buffers, which are zero afterwards. */
export function updateGraph(setup: TrainingSetup): Graph {
  const graph = new Graph();
  const all = setup.trainable.map((parameter) => [parameter, gradientBuffer(graph, parameter)] as const);
  emitUpdate(graph, setup, all);
  for (const [, buffer] of all) graph.add('clear', [buffer], {});
  return graph;
}
