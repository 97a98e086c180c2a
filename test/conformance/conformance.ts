/**
 * What every backend must show: on real models, the values that PyTorch computed in float64, within what float32 can hold.
 * Written once; each backend's test file calls it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, BackendProvider } from '../../engine/src/backends/backend.ts';
import { operationCases, storedTypesOf } from '../../engine/src/backends/operationCases.ts';
import { referenceBackend } from '../../engine/src/backends/reference/referenceBackend.ts';
import { relativeDifference, runCase } from '../../engine/src/backends/selfCheck.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { readModelDirectory } from '../../engine/src/model/files.ts';
import { openInferenceSession, openTrainingSession } from '../../engine/src/model/index.ts';
import type { LoadedModel, TrainingOptions } from '../../engine/src/model/index.ts';
import type { GradientSession, MicroBatch } from '../../engine/src/model/sessions.ts';
import { microBatch, readReferenceValues, referenceModels } from './referenceValues.ts';
import type { Curve, GradientValues, ReferenceModel } from './referenceValues.ts';

/** Relative, for logits, losses and gradient norms. */
const valueTolerance = 1e-4;
/** Of a gradient's elements, relative to the tensor's largest. */
const elementTolerance = 1e-3;
/** Relative, along a curve. */
const curveTolerance = { loss: 2e-3, gradNorm: 5e-2 };

const full: TrainingOptions = {
  optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, gradientClip: 1 },
  precision: 'float32',
  seed: 1,
};
const adapters: TrainingOptions = {
  ...full,
  optimizer: { ...full.optimizer, weightDecay: 0 },
  lora: { rank: 4, alpha: 8, dropout: 0, targets: ['q_proj', 'k_proj', 'v_proj'], init: 'sine' },
  trainable: ['embed_tokens', 'lm_head'],
};

function expectClose(actual: number, expected: number, relative: number, what: string): void {
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-12);
  expect(error, `${what}: ${actual} for ${expected}`).toBeLessThan(relative);
}

/** Element by element, relative to the largest of those expected. */
function expectAllClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  relative: number,
  what: string,
  largest = Math.max(...expected.map(Math.abs)),
): void {
  expect(actual.length, `length of ${what}`).toBe(expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)));
  expect(worst / largest, `largest difference of ${what}, relative to its largest element`).toBeLessThan(relative);
}

/** `of`: which models, by their names; absent: all. For devices that are too slow for some. */
export function describeConformance(provider: BackendProvider, of: (name: string) => boolean = () => true): void {
  let backend: Backend;
  beforeAll(async () => {
    backend = unwrap(await provider.open({}));
  });
  afterAll(() => backend.dispose());
  describe(`${provider.name}, operation by operation`, () => {
    it.each(operationCases().map((one) => [`${one.op}, ${one.title}`, one] as const))('%s', async (_, one) => {
      const lacking = storedTypesOf(one).find((type) => backend.storedTypes?.includes(type) !== true);
      if (lacking !== undefined) {
        await expect(runCase(backend, one), 'not its numbers').rejects.toThrow(
          new RegExp(`the backend ${backend.name} .*${lacking}`),
        );
        return;
      }
      const reference = unwrap(await referenceBackend.open({}));
      const actual = await runCase(backend, one);
      for (const [name, expected] of Object.entries(await runCase(reference, one)))
        expect(relativeDifference(actual[name], expected), name).toBeLessThan(valueTolerance);
    });
  });
  for (const model of referenceModels.filter(({ name }) => of(name))) {
    const title = `${provider.name} on ${model.name}`;
    if (model.missing === undefined) describe(title, () => describeModel(model, () => backend));
    else it.skip(`${title} (${model.missing})`);
  }
}

