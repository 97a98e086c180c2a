/** The operations on shapes larger than the self-check's, against the reference; and what the backend does with memory. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { Random } from '../../base/random.ts';
import { elementCount, Graph } from '../../graph/index.ts';
import type { AttributesOf, DType, OperationName } from '../../graph/index.ts';
import type { Backend, Buffer, HostArray } from '../backend.ts';
import type { CaseInput } from '../operationCases.ts';
import { referenceBackend } from '../reference/referenceBackend.ts';
import { relativeDifference, runCase } from '../selfCheck.ts';
import { tfjsBackend } from './provider.ts';

let backend: Backend;
let reference: Backend;
beforeAll(async () => {
  backend = unwrap(await tfjsBackend.open({}));
  reference = unwrap(await referenceBackend.open({}));
});
afterAll(() => backend.dispose());

const random = new Random(11);
const tensor = (dtype: DType, shape: readonly number[], next: () => number): CaseInput => {
  const values = Array.from({ length: elementCount(shape) }, next);
  return { shape, dtype, data: dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values) };
};
const floats = (...shape: number[]) => tensor('float32', shape, () => random.normal());
const below = (n: number, ...shape: number[]) => tensor('int32', shape, () => random.below(n));
const given = (dtype: DType, shape: readonly number[], values: readonly number[]): CaseInput => ({
  shape,
  dtype,
  data: dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
});
/** Documents of random lengths, padding at the end. */
const segments = (batch: number, length: number): CaseInput => {
  const rows = Array.from({ length: batch }, () => {
    let document = 0;
    return Array.from({ length }, (_, i) => (i > length - 3 ? -1 : (document += random.below(6) === 0 ? 1 : 0)));
  });
  return given('int32', [batch, length], rows.flat());
};

async function agrees<N extends OperationName>(
  op: N,
  inputs: readonly CaseInput[],
  attributes: AttributesOf<N>,
  tolerance = 2e-5,
) {
  const one = { op, title: '', inputs, attributes };
  const expected = await runCase(reference, one);
  const actual = await runCase(backend, one);
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected))
    expect(relativeDifference(actual[name], values), `${op}: ${name}`).toBeLessThan(tolerance);
}

describe('operations of tfjs against the reference', () => {
  it.each([
    [1, 1, 1, 1],
    [3, 17, 20, 31],
    [2, 64, 96, 40],
  ])('matmul, batch %i, length %i, %i by %i', async (batch, length, n, k) => {
    const form = (transposeA: boolean, transposeB: boolean) => ({ transposeA, transposeB });
    await agrees('matmul', [floats(batch, length, k), floats(k, n)], form(false, false));
    await agrees('matmul', [floats(batch, length, k), floats(n, k)], form(false, true));
    await agrees('matmul', [floats(batch, length, k), floats(batch, length, n)], form(true, false));
  });

  it.each([
    [1, 1, 4],
    [2, 40, 64],
    [3, 7, 200],
  ])('embedding and norms, batch %i, length %i, width %i', async (batch, length, width) => {
    const x = floats(batch, length, width);
    await agrees('embedding', [floats(50, width), below(50, batch, length)], {});
    await agrees('embeddingGrad', [below(9, batch, length), x], { rows: 50 });
    await agrees('rmsNorm', [x, floats(width)], { epsilon: 1e-6 });
    await agrees('rmsNormGrad', [x, floats(width), floats(batch, length, width)], { epsilon: 1e-6 });
    await agrees('swiglu', [x, floats(batch, length, width)], {});
    await agrees('swigluGrad', [x, floats(batch, length, width), floats(batch, length, width)], {});
    await agrees('dropout', [x, given('int32', [1], [77])], { rate: 0.1, salt: 3 });
  });

  it.each([
    [2, 2],
    [8, 4],
    [16, 32],
  ])('rope, %i heads of %i', async (heads, headDim) => {
    const frequencies = Array.from({ length: headDim / 2 }, (_, i) => 10_000 ** ((-2 * i) / headDim));
    const inputs = [floats(2, 30, heads * headDim), below(4000, 2, 30)];
    for (const inverse of [false, true]) await agrees('rope', inputs, { headDim, frequencies, inverse });
  });

  it.each([
    [1, 1, 1, 1, 2],
    [2, 33, 6, 6, 8],
    [3, 20, 8, 2, 16],
    [1, 64, 4, 1, 4],
  ])('attention, batch %i, length %i, %i heads over %i, of %i', async (batch, length, heads, kvHeads, headDim) => {
    const attributes = { heads, kvHeads, headDim, scale: 1 / Math.sqrt(headDim) };
    const [q, k, v] = [heads, kvHeads, kvHeads].map((n) => floats(batch, length, n * headDim));
    await agrees('attention', [q!, k!, v!, segments(batch, length)], attributes);
    const cache = () => floats(batch, length + 5, kvHeads * headDim);
    const past = given('int32', [1], [3]);
    await agrees('cacheWrite', [cache(), floats(batch, length, kvHeads * headDim), past], {});
    await agrees('cachedAttention', [q!, cache(), cache(), past], attributes);
  });

  it('attention stays finite with large scores', async () => {
    const large = (shape: number[]) => tensor('float32', shape, () => 60 * random.normal());
    const inputs = [large([1, 12, 8]), large([1, 12, 8]), large([1, 12, 8]), segments(1, 12)];
    await agrees('attention', inputs, { heads: 1, kvHeads: 1, headDim: 8, scale: 1 });
  });

  it.each([
    [1, 1, 4, 5],
    [2, 30, 16, 300],
    // Two chunks of rows.
    [3, 72, 4, 40_000],
  ])('head, batch %i, length %i, width %i, vocabulary %i', async (batch, length, width, vocabulary) => {
    const hidden = floats(batch, length, width);
    const weight = floats(vocabulary, width);
    const targets = tensor('int32', [batch, length], () => (random.below(4) === 0 ? -1 : random.below(vocabulary)));
    const weights = tensor('float32', [batch, length], () => random.uniform());
    const all = [hidden, weight, targets, weights, below(3, batch, length)];
    for (const gradients of ['none', 'hidden', 'both'] as const)
      // Sums over the whole vocabulary, in float32.
      await agrees('headCrossEntropy', all, { classes: 3, gradients }, 1e-4);
    await agrees('headLogLikelihood', [hidden, weight, targets], {});
    await agrees('headLogits', [hidden, weight, below(length, batch)], {});
  });

  it('head with no label at all, and with a label that is next to impossible', async () => {
    const weights = given('float32', [1, 2], [1, 1]);
    const classes = given('int32', [1, 2], [0, 0]);
    const weight = given('float32', [3, 1], [100, 0, -100]);
    const inputs = (targets: number[]) => [
      given('float32', [1, 2, 1], [3, -3]),
      weight,
      given('int32', [1, 2], targets),
      weights,
      classes,
    ];
    await agrees('headCrossEntropy', inputs([-1, -1]), { classes: 1, gradients: 'both' });
    await agrees('headCrossEntropy', inputs([2, 0]), { classes: 1, gradients: 'both' });
  });

  it.each([[[7]], [[300, 64]]])('optimizer, %j', async (shape) => {
    const [w, m, gradient] = [floats(...shape), floats(...shape), floats(...shape)];
    const v = tensor('float32', shape, () => random.uniform());
    const numbers = [[0.7], [0.01], [0.1, 0.05]].map((values) => given('float32', [values.length], values));
    const attributes = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
    await agrees('adamw', [w, m, v, gradient, ...numbers], attributes);
    await agrees('accumulate', [w, m], {});
    await agrees('sumOfSquares', [w, m, floats(3)], {});
  });
});

