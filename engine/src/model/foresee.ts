/** What a training session takes of memory, foreseen from the model's config and the options: no weight is read, nothing allocated. */
import type { BackendMemory } from '../backends/backend.ts';
import { ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import { elementCount, resolveShape } from '../graph/index.ts';
import type { Graph } from '../graph/index.ts';
import { roundedLength } from './feeds.ts';
import { parameterShapes } from './files/parameters.ts';
import { adapterParameters } from './lora.ts';
import type { LlamaConfig } from './model.ts';
import type { TrainingOptions } from './options.ts';
import { scoringGraph, scoringSizes } from './scoring.ts';
import { checkStored, declareStored } from './storedWeights.ts';
import { trainedTensors } from './trainable.ts';
import {
  accumulateGraph,
  gradientName,
  lossGraph,
  momentNames,
  stepGraph,
  trainingSetup,
  updateGraph,
} from './trainingGraphs.ts';
import { longestOf } from './weights.ts';

/** What a step works on. */
export interface StepSizes {
  /** Rows of a micro-batch, and tokens of a row. */
  readonly batch: number;
  readonly sequence: number;
  readonly microBatches: number;
  /** Tokens of a row where loss is measured beside the steps; absent: it is not. */
  readonly heldOut?: number;
  /** Whether the model is asked to score rows beside the steps. */
  readonly scores?: boolean;
  /** Tokens of the longest sequence that the model continues beside the steps; 0: none. */
  readonly cachedTokens?: number;
}

/** Bytes. All but `room` lie where the backend computes. */
export interface SessionMemory {
  /** Of the model and its adapters, frozen and trained. */
  readonly weights: number;
  /** Of what trains: summed up in buffers of their own, or made and used within a step. */
  readonly gradients: number;
  /** AdamW's two moments. */
  readonly optimizer: number;
  /** Activations and what the operations need besides, at the moment when they need most. */
  readonly activations: number;
  /** In the machine's memory: the largest tensor, on its way from or to a file. */
  readonly room: number;
}

/** A Problem as opening the session would give it: for what shall train, and for formats that the backend lacks. `name`: the backend's. */
export function foreseeTraining(
  config: LlamaConfig,
  options: TrainingOptions,
  { batch, sequence, microBatches, heldOut, scores = false, cachedTokens = 0 }: StepSizes,
  memory: BackendMemory,
  name = '',
): Result<SessionMemory> {
  const trained = trainedTensors(config, options);
  if (!trained.ok) return trained;
  const setup = trainingSetup(config, trained.value, options);
  const formats = checkStored({ ...memory, name }, setup.stored);
  if (!formats.ok) return formats;
  const sizesOf = (length: number) => ({ batch, sequence: memory.roundsLengths ? roundedLength(length) : length });
  const single = microBatches === 1;
  const steps = single ? [stepGraph(setup)] : [accumulateGraph(setup), updateGraph(setup)];
  const measuring = heldOut === undefined ? [] : [{ graph: lossGraph(setup), sizes: sizesOf(heldOut) }];
  const runs = [...steps.map((graph) => ({ graph, sizes: sizesOf(sequence) })), ...measuring];
  // Scoring has batches of its own. Keys and values of a sequence are held in whole powers of two.
  const scored = scores
    ? memory.run(
        scoringGraph(config, options.lora, (graph) => declareStored(graph, config, setup.stored)),
        scoringSizes(config),
        options.precision,
      )
    : 0;
  const cached = cachedTokens === 0 ? 0 : 2 ** Math.ceil(Math.log2(cachedTokens));
  const caches = 2 * config.layers * memory.buffer([cached, config.kvHeads * config.headDim], 'float32');
  const inRuns = Math.max(scored, ...runs.map(({ graph, sizes }) => memory.run(graph, sizes, options.precision)));
  const buffers = buffersOf(
    runs.map(({ graph }) => graph),
    memory,
  );
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + (buffers.get(name) ?? 0), 0);
  const optimizer = sum(trained.value.flatMap(({ name }) => Object.values(momentNames(name))));
  const summed = sum(trained.value.map(({ name }) => gradientName(name)));
  const made = 4 * trained.value.reduce((total, { shape }) => total + elementCount(shape), 0);
  const gradients = single ? Math.min(made, inRuns) : summed;
  const all = [...buffers.values()].reduce((a, b) => a + b, 0);
  const parameters = [
    ...parameterShapes(config),
    ...(options.lora === undefined ? [] : adapterParameters(config, options.lora)),
  ];
  return ok({
    weights: all - optimizer - summed,
    gradients,
    optimizer,
    activations: caches + (single ? inRuns - gradients : inRuns),
    room: 4 * longestOf(parameters),
  });
}

/** Every buffer that one of the graphs reads or changes, by name. Their shapes hold no symbols. */
function buffersOf(graphs: readonly Graph[], memory: BackendMemory): Map<string, number> {
  const buffers = new Map<string, number>();
  for (const graph of graphs)
    for (const [name, { shape, dtype }] of graph.persistents)
      buffers.set(name, memory.buffer(resolveShape(shape, {}), dtype));
  return buffers;
}
