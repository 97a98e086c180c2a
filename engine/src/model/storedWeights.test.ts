/** Frozen weights in fewer bytes: PyTorch's curves on the same rounded weights, the bits of float32 on rounded weights, and no copy more. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend } from '../backends/backend.ts';
import { throughFormat } from '../backends/formats.ts';
import { ggmlLibrary, openGgml } from '../backends/ggml/provider.ts';
import { addonIsHere } from '../backends/native/addon.ts';
import { openNative } from '../backends/native/provider.ts';
import { referenceBackend } from '../backends/reference/referenceBackend.ts';
import { unwrap } from '../base/problem.ts';
import { byteCount } from '../graph/index.ts';
import { parameterShapes, readModelDirectory, streamModelDirectory } from './files.ts';
import { baseQuantizations, openInferenceSession, openTrainingSession } from './index.ts';
import type { BaseQuantization, LoadedModel, LoraOptions, TrainingOptions } from './index.ts';
import type { MicroBatch, NamedTensor } from './sessions.ts';
import { storedWeights } from './storedWeights.ts';

const fixtures = path.join(import.meta.dirname, '../../../test/fixtures');
const json = (file: string): unknown => JSON.parse(readFileSync(path.join(fixtures, 'tiny-llama', file), 'utf8'));
type Quantized = Record<
  BaseQuantization,
  { loss: number[]; grad_norm_before_clip: number[]; weights: Record<string, number> }
>;
const expected = json('quantized.json') as Quantized;
const { batch: rows } = json('reference.json') as { batch: { ids: number[][]; sft_labels: number[][] } };

const batch: MicroBatch = {
  batch: rows.ids.length,
  length: rows.ids[0]!.length,
  ids: Int32Array.from(rows.ids.flat()),
  labels: Int32Array.from(rows.sft_labels.flat()),
  positions: Int32Array.from(rows.ids.flatMap((row) => row.map((_, i) => i))),
  segments: new Int32Array(rows.ids.flat().length),
};
const lora: LoraOptions = { rank: 4, alpha: 8, dropout: 0, targets: ['q_proj', 'k_proj', 'v_proj'], init: 'sine' };
const options: TrainingOptions = {
  optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0, gradientClip: 1 },
  precision: 'float32',
  seed: 1,
  lora,
};

let model: LoadedModel;
let reference: Backend;
let native: Backend | undefined;
let ggml: Backend | undefined;
beforeAll(async () => {
  model = unwrap(await readModelDirectory(path.join(fixtures, 'tiny-llama')));
  reference = unwrap(await referenceBackend.open({}));
  native = addonIsHere() ? unwrap(openNative({ threads: 2 })) : undefined;
  ggml = ggmlLibrary().ok ? unwrap(openGgml({ device: 'cpu', threads: 1 })) : undefined;
});
afterAll(() => {
  native?.dispose();
  ggml?.dispose();
});

/** Those that are here and can keep weights so. */
const thatHave = (format: BaseQuantization): Backend[] =>
  [native, reference, ggml].filter((one): one is Backend => one?.storedTypes?.includes(format) === true);

const curveOf = async (backend: Backend, of: LoadedModel, more: Partial<TrainingOptions>, steps: number) => {
  const session = unwrap(await openTrainingSession(of, backend, { ...options, ...more }));
  const results = [];
  for (let i = 0; i < steps; i++) results.push(await session.step([batch], 1e-3));
  const weights = await session.weights();
  session.dispose();
  return { loss: results.map(({ loss }) => loss), norm: results.map(({ gradNorm }) => gradNorm), weights };
};

/** The model with every frozen matrix rounded beforehand. */
const roundedModel = (kind: BaseQuantization): LoadedModel => {
  const stored = storedWeights(model.config, kind, []);
  const tensors = model.tensors.map((tensor): NamedTensor => {
    const type = stored.get(tensor.name);
    return type === undefined ? tensor : { ...tensor, data: throughFormat(type, tensor.data, tensor.shape.at(-1)!) };
  });
  return { ...model, tensors };
};

