/**
 * The native kernels of each instruction set that this processor has, on shapes that touch their corners, against the reference;
 * that neither chance nor the number of threads changes a bit; and that bad data is refused and memory given back.
 */
import { Buffer as Bytes } from 'node:buffer';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { Graph, storedTypes } from '../../graph/index.ts';
import type { OperationName } from '../../graph/index.ts';
import type { Backend, Buffer, HostArray, Precision } from '../backend.ts';
import { readModelDirectory } from '../../model/files.ts';
import { openTrainingSession } from '../../model/index.ts';
import { throughFormat } from '../formats.ts';
import { operationCases } from '../operationCases.ts';
import type { CaseInput } from '../operationCases.ts';
import { referenceBackend } from '../reference/referenceBackend.ts';
import { relativeDifference, runCase, selfCheck } from '../selfCheck.ts';
import { agrees, describeOperations, given, Inputs, ReferenceAnswers } from '../testing/describeOperations.ts';
import { identity, refusesWhatDoesNotFit, smallFeeds, smallProgram } from '../testing/smallProgram.ts';
import { loadAddon } from './addon.ts';
import type { NativeBackend } from './nativeBackend.ts';
import { nativeBackend, openNative } from './provider.ts';

const addon = loadAddon();
const sets = addon.ok ? addon.value.processor().kernels.map(({ isa }) => isa) : [];
if (!addon.ok) it.skip(`the backend native (${addon.problem.what})`);

const reference = new ReferenceAnswers();
type Case = readonly [op: OperationName, inputs: readonly CaseInput[], attributes: unknown];

const products = new Set<OperationName>(['matmul', 'headCrossEntropy', 'headLogProbabilities', 'headLogits']);

/** Sizes around those at which kernels change their way: tiles, panels, slabs, blocks, chunks. */
function corners(): Case[] {
  const { floats, below, segments, trees, random, of } = new Inputs(5);
  const cases: Case[] = [];
  for (const [m, n, k] of [
    [1, 50, 400],
    [8, 33, 130],
    [9, 47, 49],
    [97, 100, 385],
    [130, 49, 800],
    [40, 500, 16],
  ] as const) {
    cases.push(['matmul', [floats(1, m, k), floats(n, k)], { transposeA: false, transposeB: true }]);
    cases.push(['matmul', [floats(1, m, k), floats(k, n)], { transposeA: false, transposeB: false }]);
    cases.push(['matmul', [floats(1, k, m), floats(1, k, n)], { transposeA: true, transposeB: false }]);
  }
  // A stride of a power of two, which is packed where others are not.
  cases.push(['matmul', [floats(1, 20, 512), floats(60, 512)], { transposeA: false, transposeB: true }]);
  const heads = { heads: 4, kvHeads: 2, headDim: 12, scale: 0.3 };
  const scattered = of('int32', [1, 300], () => random.below(3));
  for (const documents of [segments(1, 300), scattered, given('int32', [1, 300], new Array<number>(300).fill(0))])
    cases.push(['attention', [floats(1, 300, 48), floats(1, 300, 24), floats(1, 300, 24), documents], heads]);
  // Trees over several blocks of keys, and apart: blocks that nobody sees are passed over.
  const apart = Array.from({ length: 900 }, (_, i) => Math.min(900, 300 * Math.ceil((i + 1) / 300)));
  const shared = apart.map((end, i) => (i < 20 ? 900 : end));
  for (const ends of [trees(1, 900), given('int32', [1, 900], apart), given('int32', [1, 900], shared)])
    cases.push(['treeAttention', [floats(1, 900, 48), floats(1, 900, 24), floats(1, 900, 24), ends], heads]);
  for (const [sequence, past] of [
    [1, 400],
    [3, 290],
    [70, 257],
  ] as const) {
    const cache = () => floats(2, 500, 24);
    const at = [given('int32', [2], [1, 0]), given('int32', [2], [past, past >> 2])];
    cases.push(['cachedAttention', [floats(2, sequence, 48), cache(), cache(), ...at], heads]);
  }
  for (const [tokens, width, vocabulary] of [
    [70, 400, 900],
    [300, 20, 2500],
    [450, 2, 40_000],
  ] as const) {
    const targets = of('int32', [1, tokens], () => random.below(vocabulary + 200) - 200);
    const clipped = given(
      'int32',
      [1, tokens],
      Array.from(targets.data, (id) => Math.max(-1, id)),
    );
    const weights = of('float32', [1, tokens], () => random.uniform());
    const inputs = [floats(1, tokens, width), floats(vocabulary, width), clipped, weights, below(2, 1, tokens)];
    for (const gradients of ['none', 'hidden', 'both'])
      cases.push(['headCrossEntropy', inputs, { classes: 2, gradients }]);
    const places = tokens === 300 ? 600 : 40;
    const ids = of('int32', [places, 3], () => Math.max(-1, random.below(vocabulary + 200) - 200));
    cases.push(['headLogProbabilities', [inputs[0]!, inputs[1]!, below(tokens, places), ids], {}]);
  }
  cases.push(['headLogits', [floats(12, 3, 40), floats(100, 40), below(3, 12)], {}]);
  for (const dtype of storedTypes) {
    const weight = (rows: number, columns: number) => ({ ...floats(rows, columns), dtype });
    for (const [m, n, k] of [
      [1, 50, 1100],
      [7, 33, 2087],
      [30, 110, 800],
    ] as const) {
      cases.push(['matmul', [floats(1, m, k), weight(n, k)], { transposeA: false, transposeB: true }]);
      cases.push(['matmul', [floats(1, m + 8, k), weight(k, n)], { transposeA: false, transposeB: false }]);
    }
    const targets = of('int32', [1, 70], () => random.below(900));
    const inputs = [floats(1, 70, 530), weight(900, 530), targets, floats(1, 70), below(2, 1, 70)];
    cases.push(['headCrossEntropy', inputs, { classes: 2, gradients: 'hidden' }]);
    cases.push(['headLogits', [floats(12, 3, 530), weight(300, 530), below(3, 12)], {}]);
    cases.push(['embedding', [weight(90, 530), below(90, 1, 70)], {}]);
  }
  return cases;
}

