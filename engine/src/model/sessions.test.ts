/** What sessions promise beside the right numbers (those are in test/conformance): on a toy model and the reference backend. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../backends/backend.ts';
import { referenceBackend } from '../backends/reference/referenceBackend.ts';
import { problemLine, unwrap } from '../base/problem.ts';
import { Random } from '../base/random.ts';
import { openInferenceSession, openTrainingSession } from './index.ts';
import type { LoadedModel, LoraOptions, TrainingOptions } from './index.ts';
import type { MicroBatch, NamedTensor, TrainingSession } from './sessions.ts';
import { toyConfig, toyModel } from './testing/toyModel.ts';

const config = toyConfig;
const model = toyModel(config, 0.5);
const options: TrainingOptions = {
  optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, gradientClip: 1 },
  precision: 'float32',
  seed: 5,
};
const lora: LoraOptions = { rank: 2, alpha: 4, dropout: 0, targets: ['q_proj', 'down_proj'], init: 'kaiming' };

/** Rows of random ids, one document each. */
function batch(rows: number, length: number, seed: number, more: Partial<MicroBatch> = {}): MicroBatch {
  const random = new Random(seed, 'batch');
  const ids = Int32Array.from({ length: rows * length }, () => random.below(config.vocabularySize));
  const positions = ids.map((_, i) => i % length);
  return { batch: rows, length, ids, labels: ids, positions, segments: new Int32Array(ids.length), ...more };
}

const values = (tensors: readonly NamedTensor[]) => new Map(tensors.map(({ name, data }) => [name, [...data]]));

let backend: Backend;
beforeAll(async () => {
  backend = unwrap(await referenceBackend.open({}));
});
const open = async (more: Partial<TrainingOptions> = {}) =>
  unwrap(await openTrainingSession(model, backend, { ...options, ...more }));
const run = async (session: TrainingSession, steps: number, from = 0) => {
  const losses: number[] = [];
  for (let i = from; i < from + steps; i++) losses.push((await session.step([batch(2, 6, i)], 1e-2)).loss);
  return losses;
};

describe('classes', () => {
  it('are those of the labels: a loss by class is that of the labels of this class alone', async () => {
    const session = await open({ classes: 2 });
    const whole = batch(2, 6, 1);
    const classes = whole.ids.map((_, i) => i % 2);
    const { sums, counts } = await session.loss({ ...whole, classes });
    expect([...counts]).toEqual([4, 6]);
    for (const cls of [0, 1]) {
      const labels = whole.ids.map((id, i) => (i % 2 === cls ? id : -100));
      const alone = await session.loss({ ...whole, labels });
      expect(sums[cls]).toBeCloseTo(
        alone.sums.reduce((a, b) => a + b),
        4,
      );
    }
  });
});

