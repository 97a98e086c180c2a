/** What is foreseen of a program's memory, held against what the addon asks for. */
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { foreseeTraining } from '../../model/foresee.ts';
import type { LlamaConfig } from '../../model/model.ts';
import type { TrainingOptions } from '../../model/options.ts';
import { scoringGraph, scoringSizes } from '../../model/scoring.ts';
import { declareStored } from '../../model/storedWeights.ts';
import { trainedTensors } from '../../model/trainable.ts';
import { accumulateGraph, lossGraph, stepGraph, trainingSetup, updateGraph } from '../../model/trainingGraphs.ts';
import { addonIsHere } from './addon.ts';
import { foreseeRun, nativeMemory } from './foresee.ts';
import { openNative } from './provider.ts';

const llama = (shape: Partial<LlamaConfig>): LlamaConfig => ({
  hiddenSize: 288,
  intermediateSize: 768,
  layers: 6,
  heads: 6,
  kvHeads: 6,
  headDim: 48,
  vocabularySize: 32_000,
  contextLength: 4096,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10_000,
  tiedHead: true,
  ...shape,
});
const lora = {
  rank: 64,
  alpha: 16,
  dropout: 0.05,
  targets: ['q_proj', 'k_proj', 'v_proj'] as const,
  init: 'kaiming' as const,
};
const options: TrainingOptions = {
  optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0, gradientClip: 1 },
  precision: 'float32',
  seed: 1,
};
const seven = llama({
  hiddenSize: 4096,
  intermediateSize: 11_008,
  layers: 32,
  heads: 32,
  kvHeads: 32,
  headDim: 128,
  vocabularySize: 39_478,
  tiedHead: false,
});

describe.skipIf(!addonIsHere())('what is foreseen of native memory', () => {
  const tiny = llama({
    hiddenSize: 64,
    intermediateSize: 172,
    layers: 2,
    heads: 8,
    kvHeads: 4,
    headDim: 8,
    vocabularySize: 512,
  });
  it.each([
    ['tiny', tiny, {}, { batch: 4, sequence: 96 }],
    ['of 15 million', llama({}), {}, { batch: 4, sequence: 256 }],
    [
      'with adapters',
      llama({}),
      { lora, trainable: ['embed_tokens'], newRowsFrom: 30_000 },
      { batch: 4, sequence: 256 },
    ],
    ['with a base in bfloat16', llama({}), { lora, baseQuantization: 'bfloat16' }, { batch: 4, sequence: 256 }],
    ['with a base in Q8_0', llama({}), { lora, baseQuantization: 'q8_0' }, { batch: 1, sequence: 200 }],
    ['checkpointed', llama({ layers: 12 }), { activationCheckpointing: true }, { batch: 8, sequence: 512 }],
    ['of seven billion', seven, { lora, activationCheckpointing: true }, { batch: 1, sequence: 2048 }],
    [
      'of seven billion, its base in NF4',
      seven,
      { lora, activationCheckpointing: true, baseQuantization: 'nf4' },
      { batch: 1, sequence: 2048 },
    ],
  ] as const)('of a model %s is what the addon asks for, in both precisions', async (_, config, more, sizes) => {
    const all = { ...options, ...more };
    const setup = trainingSetup(config, unwrap(trainedTensors(config, all)), all);
    for (const threads of [1, 4]) {
      const backend = unwrap(openNative({ threads, exactly: true }));
      for (const build of [stepGraph, accumulateGraph, updateGraph, lossGraph]) {
        const graph = build(setup);
        const foreseen = foreseeRun(graph, sizes, threads);
        for (const precision of ['float32', 'bfloat16'] as const) {
          const { bytes = 0 } = await backend.compile(graph, sizes, precision); // compiling allocates nothing
          expect(foreseen, `${build.name} ${precision}`).toBeGreaterThan(0.99 * bytes);
          expect(foreseen, `${build.name} ${precision}`).toBeLessThan(1.05 * bytes + 8e6);
        }
      }
      const scoring = scoringGraph(config, setup.lora, (graph) => declareStored(graph, config, setup.stored));
      for (const asked of [scoringSizes(config), { batch: 4, sequence: 512, places: 300, answers: 4 }])
        for (const precision of ['float32', 'bfloat16'] as const) {
          const { bytes = 0 } = await backend.compile(scoring, asked, precision);
          expect(foreseeRun(scoring, asked, threads), `scoring ${precision}`).toBeGreaterThan(0.99 * bytes);
          expect(foreseeRun(scoring, asked, threads), `scoring ${precision}`).toBeLessThan(1.05 * bytes + 8e6);
        }
      backend.dispose();
    }
  });
});