type Answers = Awaited<ReturnType<typeof runCase>>;
const bytes = ({ buffer, byteOffset, byteLength }: HostArray) => Bytes.from(buffer, byteOffset, byteLength);
const sameBits = (a: Answers, b: Answers): boolean =>
  Object.keys(a).join() === Object.keys(b).join() &&
  Object.entries(a).every(([name, data]) => bytes(data).equals(bytes(b[name]!)));

for (const isa of sets) {
  const open = (threads: number) => Promise.resolve(unwrap(openNative({ isa, threads, exactly: true })));
  describeOperations(`native, ${isa}, 2 threads`, () => open(2), reference);

  describe(`kernels of ${isa}`, () => {
    it.each([1, 2, 4])(
      'agree with the reference at the corners, and %i threads give the bits of one',
      { timeout: 600_000 },
      async (threads) => {
        const backend = await open(threads);
        const single = await open(1);
        expect(await selfCheck(backend)).toMatchObject({ ok: true });
        for (const [op, inputs, attributes] of corners())
          for (const precision of products.has(op) ? backend.precisions : (['float32'] as const)) {
            const one = { op, title: '', inputs, attributes };
            // Sums over the vocabulary or over scores that cancel, in float32; in bfloat16 a last bit may decide which way the
            // gradient of a score is rounded.
            const tolerance = precision === 'float32' ? 1e-4 : 4e-3;
            await agrees(backend, reference, op, inputs, attributes as never, tolerance, precision);
            const answers = await runCase(backend, one, precision);
            expect(sameBits(answers, await runCase(backend, one, precision)), `${op} again`).toBe(true);
            expect(sameBits(answers, await runCase(single, one, precision)), `${op} on one thread`).toBe(true);
          }
        single.dispose();
        backend.dispose();
      },
    );
  });
}

