/** The graphs of a training session: loss, gradients, accumulation over micro-batches, and the optimizer's step. */
import type { Precision } from '../backends/backend.ts';
import { gradients, Graph } from '../graph/index.ts';
import type { Value } from '../graph/index.ts';
import { tokenFeeds } from './feeds.ts';
import { attentionAttributes, headName, llamaHidden, parameterValue } from './llama.ts';
import type { ParameterShape } from './files/parameters.ts';
import { adaptedLinear } from './lora.ts';
import type { LlamaConfig } from './model.ts';
import type { LoraOptions } from './options.ts';
import type { OptimizerOptions } from './sessions.ts';

export interface TrainingSetup {
  readonly config: LlamaConfig;
  readonly lora: LoraOptions | undefined;
  readonly trainable: readonly ParameterShape[];
  readonly optimizer: OptimizerOptions;
  readonly classes: number;
  readonly precision: Precision;
}

/** Names of the buffers that belong to a parameter. */
export const momentNames = (name: string) => ({ m: `${name}.m`, v: `${name}.v` });
export const gradientName = (name: string): string => `${name}.gradient`;

/** Emits the model and its loss, with outputs `sums` and `counts`. */
function emitLoss(graph: Graph, setup: TrainingSetup, training: boolean): Value {
  const { config, lora } = setup;
  const feeds = tokenFeeds(graph);
  const seed = training && lora !== undefined && lora.dropout > 0 ? graph.feed('seed', [1], 'int32') : undefined;
  const hidden = llamaHidden(graph, config, {
    ...feeds,
    attend: (_, q, k, v) => graph.add('attention', [q, k, v, feeds.segments], attentionAttributes(config))[0]!,
    ...(lora === undefined ? {} : { linear: adaptedLinear(graph, config, lora, seed) }),
  });
  const head = headName(config);
  const trainsHead = setup.trainable.some(({ name }) => name === head);
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
function emitGradients(graph: Graph, setup: TrainingSetup): readonly (readonly [ParameterShape, Value])[] {
  const loss = emitLoss(graph, setup, true);
  const found = gradients(
    graph,
    loss,
    setup.trainable.map(({ name, shape }) => graph.persistent(name, shape, 'float32')),
  );
  return setup.trainable.map((parameter) => {
    const gradient = found.get(graph.persistents.get(parameter.name)!);
    if (gradient === undefined) throw new Error(`the loss does not depend on ${parameter.name}`);
    return [parameter, gradient] as const;
  });
}

/** Emits norm, clipping and AdamW, with output `sumOfSquares`. */
function emitUpdate(graph: Graph, setup: TrainingSetup, all: readonly (readonly [ParameterShape, Value])[]): void {
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
  for (const [{ name, shape }, gradient] of all) {
    const weight = graph.persistent(name, shape, 'float32');
    const { m, v } = momentNames(name);
    const moments = [graph.persistent(m, shape, 'float32'), graph.persistent(v, shape, 'float32')];
    graph.add('adamw', [weight, ...moments, gradient, factor, learningRate, corrections], {
      beta1: betas[0],
      beta2: betas[1],
      epsilon,
      weightDecay,
    });
  }
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

const gradientBuffer = (graph: Graph, { name, shape }: ParameterShape): Value =>
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