describe('what is foreseen of a training', () => {
  const sizes = { batch: 4, sequence: 256, microBatches: 1 };
  const foresee = (config: LlamaConfig, more: Partial<TrainingOptions> = {}, other = {}) =>
    unwrap(foreseeTraining(config, { ...options, ...more }, { ...sizes, ...other }, nativeMemory({ threads: 2 })));

  it('counts weights, gradients and moments as they are held', () => {
    const parameters = 32_000 * 288 + 6 * (4 * 288 * 288 + 3 * 288 * 768 + 2 * 288) + 288;
    const { weights, gradients, optimizer } = foresee(llama({}));
    expect([weights, gradients, optimizer]).toEqual([4 * parameters, 4 * parameters, 8 * parameters]);
    const apart = foresee(llama({}), {}, { microBatches: 4 });
    expect([apart.weights, apart.gradients, apart.optimizer]).toEqual([weights, gradients, optimizer]);
    const factors = 3 * 6 * 2 * 64 * 288;
    const adapted = foresee(llama({}), { lora });
    expect([adapted.weights, adapted.gradients, adapted.optimizer]).toEqual([
      4 * (parameters + factors),
      4 * factors,
      8 * factors,
    ]);
  });

  it('lets adapters of Llama 2 7B train within a card of 24 GB where its base is kept in fewer bits', () => {
    // meta-llama/Llama-2-7b: its config.json's figures. The paper's adapters: rank 64 on q, k and v.
    const llama2 = { ...seven, vocabularySize: 32_000 };
    const gigabytes = (more: Partial<TrainingOptions>): number => {
      const of = { lora, activationCheckpointing: true, precision: 'bfloat16', ...more } as const;
      const { weights, gradients, optimizer, activations } = foresee(llama2, of, { batch: 1, sequence: 2048 });
      return (weights + gradients + optimizer + activations) / 2 ** 30;
    };
    const found = {
      float32: gigabytes({}),
      bfloat16: gigabytes({ baseQuantization: 'bfloat16' }),
      q8_0: gigabytes({ baseQuantization: 'q8_0' }),
      nf4: gigabytes({ baseQuantization: 'nf4' }),
    };
    const words = Object.entries(found).map(([name, size]) => `${name} ${size.toFixed(1)}`);
    process.stderr.write(`GB of 2^30 for adapters of Llama 2 7B, sequence 2048: ${words.join(', ')}\n`);
    expect(found.float32).toBeGreaterThan(24);
    expect(found.bfloat16).toBeLessThan(24);
    expect(found.q8_0).toBeLessThan(found.bfloat16 - 5);
    expect(found.nf4).toBeLessThan(found.q8_0 - 2);
  });

  it('grows with batch and length, and shrinks by checkpointing', () => {
    const { activations } = foresee(llama({}));
    expect(foresee(llama({}), {}, { batch: 8 }).activations).toBeGreaterThan(1.5 * activations);
    expect(foresee(llama({}), {}, { sequence: 512 }).activations).toBeGreaterThan(1.5 * activations);
    expect(foresee(llama({ layers: 12 }), { activationCheckpointing: true }).activations).toBeLessThan(
      0.6 * foresee(llama({ layers: 12 })).activations,
    );
  });
});