describe('memory of tfjs', () => {
  /** y = x · Wᵀ, W += y, and everything in between. */
  async function setUp() {
    const graph = new Graph();
    const x = graph.feed('x', [4, 4], 'float32');
    const w = graph.persistent('w', [4, 4], 'float32');
    const y = graph.one('matmul', [x, w], { transposeA: false, transposeB: true });
    const z = graph.one('add', [graph.one('scale', [y], { factor: 2 }), y], {});
    graph.add('accumulate', [w, y], {});
    graph.output('y', y);
    graph.output('z', z);
    const buffer = await backend.allocate(
      [4, 4],
      'float32',
      Float32Array.from({ length: 16 }, (_, i) => i),
    );
    return { executable: await backend.compile(graph, {}), buffer };
  }
  const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const run = async (executable: Awaited<ReturnType<typeof setUp>>['executable'], w: Buffer) =>
    executable.run({ x: identity }, { w });

  it('keeps nothing from run to run', async () => {
    const { executable, buffer } = await setUp();
    await run(executable, buffer);
    const { numTensors, numBytes } = tf.memory();
    for (let i = 0; i < 5; i++) await run(executable, buffer);
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    buffer.dispose();
    expect(() => buffer.dispose()).not.toThrow();
    await expect(buffer.read()).rejects.toThrow('disposed');
  });

  it('gives everything back', async () => {
    const before = tf.memory().numTensors;
    const { executable, buffer } = await setUp();
    await run(executable, buffer);
    buffer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('sees a changed buffer, though it keeps its transpose', async () => {
    const { executable, buffer } = await setUp();
    const w = (await buffer.read()) as Float32Array;
    const transpose = (m: HostArray) => Array.from(m, (_, i) => m[(i % 4) * 4 + Math.floor(i / 4)]!);
    expect([...(await run(executable, buffer))['y']!]).toEqual(transpose(w));
    const changed = await buffer.read();
    expect([...changed]).toEqual(transpose(w).map((value, i) => value + w[i]!));
    expect([...(await run(executable, buffer))['y']!]).toEqual(transpose(changed));
    await buffer.write(w);
    expect([...(await run(executable, buffer))['y']!]).toEqual(transpose(w));
    buffer.dispose();
  });

  it('forks a buffer', async () => {
    const { executable, buffer } = await setUp();
    const before = await buffer.read();
    const fork = await buffer.copy();
    await run(executable, fork);
    expect(await buffer.read()).toEqual(before);
    expect(await fork.read()).not.toEqual(before);
    buffer.dispose();
    expect((await fork.read()).length).toBe(16);
    fork.dispose();
  });

  it('leaves no handler of uncaught errors behind, and refuses what it lacks', async () => {
    const added = process.listeners('uncaughtException').filter((f) => f.toString().includes('ExitStatus'));
    expect(added).toEqual([]);
    expect(await tfjsBackend.open({ device: 'gpu' })).toMatchObject({ ok: false });
    expect(() => backend.allocate([1], 'bfloat16')).toThrow(/has no bfloat16/);
  });
});