describe.skipIf(!addon.ok)('the backend native', () => {
  let backend: NativeBackend;
  beforeAll(() => {
    backend = unwrap(openNative({}));
  });
  afterAll(() => backend.dispose());

  it('has every operation of the graph in every set of kernels, and checks itself in no time', async () => {
    for (const isa of sets) {
      const opened = unwrap(openNative({ isa }));
      for (const one of operationCases()) await runCase(opened, one);
      opened.dispose();
    }
  });

  it.each(sets)('computes a row of few by itself, whatever rows are beside it (%s)', async (isa) => {
    const opened = unwrap(openNative({ isa, threads: 2, exactly: true }));
    const { floats, below } = new Inputs(3);
    const [rows, n, k] = [32, 57, 333];
    const x = floats(rows, 1, k);
    const row = (i: number): CaseInput => ({ ...x, shape: [1, 1, k], data: x.data.slice(i * k, (i + 1) * k) });
    const form = { transposeA: false, transposeB: true };
    for (const precision of opened.precisions)
      for (const dtype of ['float32', ...storedTypes] as const) {
        const weight = { ...floats(n, k), dtype };
        const [together] = Object.values(
          await runCase(opened, { op: 'matmul', title: '', inputs: [x, weight], attributes: form }, precision),
        );
        const at = { ...below(1, rows) };
        const [logits] = Object.values(
          await runCase(opened, { op: 'headLogits', title: '', inputs: [x, weight, at], attributes: {} }, precision),
        );
        for (const i of [0, 1, 3, 14, 31]) {
          const one = { op: 'matmul', title: '', inputs: [row(i), weight], attributes: form } as const;
          const [alone] = Object.values(await runCase(opened, one, precision));
          expect(bytes(together!.slice(i * n, (i + 1) * n)).equals(bytes(alone!)), `row ${i}, ${dtype}`).toBe(true);
          expect(bytes(logits!.slice(i * n, (i + 1) * n)).equals(bytes(alone!)), `logits ${i}, ${dtype}`).toBe(true);
        }
      }
    opened.dispose();
  });

  it('takes no more threads than there are cores', () => {
    const { cores } = unwrap(loadAddon()).processor();
    const opened = unwrap(openNative({ threads: 1000 }));
    expect(opened.device).toContain(`${cores} thread`);
    opened.dispose();
  });

  it('refuses kernels and devices that it lacks', async () => {
    expect(openNative({ isa: 'abacus' })).toMatchObject({ ok: false });
    expect(await nativeBackend.open({ device: 'gpu' })).toMatchObject({ ok: false });
  });

  it.each(storedTypes)('keeps weights in %s, and copies of them, in pieces of any number', async (type) => {
    const { floats } = new Inputs(9);
    const [rows, columns] = [2100, 1100]; // more than a piece of four megabytes in bfloat16, and less in others
    const data = floats(rows, columns).data as Float32Array;
    const expected = throughFormat(type, data, columns);
    const negated = data.map((x) => -x);
    const holds = async (one: Buffer, values: HostArray) => bytes(await one.read()).equals(bytes(values));
    const buffer = await backend.allocate([rows, columns], type, data);
    expect(await holds(buffer, expected)).toBe(true);
    const fork = await buffer.copy();
    await buffer.write(negated);
    expect(await holds(fork, expected)).toBe(true);
    const read = await buffer.read(new Float32Array(rows * columns));
    expect(bytes(read).equals(bytes(throughFormat(type, negated, columns)))).toBe(true);
    buffer.dispose();
    fork.dispose();
  });

  const setUp = () => smallProgram(backend);
  const feeds = smallFeeds;

  it('sums in place what a product alone goes into, and reads buffers as they are after it', async () => {
    const { executable, buffer } = await setUp();
    const { y, row } = await executable.run(feeds, { w: buffer });
    const expected = Float32Array.from({ length: 16 }, (_, i) => (i % 4) * 4 + Math.floor(i / 4) + identity[i]!);
    expect(y).toEqual(expected);
    const square = Float32Array.from({ length: 16 }, (_, i) => {
      const [r, c] = [Math.floor(i / 4), i % 4];
      return [0, 1, 2, 3].reduce((sum, k) => sum + expected[r * 4 + k]! * expected[k * 4 + c]!, i);
    });
    expect(await buffer.read()).toEqual(square);
    expect(row).toEqual(square.slice(8, 12));
    buffer.dispose();
    executable.dispose();
  });

  it('refuses what would lead a kernel astray', async () => {
    await refusesWhatDoesNotFit(backend, unwrap(openNative({})));
  });

  it('says that memory is lacking where it is', async () => {
    await expect(async () => backend.allocate([2 ** 23, 2 ** 23], 'float32')).rejects.toThrow(/not enough memory/);
  });

  it('gives buffers of every size zeros and memory of their own, whatever was there before', async () => {
    const sizes = [100, 60_000, 66_001, 262_145, 600_000, 5_000_003];
    const holds = async (buffer: Buffer, value: number) => (await buffer.read()).every((x) => x === value);
    const kept: [buffer: Buffer, value: number][] = [];
    for (const round of [1, 2, 3]) {
      const passing: Buffer[] = [];
      for (const [i, size] of sizes.entries())
        for (const list of [kept, passing]) {
          const buffer = await backend.allocate([size], 'float32');
          expect(await holds(buffer, 0)).toBe(true);
          await buffer.write(new Float32Array(size).fill(10 * round + i));
          if (list === kept) kept.push([buffer, 10 * round + i]);
          else passing.push(buffer);
        }
      for (const buffer of passing) buffer.dispose();
    }
    for (const [buffer, value] of kept) {
      expect(await holds(buffer, value)).toBe(true);
      buffer.dispose();
    }
  });

  it('looks buffers up once where their set is frozen, and still refuses one that is disposed of', async () => {
    const { executable, buffer } = await setUp();
    const frozen = Object.freeze({ w: buffer });
    const [first, second] = [await executable.run(feeds, frozen), await executable.run(feeds, frozen)];
    expect(second['y']).not.toEqual(first['y']);
    const other = await backend.allocate([4, 4], 'float32');
    expect((await executable.run(feeds, { w: other }))['y']).toEqual(identity);
    buffer.dispose();
    await expect(executable.run(feeds, frozen)).rejects.toThrow(/disposed/);
    executable.dispose();
    other.dispose();
  });

  it('writes answers into the arrays that are given, where they are of their size', async () => {
    const { executable, buffer } = await setUp();
    const y = new Float32Array(16);
    const row = new Float32Array(3);
    const answers = await executable.run(feeds, { w: buffer }, undefined, { y, row });
    expect(answers['y']).toBe(y);
    expect(y.some((x) => x !== 0)).toBe(true);
    expect(answers['row']).toHaveLength(4);
    expect(row).toEqual(new Float32Array(3));
    executable.dispose();
    buffer.dispose();
  });

  it('forks a buffer, and gives back what is disposed of while a run is under way', async () => {
    const { executable, buffer } = await setUp();
    const fork = await buffer.copy();
    const before = await fork.read();
    const run = executable.run(feeds, { w: buffer });
    await Promise.resolve();
    await Promise.resolve();
    buffer.dispose();
    executable.dispose();
    expect((await run)['y']).toHaveLength(16);
    expect(await fork.read()).toEqual(before);
    fork.dispose();
  });
});