describe('a training session', () => {
  it('goes on exactly where a restored state left off', async () => {
    for (const more of [{}, { lora: { ...lora, dropout: 0.5 } }]) {
      const whole = await open(more);
      await run(whole, 3);
      const [weights, state] = [await whole.weights('trainable'), whole.optimizerState()];
      const resumed = await open(more);
      await resumed.restore(weights, state);
      expect(await run(resumed, 3, 3)).toEqual(await run(whole, 3, 3));
      expect(values(await resumed.weights())).toEqual(values(await whole.weights()));
    }
  });

  it('averages gradients over all label tokens of its micro-batches', async () => {
    const [together, apart] = [await open({ classes: 2 }), await open({ classes: 2 })];
    const both = batch(2, 6, 3, {
      labels: Int32Array.of(-100, -100, -100, -100, 4, 5, -100, 1, 2, 3, 4, 5),
      classes: Int32Array.from({ length: 12 }, (_, i) => (i < 6 ? 0 : 1)),
    });
    const rows = [0, 6].map((from): MicroBatch => {
      const cut = (data: Int32Array) => data.slice(from, from + 6);
      const { ids, labels, positions, segments, classes } = both;
      return {
        batch: 1,
        length: 6,
        ids: cut(ids),
        labels: cut(labels),
        positions: cut(positions),
        segments: cut(segments),
        classes: cut(classes!),
      };
    });
    for (let step = 0; step < 2; step++) {
      const one = await together.step([both], 1e-2);
      const two = await apart.step(rows, 1e-2);
      expect(two.loss).toBeCloseTo(one.loss, 5);
      expect(two.gradNorm).toBeCloseTo(one.gradNorm, 5);
      expect([...two.byClass.counts]).toEqual([2, 5]);
      expect(one.byClass.sums[0]! + one.byClass.sums[1]!).toBeCloseTo(7 * one.loss, 4);
      expect(two.byClass.sums[0]).toBeCloseTo(one.byClass.sums[0]!, 5);
    }
    const other = values(await apart.weights());
    for (const [name, data] of values(await together.weights()))
      for (const [i, value] of data.entries()) expect(other.get(name)![i]).toBeCloseTo(value, 4);
  });

  it('predicts nothing across documents', async () => {
    const session = await open();
    const { counts } = await session.loss(batch(1, 6, 1, { segments: Int32Array.of(0, 0, 1, 1, 1, -1) }));
    expect(counts[0]).toBe(3);
  });

  it('changes what is trainable, and nothing else', async () => {
    const session = await open({ lora, trainable: ['lm_head'] });
    const before = values(await session.weights());
    await run(session, 2);
    const after = values(await session.weights());
    const changed = [...after].filter(([name, data]) => data.join() !== before.get(name)!.join()).map(([name]) => name);
    const trainable = session.parameters.filter((parameter) => parameter.trainable).map(({ name }) => name);
    expect(changed.sort()).toEqual(trainable.sort());
    expect(trainable).toContain('model.embed_tokens.weight');
    expect(trainable).toContain('base_model.model.model.layers.1.mlp.down_proj.lora_B.weight');
    expect(trainable).toHaveLength(1 + 2 * 2 * 2);
  });

  it('drops out in training, repeatably, and not when it measures', async () => {
    const dropping = { lora: { ...lora, dropout: 0.5 } };
    const [a, b, other, none] = [
      await open(dropping),
      await open(dropping),
      await open({ ...dropping, seed: 6 }),
      await open({ lora }),
    ];
    const curve = await run(a, 4);
    expect(await run(b, 4)).toEqual(curve);
    const plain = await run(none, 4);
    expect(curve[0]).toBe(plain[0]); // B is zero at first
    expect(curve[3]).not.toBe(plain[3]);
    expect(await run(other, 4)).not.toEqual(curve);
    const still = batch(1, 5, 9);
    expect(await a.loss(still)).toEqual(await a.loss(still));
  });

  it('can be asked while it is trained', async () => {
    const session = await open({ lora });
    const inference = session.inference();
    const row = [1, 2, 3, 4, 5];
    const [before] = await inference.logLikelihoods([row]);
    await run(session, 3);
    const [after] = await inference.logLikelihoods([row]);
    expect([...after!]).not.toEqual([...before!]);
    const { sums } = await session.loss({ ...batch(1, 5, 0), ids: Int32Array.from(row), labels: Int32Array.from(row) });
    expect(-after!.reduce((a, b) => a + b, 0)).toBeCloseTo(sums[0]!, 4);
  });

  it('refuses what it cannot work with', async () => {
    const problem = async (from: LoadedModel, more: Partial<TrainingOptions>) => {
      const opened = await openTrainingSession(from, backend, { ...options, ...more });
      return opened.ok ? '' : problemLine(opened.problem);
    };
    expect(await problem(model, { trainable: ['embed_tokens', 'mlp.gates'] })).toContain('"mlp.gates"');
    const without = Object.create(backend, { precisions: { value: ['float32'] } }) as Backend;
    expect(await openTrainingSession(model, without, { ...options, precision: 'bfloat16' })).toMatchObject({
      problem: { what: 'the backend reference does not compute in bfloat16' },
    });
    expect(await problem({ ...model, tensors: model.tensors.slice(1) }, {})).toContain('model.embed_tokens.weight');
    const [first, ...rest] = model.tensors;
    const cut = { ...first!, shape: [4, 8], data: new Float32Array(32) };
    expect(await problem({ ...model, tensors: [cut, ...rest] }, {})).toContain('[4, 8]');

    const session = await open();
    await expect(session.step([batch(1, 4, 0, { ids: Int32Array.of(1, 2, 20, 3) })], 1)).rejects.toThrow('token id 20');
    const silent = batch(1, 4, 0, { labels: new Int32Array(4).fill(-100) });
    await expect(session.step([silent], 1)).rejects.toThrow('no token of the batch has a label');
    const state = session.optimizerState();
    await expect(session.restore((await session.weights()).slice(1), state)).rejects.toThrow('the tensor is missing');
  });
});

