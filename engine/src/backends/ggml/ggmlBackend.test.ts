/** Every operation of the graph on ggml against the reference, and that bad data is refused before ggml, which would end the process, sees it. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { Graph } from '../../graph/index.ts';
import type { OperationName } from '../../graph/index.ts';
import { readModelDirectory } from '../../model/files.ts';
import { openTrainingSession } from '../../model/index.ts';
import type { Backend, Precision } from '../backend.ts';
import type { CaseInput } from '../operationCases.ts';
import { referenceBackend } from '../reference/referenceBackend.ts';
import { relativeDifference, selfCheck } from '../selfCheck.ts';
import { agrees, describeOperations, given, Inputs, ReferenceAnswers } from '../testing/describeOperations.ts';
import { refusesWhatDoesNotFit, smallFeeds, smallProgram } from '../testing/smallProgram.ts';
import { chooseDevice, ggmlLibrary, openGgml } from './provider.ts';

const library = ggmlLibrary();
if (!library.ok) it.skip(`the backend ggml (${library.problem.what})`);
const open = (limits?: { logits: number; scores: number; keptScores: number }) =>
  unwrap(openGgml({ device: 'cpu', ...(limits === undefined ? {} : { limits }) }));

if (library.ok) describeOperations('ggml', () => Promise.resolve(open()));

describe.skipIf(!library.ok)('the backend ggml', () => {
  let backend: Backend;
  const reference = new ReferenceAnswers();
  beforeAll(() => {
    backend = open();
  });
  afterAll(() => backend.dispose());

  it('passes its self-check in each precision', async () => {
    expect(await selfCheck(backend)).toMatchObject({ ok: true });
  });

  it('computes the same in pieces, as large sizes are', async () => {
    const pieces = open({ logits: 16 * 300, scores: 33 * 33 * 6, keptScores: 1 });
    const { floats, below, segments, of, random } = new Inputs(5);
    const heads = { heads: 6, kvHeads: 2, headDim: 8, scale: 0.3 };
    const q = [floats(3, 33, 48), floats(3, 33, 16), floats(3, 33, 16), segments(3, 33)];
    await agrees(pieces, reference, 'attention', q, heads);
    const targets = of('int32', [3, 30], () => random.below(320) - 20);
    const clipped = given(
      'int32',
      [3, 30],
      Array.from(targets.data, (id) => Math.max(-1, id)),
    );
    const weights = of('float32', [3, 30], () => random.uniform());
    const all = [floats(3, 30, 16), floats(300, 16), clipped, weights, below(2, 3, 30)];
    await agrees(pieces, reference, 'headCrossEntropy', all, { classes: 2, gradients: 'both' }, 1e-4);
    const ids = of('int32', [70, 2], () => Math.max(-1, random.below(320) - 20));
    await agrees(pieces, reference, 'headLogProbabilities', [all[0]!, all[1]!, below(90, 70), ids], {});
    pieces.dispose();
  });

  it('rounds the operands of products in bfloat16', async () => {
    const { floats, below } = new Inputs(7);
    const cases: readonly (readonly [OperationName, readonly CaseInput[], unknown])[] = [
      ['matmul', [floats(1, 33, 130), floats(47, 130)], { transposeA: false, transposeB: true }],
      ['matmul', [floats(1, 33, 130), floats(130, 47)], { transposeA: false, transposeB: false }],
      ['matmul', [floats(1, 130, 33), floats(1, 130, 47)], { transposeA: true, transposeB: false }],
      ['headLogits', [floats(2, 3, 40), floats(100, 40), below(3, 2)], {}],
    ];
    for (const [op, inputs, attributes] of cases)
      await agrees(backend, reference, op, inputs, attributes as never, 1e-5, 'bfloat16');
  });

  it('refuses a dtype and a device that it lacks', async () => {
    expect(() => backend.allocate([1], 'nf4')).toThrow(/nf4/);
    expect(openGgml({ device: 'abacus' })).toMatchObject({ ok: false, problem: { where: { name: 'device' } } });
    const devices = [
      { handle: 1n, name: 'CPU', description: 'EPYC', kind: 'cpu' },
      { handle: 2n, name: 'CUDA0', description: 'NVIDIA H200', kind: 'gpu' },
      { handle: 3n, name: 'CUDA1', description: 'NVIDIA L4', kind: 'gpu' },
    ] as const;
    const chosen = (name?: string) => chooseDevice(devices, name)?.handle;
    expect([undefined, 'cpu', 'gpu', 'cuda', 'CUDA1', 'l4', 'vulkan'].map(chosen)).toEqual([
      2n,
      1n,
      2n,
      2n,
      3n,
      3n,
      undefined,
    ]);
    await Promise.resolve();
  });

  const setUp = () => smallProgram(backend);
  const feeds = smallFeeds;

  it('reads buffers as they are after what changes them, and serves several sets of them', async () => {
    const { executable, buffer } = await setUp();
    const others = await Promise.all(Array.from({ length: 6 }, () => buffer.copy()));
    const first = await executable.run(feeds, { w: buffer });
    const after = await buffer.read();
    expect(first['row']).toEqual(after.slice(8, 12));
    expect(after).not.toEqual(await others[0]!.read());
    for (const other of others) {
      expect(await executable.run(feeds, { w: other })).toEqual(first);
      expect(await other.read()).toEqual(after);
    }
    for (const one of [buffer, ...others]) one.dispose();
    executable.dispose();
  });

  it('runs graphs in turn that share memory, whichever is larger', async () => {
    const { executable, buffer } = await setUp();
    const graph = new Graph();
    const x = graph.feed('x', ['n', 64], 'float32');
    graph.output('y', graph.one('scale', [graph.one('add', [x, x], {})], { factor: 0.5 }));
    const start = await buffer.read();
    for (const n of [2, 2000, 5]) {
      const other = await backend.compile(graph, { n });
      const data = Float32Array.from({ length: n * 64 }, (_, i) => i);
      await buffer.write(start);
      const { y } = await executable.run(feeds, { w: buffer });
      expect((await other.run({ x: data }, {}))['y']).toEqual(data);
      await buffer.write(start);
      expect((await executable.run(feeds, { w: buffer }))['y']).toEqual(y);
      other.dispose();
    }
    buffer.dispose();
    executable.dispose();
  });

  it('refuses what would end the process', async () => {
    await refusesWhatDoesNotFit(backend, open());
  });

  it('gives back what is disposed of while a run is under way', async () => {
    const { executable, buffer } = await setUp();
    const run = executable.run(feeds, { w: buffer });
    await Promise.resolve();
    await Promise.resolve();
    buffer.dispose();
    executable.dispose();
    expect((await run)['y']).toHaveLength(16);
  });
});

describe.skipIf(!library.ok)('training on ggml in bfloat16', () => {
  it('follows the reference that rounds the same operands', async () => {
    const fixture = path.join(import.meta.dirname, '../../../../test/fixtures/tiny-llama');
    const model = unwrap(await readModelDirectory(fixture));
    const optimizer = { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, gradientClip: 1 } as const;
    const { random } = new Inputs(3);
    const ids = Int32Array.from({ length: 48 }, () => random.below(model.config.vocabularySize));
    const positions = Int32Array.from(ids, (_, i) => i % 24);
    const batch = { batch: 2, length: 24, ids, labels: ids, positions, segments: new Int32Array(48) };
    const gradients = async (backend: Backend, precision: Precision) => {
      const session = unwrap(await openTrainingSession(model, backend, { optimizer, precision, seed: 1 }));
      const found = await session.gradients(batch);
      const { loss } = await session.step([batch], 1e-3);
      session.dispose();
      return { found, loss };
    };
    const exactly = unwrap(await referenceBackend.open({}));
    const rounded = await gradients(exactly, 'bfloat16');
    const exact = await gradients(exactly, 'float32');
    const backend = open();
    const { found, loss } = await gradients(backend, 'bfloat16');
    backend.dispose();
    expect(Math.abs(loss - rounded.loss)).toBeLessThan(Math.max(1e-5, Math.abs(loss - exact.loss) / 10));
    for (const [i, { name, data }] of found.entries()) {
      expect(relativeDifference(data, rounded.found[i]!.data), name).toBeLessThan(1e-2);
      expect(relativeDifference(data, exact.found[i]!.data), name).toBeGreaterThan(1e-5);
    }
  });
});