describe.each(baseQuantizations)('a base in %s', (baseQuantization) => {
  const of = expected[baseQuantization];

  it('is rounded as PyTorch rounds it', () => {
    for (const { name, shape, data } of roundedModel(baseQuantization).tensors)
      if (shape.length === 2)
        expect(
          data.reduce((sum, x) => sum + x, 0),
          name,
        ).toBeCloseTo(of.weights[name]!, 5);
  });

  it('has PyTorch’s losses and norms while adapters are trained beside it', async () => {
    for (const backend of thatHave(baseQuantization)) {
      const { loss, norm } = await curveOf(backend, model, { baseQuantization }, of.loss.length);
      for (const [i, value] of of.loss.entries())
        expect(Math.abs(loss[i]! / value - 1), `${backend.name}, loss of step ${i + 1}`).toBeLessThan(1e-4);
      for (const [i, value] of of.grad_norm_before_clip.entries())
        expect(Math.abs(norm[i]! / value - 1), `${backend.name}, norm of step ${i + 1}`).toBeLessThan(1e-2);
    }
  });

  it('computes the bits that float32 computes from rounded weights, in both precisions', async () => {
    for (const backend of thatHave(baseQuantization))
      for (const precision of backend.precisions) {
        const kept = await curveOf(backend, model, { baseQuantization, precision }, 2);
        const rounded = await curveOf(backend, roundedModel(baseQuantization), { precision }, 2);
        expect(kept.loss).toEqual(rounded.loss);
        expect(kept.norm).toEqual(rounded.norm);
        expect(kept.weights).toEqual(rounded.weights);
      }
  });

  it('leaves in float32 what trains, and what it is told to', async () => {
    const { config } = model;
    const trainable = ['embed_tokens'];
    const session = unwrap(
      await openTrainingSession(model, reference, {
        ...options,
        baseQuantization,
        trainable,
        exact: ['lm_head.weight'],
      }),
    );
    const names = ['model.embed_tokens.weight', 'lm_head.weight', 'model.norm.weight'];
    const there = new Map(model.tensors.map(({ name, data }) => [name, data]));
    for (const { name, data } of await session.weights(names)) expect(data).toEqual(there.get(name));
    const matrices = parameterShapes(config).filter(({ shape }) => shape.length === 2);
    const kept = storedWeights(config, baseQuantization, [{ name: names[0]!, shape: [] }], [names[1]!]);
    expect(kept.size).toBe(matrices.length - 2);
    const { sums } = await session
      .inference()
      .logLikelihoods([[1, 5, 7]])
      .then((all) => ({ sums: all[0]! }));
    expect(sums).toHaveLength(2);
    session.dispose();
  });

  it('is refused before anything is read where the backend lacks the format', async () => {
    const lacking = { ...reference, name: 'lacking', precisions: ['float32'], storedTypes: [] } as unknown as Backend;
    const tensors = model.tensors.map(({ name, shape }) => ({
      name,
      shape,
      load: () => Promise.reject(new Error('read')),
    }));
    expect(await openTrainingSession({ ...model, tensors }, lacking, { ...options, baseQuantization })).toMatchObject({
      problem: { what: expect.stringMatching(/the backend lacking keeps no weights in/) as unknown },
    });
  });
});

describe('a model stored in bfloat16', () => {
  it('stays so in memory where it is asked, and answers the same bits', async () => {
    const directory = path.join(fixtures, 'tiny-llama3');
    const whole = unwrap(await readModelDirectory(directory));
    for (const backend of native === undefined ? [reference] : [reference, native])
      for (const precision of backend.precisions) {
        const streamed = unwrap(await streamModelDirectory(directory));
        const allocate = vi.spyOn(backend, 'allocate');
        const kept = unwrap(await openInferenceSession(streamed, backend, { precision }));
        const asked = allocate.mock.calls.map(([, dtype]) => dtype);
        allocate.mockRestore();
        const widened = unwrap(await openInferenceSession(whole, backend, { precision }));
        const matrices = streamed.tensors.filter(({ shape }) => shape.length === 2);
        expect(asked.filter((type) => type === 'bfloat16')).toHaveLength(matrices.length);
        const ids = Array.from({ length: 30 }, (_, i) => (7 * i + 3) % 80);
        expect(await kept.logLikelihoods([ids])).toEqual(await widened.logLikelihoods([ids]));
        const [a, b] = [kept.start(), widened.start()];
        for (const piece of [ids, [4], [9, 11]]) expect(await a.append(piece)).toEqual(await b.append(piece));
        for (const one of [a, b, kept, widened]) one.dispose();
      }
  });
});

describe('memory of a 7B model’s frozen base', () => {
  const config = {
    ...{ hiddenSize: 4096, intermediateSize: 11_008, layers: 32, heads: 32, kvHeads: 32, headDim: 128 },
    ...{ vocabularySize: 39_478, contextLength: 4096, rmsNormEpsilon: 1e-5, ropeTheta: 10_000, tiedHead: false },
  };
  it.each([
    ['bfloat16', 13.6],
    ['q8_0', 7.24],
    ['nf4', 4.29],
  ] as const)('in %s is %d GB', (kind, gigabytes) => {
    const stored = storedWeights(config, kind, []);
    const bytes = parameterShapes(config).reduce(
      (sum, { name, shape }) => sum + byteCount(shape, stored.get(name) ?? 'float32'),
      0,
    );
    expect(bytes / 1e9).toBeCloseTo(gigabytes, 1);
  });
});