describe.skipIf(!addon.ok)('training in bfloat16', () => {
  it('follows the reference that rounds the same operands', async () => {
    const model = unwrap(
      await readModelDirectory(path.join(import.meta.dirname, '../../../../test/fixtures/tiny-llama')),
    );
    const optimizer = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, gradientClip: 1 } as const;
    const { random } = new Inputs(3);
    const ids = Int32Array.from({ length: 48 }, () => random.below(model.config.vocabularySize));
    const batch = {
      batch: 2,
      length: 24,
      ids,
      labels: ids,
      positions: Int32Array.from(ids, (_, i) => i % 24),
      segments: new Int32Array(48),
    };
    const train = async (backend: Backend, precision: Precision) => {
      const session = unwrap(await openTrainingSession(model, backend, { optimizer, precision, seed: 1 }));
      const gradients = await session.gradients(batch);
      const losses: number[] = [];
      for (let step = 0; step < 8; step++) losses.push((await session.step([batch], 1e-3)).loss);
      session.dispose();
      return { gradients, losses };
    };
    const reference = unwrap(await referenceBackend.open({}));
    const rounded = await train(reference, 'bfloat16');
    const exact = await train(reference, 'float32');
    for (const isa of sets) {
      const backend = unwrap(openNative({ isa }));
      const { gradients, losses } = await train(backend, 'bfloat16');
      for (const [i, loss] of losses.entries()) expect(Math.abs(loss - exact.losses[i]!), isa).toBeLessThan(0.02);
      // Before the first step: as close as rounding the same operands leaves it, far closer than without rounding.
      const off = (values: typeof rounded) => Math.abs(losses[0]! - values.losses[0]!);
      expect(off(rounded), isa).toBeLessThan(Math.max(1e-5, off(exact) / 10));
      for (const [i, { name, data }] of gradients.entries()) {
        expect(relativeDifference(data, rounded.gradients[i]!.data), `${isa}: ${name}`).toBeLessThan(1e-2);
        expect(relativeDifference(data, exact.gradients[i]!.data), `${isa}: ${name}`).toBeGreaterThan(1e-5);
      }
      backend.dispose();
    }
  });
});

describe.skipIf(!addon.ok)('memory of a program', () => {
  it('is known before the run, and values that end make room for others', async () => {
    const backend = unwrap(openNative({ threads: 1 }));
    const graph = new Graph();
    let x = graph.feed('x', ['rows', 1024], 'float32');
    const weight = graph.persistent('weight', [1024], 'float32');
    for (let i = 0; i < 20; i++) x = graph.one('rmsNorm', [x, weight], { epsilon: 1e-5 });
    const y = graph.one('add', [x, graph.one('scale', [x], { factor: 2 })], {});
    graph.output('y', y);
    const executable = await backend.compile(graph, { rows: 64 });
    expect(executable.bytes).toBe(2 * 64 * 1024 * 4);
    backend.dispose();
  });
});
