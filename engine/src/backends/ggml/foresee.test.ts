/** What is foreseen of ggml's memory, held against what ggml's own allocator asks for. */
import { afterAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { foreseeTraining } from '../../model/foresee.ts';
import type { LlamaConfig } from '../../model/model.ts';
import type { TrainingOptions } from '../../model/options.ts';
import { trainedTensors } from '../../model/trainable.ts';
import { accumulateGraph, lossGraph, stepGraph, trainingSetup, updateGraph } from '../../model/trainingGraphs.ts';
import { scoringGraph, scoringSizes } from '../../model/scoring.ts';
import { declareStored } from '../../model/storedWeights.ts';
import { resolveShape } from '../../graph/index.ts';
import type { Graph, Sizes } from '../../graph/index.ts';
import type { Precision } from '../backend.ts';
import { buildProgram } from './buildProgram.ts';
import { ggmlMemory, placedBytes } from './foresee.ts';
import { limits } from './ggmlBackend.ts';
import { ggmlLibrary, openGgml } from './provider.ts';

const llama = (shape: Partial<LlamaConfig> = {}): LlamaConfig => ({
  ...{ hiddenSize: 128, intermediateSize: 344, layers: 3, heads: 8, kvHeads: 4, headDim: 16, vocabularySize: 2000 },
  ...{ contextLength: 4096, rmsNormEpsilon: 1e-5, ropeTheta: 10_000, tiedHead: true },
  ...shape,
});
const lora = { rank: 8, alpha: 16, dropout: 0.1, targets: ['q_proj', 'v_proj', 'down_proj'], init: 'kaiming' } as const;
const options: TrainingOptions = {
  optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0, gradientClip: 1 },
  precision: 'float32',
  seed: 1,
};

const library = ggmlLibrary();
describe.skipIf(!library.ok)('the memory of a run on ggml', () => {
  const backend = library.ok ? unwrap(openGgml({ device: 'cpu', threads: 1 })) : undefined;
  afterAll(() => backend?.dispose());

  /** What ggml's allocator asks for: the graph is placed, and nothing computed. */
  async function asked(graph: Graph, sizes: Sizes, precision: Precision): Promise<number> {
    const open = unwrap(openGgml({ device: 'cpu', threads: 1 }));
    const program = buildProgram(graph, sizes, precision, limits.cpu);
    const buffers = await Promise.all(
      [...graph.persistents.values()].map(({ shape, dtype }) => open.allocate(resolveShape(shape, {}), dtype)),
    );
    const pointers = buffers.map(
      (buffer) => (buffer as unknown as { allocation: { tensor: bigint } }).allocation.tensor,
    );
    open.open.bind(program, pointers).free();
    const bytes = open.open.sharedBytes;
    open.dispose();
    return bytes;
  }

  it.each<readonly [string, Partial<TrainingOptions>, LlamaConfig]>([
    ['all parameters', {}, llama()],
    ['all parameters in bfloat16, checkpointed', { precision: 'bfloat16', activationCheckpointing: true }, llama()],
    ['adapters', { lora }, llama({ tiedHead: false })],
    ['adapters on bfloat16', { lora, baseQuantization: 'bfloat16', precision: 'bfloat16' }, llama({ kvHeads: 8 })],
    ['adapters beside new rows', { lora, trainable: ['embed_tokens'], newRowsFrom: 1500 }, llama()],
  ])('is what its allocator asks for: %s', async (_, more, config) => {
    const all = { ...options, ...more };
    const setup = trainingSetup(config, unwrap(trainedTensors(config, all)), all);
    const sizes = { batch: 3, sequence: 96 };
    const graphs = [stepGraph(setup), accumulateGraph(setup), updateGraph(setup), lossGraph(setup)];
    const scoring = scoringGraph(config, setup.lora, (graph) => declareStored(graph, config, setup.stored));
    for (const [graph, at] of [
      ...graphs.map((one) => [one, sizes] as const),
      [scoring, scoringSizes(config)] as const,
    ]) {
      const found = await asked(graph, at, all.precision);
      const foreseen = placedBytes(buildProgram(graph, at, all.precision, limits.cpu));
      expect(foreseen / found).toBeGreaterThan(0.999);
      expect(foreseen / found).toBeLessThan(1.05);
    }
  });
});

it('lets adapters of Llama 2 7B train on a card of 24 GB, its base kept in bfloat16, and not in float32', () => {
  const config = llama({
    ...{ hiddenSize: 4096, intermediateSize: 11_008, layers: 32, heads: 32, kvHeads: 32, headDim: 128 },
    ...{ vocabularySize: 32_000, tiedHead: false },
  });
  const memory = ggmlMemory({ name: 'a card', total: 24 * 2 ** 30, isOwn: true });
  const gigabytes = (more: Partial<TrainingOptions>): number => {
    const targets = ['q_proj', 'k_proj', 'v_proj'] as const;
    const all = { ...options, lora: { ...lora, rank: 64, targets }, precision: 'bfloat16' as const, ...more };
    const of = { ...all, activationCheckpointing: true };
    const sizes = { batch: 1, sequence: 1024, microBatches: 1 };
    const { weights, gradients, optimizer, activations } = unwrap(foreseeTraining(config, of, sizes, memory));
    return (weights + gradients + optimizer + activations + memory.deviceBase!) / 2 ** 30;
  };
  const found = [gigabytes({ baseQuantization: 'bfloat16' }), gigabytes({})] as const;
  process.stderr.write(
    `GB of 2^30 on a GPU for adapters of Llama 2 7B: ${found.map((x) => x.toFixed(1)).join(', ')}\n`,
  );
  expect(found[0]).toBeLessThan(24);
  expect(found[1]).toBeGreaterThan(24);
});