function describeModel(reference: ReferenceModel, backend: () => Backend): void {
  const values = readReferenceValues(reference);
  const { batch } = values;
  let model: LoadedModel;
  beforeAll(async () => {
    model = unwrap(await readModelDirectory(reference.directory));
  });

  async function training<T>(
    options: TrainingOptions,
    use: (session: GradientSession) => Promise<T>,
    from = model,
  ): Promise<T> {
    const session = unwrap(await openTrainingSession(from, backend(), options));
    try {
      return await use(session);
    } finally {
      session.dispose();
    }
  }

  const losses: readonly (readonly [string, MicroBatch, number, Readonly<Record<string, GradientValues>>])[] = [
    ['all labels', microBatch(batch.ids), values.clm_loss, values.clm_grad],
    ['instruction labels', microBatch(batch.ids, batch.sft_labels), values.sft_loss, values.sft_grad],
    ...(values.packed === undefined
      ? []
      : ([
          [
            'packed documents',
            microBatch(values.packed.ids, values.packed.labels, values.packed.positions, values.packed.segments),
            values.packed.loss,
            values.packed.grad,
          ],
        ] as const)),
  ];
  it.each(losses)('has the loss and gradients of %s', async (_, micro, loss, gradients) => {
    await training(full, async (session) => {
      const { sums, counts } = await session.loss(micro);
      expectClose(sums[0]! / counts[0]!, loss, valueTolerance, 'loss');
      const found = new Map((await session.gradients(micro)).map(({ name, data }) => [name, data]));
      expect([...found.keys()].sort()).toEqual(Object.keys(gradients).sort());
      for (const [name, { norm, first8, sum }] of Object.entries(gradients)) {
        const data = found.get(name)!;
        expectClose(Math.hypot(...data), norm, valueTolerance, `norm of ${name}`);
        const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
        expectAllClose(data.subarray(0, 8), first8, elementTolerance, name, largest);
        // A sum may cancel: its error is held against the sum of the magnitudes.
        const magnitude = data.reduce((total, value) => total + Math.abs(value), 0);
        const total = data.reduce((a, b) => a + b, 0);
        expect(Math.abs(total - sum) / magnitude, `sum of ${name}`).toBeLessThan(valueTolerance);
      }
    });
  });

  async function expectCurve(options: TrainingOptions, micro: MicroBatch, curve: Curve, from = model): Promise<void> {
    await training(
      options,
      async (session) => {
        for (const [i, expected] of curve.loss.entries()) {
          const { loss, gradNorm } = await session.step([micro], 1e-3);
          expectClose(loss, expected, curveTolerance.loss, `loss at step ${i + 1}`);
          expectClose(gradNorm, curve.grad_norm_before_clip[i]!, curveTolerance.gradNorm, `gradNorm at step ${i + 1}`);
        }
      },
      from,
    );
  }
  it('follows the curve of AdamW on all parameters', async () => {
    await expectCurve(full, microBatch(batch.ids), values.adamw_full);
  });
  it('follows the curve of adapters', async () => {
    await expectCurve(adapters, microBatch(batch.ids, batch.sft_labels), values.lora_plain);
  });
  it('follows the curve of adapters beside new embedding rows', async () => {
    const { ids, labels, parts } = values.lora_sft;
    await expectCurve(adapters, microBatch(ids, labels), values.lora_sft, withMeanRows(model, parts));
  });

  it('decodes several sequences together as each alone', async () => {
    const session = unwrap(await openInferenceSession(model, backend(), { precision: 'float32' }));
    const row = Array.from(batch.ids[0]!);
    const prompts = [row.slice(0, 7), row.slice(2, 4), row.slice(1, 12)];
    const together = session.batch(4);
    const alone = prompts.map(() => session.start());
    // To the last bit where a row's arithmetic is its own; within rounding where a library multiplies as it likes.
    const exact = ['native', 'reference'].includes(backend().name);
    const expectSame = (actual: Float32Array, expected: Float32Array) =>
      exact ? expect(actual).toEqual(expected) : expectAllClose(actual, Array.from(expected), valueTolerance, 'logits');
    for (const [i, prompt] of prompts.entries())
      expectSame(await together.append(i, prompt), await alone[i]!.append(prompt));
    // The fourth goes on from where the third stands, and some drop out.
    await together.copy(2, [3]);
    alone.push(await alone[2]!.fork());
    for (const [at, rows] of [[0, 1, 2, 3], [3, 1, 0], [1, 3], [3], [2, 0]].entries()) {
      const ids = rows.map((i) => row[(5 * i + at) % row.length]!);
      const logits = await together.step(rows, ids);
      for (const [n, i] of rows.entries()) expectSame(logits[n]!, await alone[i]!.append([ids[n]!]));
    }
    expect([0, 1, 2, 3].map((i) => together.length(i))).toEqual(alone.map(({ length }) => length));
    together.clear(1);
    expectSame(await together.append(1, prompts[2]!), await session.start().append(prompts[2]!));
    together.dispose();
    session.dispose();
  });

  it('has the logits, log-likelihoods and greedy text', async () => {
    const session = unwrap(await openInferenceSession(model, backend(), { precision: 'float32' }));
    const logitsAfter = async (ids: readonly number[]) => {
      const sequence = session.start();
      const logits = await sequence.append(ids);
      sequence.dispose();
      return logits;
    };
    const [row0, row1] = [batch.ids[0]!, batch.ids[1]!];
    expectAllClose(await logitsAfter(row0.slice(0, 1)), values.logits.row0_pos0, valueTolerance, 'logits 0');
    expectAllClose(await logitsAfter(row0), values.logits.row0_last, valueTolerance, 'logits of row 0');
    expectAllClose(await logitsAfter(row1), values.logits.row1_last, valueTolerance, 'logits of row 1');

    // A shorter row beside it: padding must not show.
    const [scores, short] = await session.logLikelihoods([row0, row0.slice(0, 5)]);
    expectAllClose(scores!, values.loglikelihood_row0, valueTolerance, 'log-likelihoods');
    expectAllClose(short!, values.loglikelihood_row0.slice(0, 4), valueTolerance, 'log-likelihoods of a short row');

    const { prompt, ids } = values.greedy;
    const sequence = session.start();
    const generated = [...prompt];
    for (let logits = await sequence.append(prompt); generated.length < ids.length;) {
      const next = logits.indexOf(logits.reduce((max, value) => Math.max(max, value)));
      generated.push(next);
      if (generated.length < ids.length) logits = await sequence.append([next]);
    }
    expect(generated).toEqual(ids);

    // A prompt taken in two pieces, and a fork, end where the whole ends.
    const pieces = session.start();
    await pieces.append(row0.slice(0, 7));
    const fork = await pieces.fork();
    for (const part of [pieces, fork])
      expectAllClose(await part.append(row0.slice(7)), values.logits.row0_last, valueTolerance, 'logits in pieces');
    expect(pieces.length).toBe(row0.length);
    session.dispose();
  });
}

/** A model with further rows of the embedding (and of an untied head), each the mean of the rows in its parts. */
function withMeanRows(model: LoadedModel, parts: readonly (readonly number[])[]): LoadedModel {
  const { config } = model;
  const width = config.hiddenSize;
  const vocabularySize = config.vocabularySize + parts.length;
  const tensors = model.tensors.map((tensor) => {
    if (!/embed_tokens|lm_head/.test(tensor.name)) return tensor;
    const rows = parts.map((ids) =>
      Array.from(
        { length: width },
        (_, i) => ids.reduce((sum, id) => sum + tensor.data[id * width + i]!, 0) / ids.length,
      ),
    );
    return { ...tensor, shape: [vocabularySize, width], data: Float32Array.from([...tensor.data, ...rows.flat()]) };
  });
  return { config: { ...config, vocabularySize }, tensors };
}
