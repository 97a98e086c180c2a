/**
 * The native kernels of each instruction set that this processor has, on shapes that touch their corners, against the reference;
 * that neither chance nor the number of threads changes a bit; and that bad data is refused and memory given back.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { Graph } from '../../graph/index.ts';
import type { OperationName } from '../../graph/index.ts';
import type { HostArray } from '../backend.ts';
import { operationCases } from '../operationCases.ts';
import type { CaseInput } from '../operationCases.ts';
import { runCase, selfCheck } from '../selfCheck.ts';
import { agrees, describeOperations, given, Inputs, ReferenceAnswers } from '../testing/describeOperations.ts';
import { loadAddon } from './addon.ts';
import type { NativeBackend } from './nativeBackend.ts';
import { nativeBackend, openNative } from './provider.ts';

const addon = loadAddon();
const sets = addon.ok ? addon.value.processor().kernels.map(({ isa }) => isa) : [];
if (!addon.ok) it.skip(`the backend native (${addon.problem.what})`);

const reference = new ReferenceAnswers();
type Case = readonly [op: OperationName, inputs: readonly CaseInput[], attributes: unknown];

/** Sizes around those at which kernels change their way: tiles, panels, slabs, blocks, chunks. */
function corners(): Case[] {
  const { floats, below, segments, random, of } = new Inputs(5);
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
  for (const [sequence, past] of [
    [1, 400],
    [3, 290],
    [70, 257],
  ] as const) {
    const cache = () => floats(2, 500, 24);
    const at = given('int32', [1], [past]);
    cases.push(['cachedAttention', [floats(2, sequence, 48), cache(), cache(), at], heads]);
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
    cases.push(['headLogLikelihood', inputs.slice(0, 3), {}]);
  }
  cases.push(['headLogits', [floats(12, 3, 40), floats(100, 40), below(3, 12)], {}]);
  return cases;
}

type Answers = Awaited<ReturnType<typeof runCase>>;
const bytes = ({ buffer, byteOffset, byteLength }: HostArray) => Buffer.from(buffer, byteOffset, byteLength);
const sameBits = (a: Answers, b: Answers): boolean =>
  Object.keys(a).join() === Object.keys(b).join() &&
  Object.entries(a).every(([name, data]) => bytes(data).equals(bytes(b[name]!)));

for (const isa of sets) {
  const open = (threads: number) => Promise.resolve(unwrap(openNative({ isa, threads, exactly: true })));
  describeOperations(`native, ${isa}, 2 threads`, () => open(2), reference);

  describe(`kernels of ${isa}`, () => {
    it.each([1, 2, 4])(
      'agree with the reference at the corners, and %i threads give the bits of one',
      async (threads) => {
        const backend = await open(threads);
        const single = await open(1);
        expect(await selfCheck(backend)).toMatchObject({ ok: true });
        for (const [op, inputs, attributes] of corners()) {
          const one = { op, title: '', inputs, attributes };
          // Sums over the vocabulary or over scores that cancel, in float32.
          await agrees(backend, reference, op, inputs, attributes as never, 1e-4);
          const answers = await runCase(backend, one);
          expect(sameBits(answers, await runCase(backend, one)), `${op} again`).toBe(true);
          expect(sameBits(answers, await runCase(single, one)), `${op} on one thread`).toBe(true);
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

  it('takes no more threads than there are cores', () => {
    const { cores } = unwrap(loadAddon()).processor();
    const opened = unwrap(openNative({ threads: 1000 }));
    expect(opened.device).toContain(`${cores} thread`);
    opened.dispose();
  });

  it('refuses kernels, devices and dtypes that it lacks', async () => {
    expect(openNative({ isa: 'abacus' })).toMatchObject({ ok: false });
    expect(await nativeBackend.open({ device: 'gpu' })).toMatchObject({ ok: false });
    expect(() => backend.allocate([1], 'bfloat16')).toThrow(/bfloat16/);
  });

  /** y = x · Wᵀ + x, W += y · y, with ids beside. */
  async function setUp() {
    const graph = new Graph();
    const x = graph.feed('x', [4, 4], 'float32');
    const w = graph.persistent('w', [4, 4], 'float32');
    const y = graph.one('add', [x, graph.one('matmul', [x, w], { transposeA: false, transposeB: true })], {});
    graph.add('accumulate', [w, graph.one('matmul', [y, y], { transposeA: false, transposeB: false })], {});
    graph.output('y', y);
    graph.output('row', graph.one('embedding', [w, graph.feed('ids', [1], 'int32')], {}));
    const buffer = await backend.allocate(
      [4, 4],
      'float32',
      Float32Array.from({ length: 16 }, (_, i) => i),
    );
    return { executable: await backend.compile(graph, {}), buffer };
  }
  const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  const feeds = { x: identity, ids: Int32Array.of(2) };

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
    const { executable, buffer } = await setUp();
    const w = { w: buffer };
    await expect(executable.run({ ...feeds, ids: Int32Array.of(4) }, w)).rejects.toThrow(/ids\[0\] is 4/);
    await expect(executable.run({ ...feeds, ids: Int32Array.of(-1) }, w)).rejects.toThrow(/ids\[0\] is -1/);
    await expect(executable.run({ ...feeds, x: identity.slice(1) }, w)).rejects.toThrow(/15 elements/);
    await expect(executable.run({ ids: feeds.ids }, w)).rejects.toThrow(/feed x has no elements/);
    await expect(executable.run(feeds, {})).rejects.toThrow(/no buffer w/);
    const small = await backend.allocate([4, 3], 'float32');
    await expect(executable.run(feeds, { w: small })).rejects.toThrow(/\[4, 3\]/);
    const other = unwrap(openNative({}));
    await expect(executable.run(feeds, { w: await other.allocate([4, 4], 'float32') })).rejects.toThrow(/no buffer w/);
    other.dispose();
    expect(() => buffer.write(new Float32Array(3))).toThrow(/3 elements/);
    executable.dispose();
    await expect(executable.run(feeds, w)).rejects.toThrow(/disposed/);
    buffer.dispose();
    buffer.dispose();
    await expect(buffer.read()).rejects.toThrow(/disposed/);
  });

  it('says that memory is lacking where it is', async () => {
    await expect(async () => backend.allocate([2 ** 23, 2 ** 23], 'float32')).rejects.toThrow(/not enough memory/);
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
    expect((executable as unknown as { bytes: number }).bytes).toBe(2 * 64 * 1024 * 4);
    backend.dispose();
  });
});
