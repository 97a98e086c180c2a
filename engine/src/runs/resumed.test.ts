/** What a resumed run says of a device or an order of data that is not the one it began with. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { dataOrder } from '../data/order.ts';
import { openRunDirectory, readRecord } from './directory.ts';
import { otherDevice, otherOrder } from './resumed.ts';
import type { RunSpec } from './spec.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'resumed-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('tells of another device, but of no other number of threads where that changes no bit', () => {
  const before = { backend: 'native', device: 'CPU, AVX2, 8 threads' };
  expect(otherDevice(undefined, { name: 'native', device: 'CPU' })).toBeUndefined();
  expect(otherDevice(before, { name: 'native', device: 'CPU, AVX2, 1 thread' })).toBeUndefined();
  expect(otherDevice(before, { name: 'native', device: 'CPU, AVX-512, 8 threads' })).toMatch(
    /so far it computed with native on CPU, AVX2, 8 threads: .* may be others/,
  );
  expect(otherDevice(before, { name: 'ggml', device: 'CPU, AVX2, 8 threads' })).toBeDefined();
  const ggml = { backend: 'ggml', device: 'CPU, 8 threads' };
  expect(otherDevice(ggml, { name: 'ggml', device: 'CPU, 1 thread' })).toBeDefined();
});

it('tells of another order of its data, where files have weights and steps were taken', async () => {
  const data = (weight?: number) => ({
    spec: { data: [{ path: 'a.txt', ...(weight === undefined ? {} : { weight }) }] },
  });
  expect(otherOrder(data(1), 7)).toContain('after step 7');
  expect(otherOrder({ ...data(1), dataOrder }, 7)).toBeUndefined();
  expect(otherOrder(data(1), 0)).toBeUndefined();
  expect(otherOrder(data(), 7)).toBeUndefined();

  // A run's own record says which it is, that of an earlier version does not, and what it says outlives being resumed.
  const spec = (output: string) =>
    ({ output: path.join(folder, output), data: data(1).spec.data }) as unknown as RunSpec;
  const opened = async (output: string, resume: boolean) => {
    const { record, lock } = unwrap(await openRunDirectory(spec(output), 'x.run.json', { resume, engineVersion: '0' }));
    lock.release();
    return record.dataOrder;
  };
  expect(await opened('now', false)).toBe(dataOrder);
  for (const output of ['now', 'then']) {
    mkdirSync(path.join(folder, output, 'final'), { recursive: true }); // it took steps
    if (output === 'then')
      writeFileSync(
        path.join(folder, output, 'run.json'),
        JSON.stringify({ format: 1, spec: spec(output), startedAt: 1, specFile: 'x.run.json' }),
      );
    const wanted = output === 'then' ? undefined : dataOrder;
    for (let times = 0; times < 2; times++) expect(await opened(output, true)).toBe(wanted);
    expect(readRecord(path.join(folder, output))?.dataOrder).toBe(wanted);
  }
});
