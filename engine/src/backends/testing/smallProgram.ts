/** A small program for tests of backends: it reads a buffer, changes it in place and reads it again. */
import { expect } from 'vitest';
import { Graph } from '../../graph/index.ts';
import type { Backend } from '../backend.ts';

/** y = x · Wᵀ + x, then W += y · y, then row = a row of W. W begins as 0, 1, 2, … */
export async function smallProgram(backend: Backend) {
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

export const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
/** The third row is asked for. */
export const smallFeeds = { x: identity, ids: Int32Array.of(2) };

/** Feeds and buffers that would lead out of memory are refused, each by its name. `other`: another backend of the kind, which is disposed of. */
export async function refusesWhatDoesNotFit(backend: Backend, other: Backend): Promise<void> {
  const { executable, buffer } = await smallProgram(backend);
  const w = { w: buffer };
  await expect(executable.run({ ...smallFeeds, ids: Int32Array.of(4) }, w)).rejects.toThrow(/ids\[0\] is 4/);
  await expect(executable.run({ ...smallFeeds, ids: Int32Array.of(-1) }, w)).rejects.toThrow(/ids\[0\] is -1/);
  await expect(executable.run({ ...smallFeeds, x: identity.slice(1) }, w)).rejects.toThrow(/15 elements/);
  await expect(executable.run({ ids: smallFeeds.ids }, w)).rejects.toThrow(/feed x has no elements/);
  await expect(executable.run(smallFeeds, {})).rejects.toThrow(/no buffer w/);
  const small = await backend.allocate([4, 3], 'float32');
  await expect(executable.run(smallFeeds, { w: small })).rejects.toThrow(/\[4, 3\]/);
  const foreign = await other.allocate([4, 4], 'float32');
  await expect(executable.run(smallFeeds, { w: foreign })).rejects.toThrow(/no buffer w/);
  other.dispose();
  expect(() => buffer.write(new Float32Array(3))).toThrow(/3 elements/);
  executable.dispose();
  await expect(executable.run(smallFeeds, w)).rejects.toThrow(/disposed/);
  buffer.dispose();
  buffer.dispose();
  await expect(buffer.read()).rejects.toThrow(/disposed/);
}
