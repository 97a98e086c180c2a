/** The operations on shapes larger than the self-check's, against the reference; and what the backend does with memory. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { Graph } from '../../graph/index.ts';
import type { Backend, Buffer, HostArray } from '../backend.ts';
import { describeOperations } from '../testing/describeOperations.ts';
import { tfjsBackend } from './provider.ts';

let backend: Backend;
beforeAll(async () => {
  backend = unwrap(await tfjsBackend.open({}));
});
afterAll(() => backend.dispose());

describeOperations('tfjs', async () => unwrap(await tfjsBackend.open({})));

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
