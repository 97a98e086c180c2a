/** Activation checkpointing: the very same training to the last bit, in a fraction of the memory. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Precision } from '../backends/backend.ts';
import { loadAddon } from '../backends/native/addon.ts';
import { openNative } from '../backends/native/provider.ts';
import { referenceBackend } from '../backends/reference/referenceBackend.ts';
import { unwrap } from '../base/problem.ts';
import { Random } from '../base/random.ts';
import { Graph, gradients, planGraph } from '../graph/index.ts';
import { openTrainingSession } from './index.ts';
import type { LlamaConfig, LoraOptions, TrainingOptions } from './index.ts';
import type { MicroBatch } from './sessions.ts';
import { toyConfig, toyModel } from './testing/toyModel.ts';
import { trainedTensors } from './trainable.ts';
import { stepGraph, trainingSetup } from './trainingGraphs.ts';

const small: LlamaConfig = { ...toyConfig, layers: 3 };
/** Its second feed-forward product is summed in slabs, by every set of kernels and in both precisions. */
const deep: LlamaConfig = { ...small, hiddenSize: 32, headDim: 16, intermediateSize: 800, layers: 12 };
const lora: LoraOptions = { rank: 2, alpha: 4, dropout: 0.3, targets: ['q_proj', 'down_proj'], init: 'kaiming' };
const optimizer = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, gradientClip: 1 } as const;

const modelOf = (config: LlamaConfig) => toyModel(config, 0.2);

function batchOf(seed: number): MicroBatch {
  const random = new Random(seed, 'batch');
  const ids = Int32Array.from({ length: 2 * 17 }, () => random.below(small.vocabularySize));
  const positions = ids.map((_, i) => i % 17);
  return { batch: 2, length: 17, ids, labels: ids, positions, segments: new Int32Array(ids.length) };
}

/** Two steps, the second over two micro-batches: losses, norms, gradients and weights. */
async function training(backend: Backend, config: LlamaConfig, options: Partial<TrainingOptions>) {
  const all = { optimizer, precision: 'float32' as Precision, seed: 5, ...options };
  const session = unwrap(await openTrainingSession(modelOf(config), backend, all));
  const steps = [await session.step([batchOf(1)], 1e-2), await session.step([batchOf(2), batchOf(3)], 1e-2)].map(
    ({ loss, gradNorm }) => [loss, gradNorm],
  );
  const bits = (tensors: readonly { readonly name: string; readonly data: Float32Array }[]) =>
    tensors.map(({ name, data }) => [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')]);
  const result = {
    steps,
    gradients: bits(await session.gradients(batchOf(4))),
    weights: bits(await session.weights()),
  };
  session.dispose();
  return result;
}

async function same(backend: Backend, config: LlamaConfig, options: Partial<TrainingOptions>): Promise<void> {
  const plain = await training(backend, config, options);
  const checkpointed = await training(backend, config, { ...options, activationCheckpointing: true });
  expect(checkpointed.steps).toEqual(plain.steps);
  expect(checkpointed.gradients).toEqual(plain.gradients);
  expect(checkpointed.weights).toEqual(plain.weights);
}

const addon = loadAddon();
const sets = addon.ok ? addon.value.processor().kernels.map(({ isa }) => isa) : [];
if (!addon.ok) it.skip(`the backend native (${addon.problem.what})`);

describe('activation checkpointing', () => {
  it('changes no bit of the reference’s training', async () => {
    const backend = unwrap(await referenceBackend.open({}));
    for (const options of [{}, { lora, trainable: ['embed_tokens'] }]) await same(backend, small, options);
  });

  it.each(sets)('changes no bit of training with the kernels %s', async (isa) => {
    const backend = unwrap(openNative({ isa, threads: 2, exactly: true }));
    const config = { ...deep, layers: 3 };
    for (const precision of backend.precisions)
      for (const options of [{}, { lora }]) await same(backend, config, { ...options, precision });
    backend.dispose();
  });
});

describe.skipIf(!addon.ok)('memory of a deep model’s step', () => {
  let backend: Backend;
  beforeAll(() => void (backend = unwrap(openNative({ threads: 1 }))));
  afterAll(() => backend.dispose());

  const bytes = async (layers: number, activationCheckpointing: boolean, options: { lora?: LoraOptions }) => {
    const config = { ...deep, layers };
    const trainable = unwrap(trainedTensors(config, options));
    const all = { optimizer, precision: 'float32', seed: 1, activationCheckpointing, ...options } as const;
    const graph = stepGraph(trainingSetup(config, trainable, all));
    const executable = await backend.compile(graph, { batch: 4, sequence: 128 });
    const { bytes: needed } = executable;
    executable.dispose();
    return needed!;
  };

  it.each([{ lora }, {}])('falls to a quarter at twelve layers with %j', async (options) => {
    expect(await bytes(12, true, options)).toBeLessThan((await bytes(12, false, options)) / 4);
    // A block more costs hardly more than its input (and, where it trains, its gradients); kept whole, all that is in it.
    const tokens = 4 * 128;
    const gradients = options.lora === undefined ? 4 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 800 + 64) : 0;
    const more = (await bytes(12, true, options)) - (await bytes(8, true, options));
    expect(more / 4).toBeLessThan(1.5 * (4 * tokens * 32 + gradients));
    const kept = (await bytes(12, false, options)) - (await bytes(8, false, options));
    expect(kept / 4).toBeGreaterThan(4 * tokens * (3 * 32 + 3 * 800));
  });
});

describe('a recomputed segment', () => {
  const linear = { transposeA: false, transposeB: true };

  it('is emitted again just before its gradients, and only as far as they read it', () => {
    const graph = new Graph();
    let x = graph.feed('x', [1, 'n', 4], 'float32');
    const weights = [0, 1].map((i) => graph.persistent(`w${i}`, [4, 4], 'float32'));
    for (const w of weights)
      x = graph.recomputed(() => {
        const gate = graph.one('matmul', [x, w], linear);
        return graph.one('matmul', [graph.one('swiglu', [gate, x], {}), w], linear);
      });
    const tokens = [1, 'n'];
    const [targets, classes] = [graph.feed('targets', tokens, 'int32'), graph.feed('classes', tokens, 'int32')];
    const head = graph.persistent('head', [5, 4], 'float32');
    const inputs = [x, head, targets, graph.feed('weights', tokens, 'float32'), classes];
    const [loss] = graph.add('headCrossEntropy', inputs, { classes: 1, gradients: 'hidden' });
    const found = gradients(graph, loss!, weights);
    for (const [parameter, gradient] of found) graph.output(parameter.name, gradient);
    const again = ['matmul', 'swiglu'];
    const backward = ['matmul', 'matmul', 'swigluGrad'];
    expect(planGraph(graph, { n: 3 }).steps.map(({ node }) => node.op)).toEqual([
      ...[...again, 'matmul', ...again, 'matmul', 'headCrossEntropy'],
      ...[...again, ...backward, 'matmul', 'matmul', 'add', 'add'],
      ...[...again, ...backward, 'matmul', 'add'], // nothing wants the gradient of x
    ]);
  });

  it('holds no other, and changes no buffer', () => {
    const graph = new Graph();
    const sum = graph.persistent('sum', [4], 'float32');
    expect(() => graph.recomputed(() => graph.add('clear', [sum], {}))).toThrow('clear changes a buffer');
    const nested = () => graph.recomputed(() => graph.one('scale', [sum], { factor: 2 }));
    expect(() => graph.recomputed(nested)).toThrow('within another');
  });
});
