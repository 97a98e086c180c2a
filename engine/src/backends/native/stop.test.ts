/** A run that is stopped ends after the operation under way, and the next one is whole. */
import { expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { Graph } from '../../graph/index.ts';
import { addonIsHere } from './addon.ts';
import { nativeBackend } from './provider.ts';

it.skipIf(!addonIsHere())('a run that is stopped ends, and others do not', async () => {
  const backend = unwrap(await nativeBackend.open({ threads: 1 }));
  const products = (count: number) => {
    const graph = new Graph();
    const w = graph.persistent('w', [512, 512], 'float32');
    let y = graph.feed('x', [1, 512, 512], 'float32');
    for (let i = 0; i < count; i++) y = graph.one('matmul', [y, w], { transposeA: false, transposeB: true });
    graph.output('y', y);
    return backend.compile(graph, {});
  };
  const identity = Float32Array.from({ length: 512 * 512 }, (_, i) => (i % 513 === 0 ? 1 : 0));
  const buffers = { w: await backend.allocate([512, 512], 'float32', identity) };
  const x = Float32Array.from({ length: 512 * 512 }, (_, i) => i);
  // Some seconds, were it not stopped.
  const long = await products(1000);
  const stop = new AbortController();
  const stopped = long.run({ x }, buffers, stop.signal);
  setImmediate(() => stop.abort(new Error('stopped by the test')));
  await expect(stopped).rejects.toThrow('stopped by the test');
  await expect(long.run({ x }, buffers, stop.signal)).rejects.toThrow('stopped by the test');
  const short = await products(1);
  expect((await short.run({ x }, buffers, new AbortController().signal))['y']).toEqual(x);
  backend.dispose();
});