describe('an inference session', () => {
  it('gives each row its own scores, however they are batched, and nothing for rows without a second token', async () => {
    const session = unwrap(await openInferenceSession(model, backend, { precision: 'float32' }));
    const rows = [[3], [4, 5, 6, 7, 8, 9], [], [1, 2], [4, 5, 6]];
    const scores = await session.logLikelihoods(rows);
    expect(scores.map((row) => row.length)).toEqual([0, 5, 0, 1, 2]);
    const [alone] = await session.logLikelihoods([rows[4]!]);
    for (const [i, value] of scores[4]!.entries()) expect(value).toBeCloseTo(alone![i]!, 6);
    expect(scores[4]![0]).toBeCloseTo(scores[1]![0]!, 6);
  });

  it('keeps a sequence right while its cache grows, and stops at the context window', async () => {
    const session = unwrap(await openInferenceSession(model, backend, { precision: 'float32' }));
    const ids = Array.from({ length: config.contextLength }, (_, i) => (i * 7) % config.vocabularySize);
    const whole = session.start();
    const expected = await whole.append(ids);
    const stepwise = session.start();
    let logits = await stepwise.append(ids.slice(0, 60));
    for (const id of ids.slice(60)) logits = await stepwise.append([id]);
    for (const [i, value] of expected.entries()) expect(logits[i]).toBeCloseTo(value, 4);
    await expect(stepwise.append([1])).rejects.toThrow(RangeError);
    await expect(session.start().append([])).rejects.toThrow(RangeError);
    await expect(session.logLikelihoods([[...ids, 1, 2]])).rejects.toThrow(RangeError);
  });

  it('pads to few sizes where a backend asks for it, with the same answers', async () => {
    // Own fields hide the class's: only freeSizes differs.
    const rounding = Object.assign(Object.create(backend) as Backend, { freeSizes: false });
    const [free, padded] = [
      unwrap(await openInferenceSession(model, backend, { precision: 'float32' })),
      unwrap(await openInferenceSession(model, rounding, { precision: 'float32' })),
    ];
    const prompt = Array.from({ length: 21 }, (_, i) => (i * 3) % 20);
    const [a, b] = [free.start(), padded.start()];
    for (const piece of [prompt, [5], prompt.slice(0, 3)])
      expect([...(await b.append(piece))]).toEqual([...(await a.append(piece))]);
    expect(b.length).toBe(25);
    const [together, wide] = [free.batch(3), padded.batch(3)];
    for (const cache of [together, wide]) {
      await cache.reserve(30);
      await cache.append(2, prompt);
      await cache.copy(2, [0]);
      await cache.append(1, [5]);
    }
    // Three rows go as four, with one that nobody reads.
    expect(await wide.step([0, 1, 2], [3, 4, 5])).toEqual(await together.step([0, 1, 2], [3, 4, 5]));
    expect(await wide.step([1], [9])).toEqual(await together.step([1], [9]));
    await expect(wide.step([3], [1])).rejects.toThrow(RangeError);
    await expect(wide.step([1, 1], [1, 2])).rejects.toThrow(RangeError);
    expect(await padded.logLikelihoods([prompt])).toEqual(await free.logLikelihoods([prompt]));
    const [trained, other] = [await open(), unwrap(await openTrainingSession(model, rounding, options))];
    expect(await run(other, 2)).toEqual(await run(trained, 2));
  });
});
