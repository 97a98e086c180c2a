/** That `npm run bench:gpu` works: on the CPU with a tiny model; and that it makes nothing up where there is no GPU. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ggmlLibrary } from '../../engine/src/backends/ggml/provider.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gpu-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const out = path.join(folder, 'gpu.json');
const python = [process.env['PYTHON'] ?? 'python3', '/usr/bin/python3'].find(
  (one) => spawnSync(one, ['-c', 'import torch']).status === 0,
);

/** Nothing is installed but what the engine brings. */
function bench(...args: string[]) {
  const env: NodeJS.ProcessEnv = { ...process.env, BLLOSSOM_DATA_DIR: path.join(folder, 'data') };
  if (python !== undefined) env['PYTHON'] = python;
  delete env['BLLOSSOM_GGML'];
  const script = path.join(import.meta.dirname, 'gpu.mjs');
  return spawnSync(process.execPath, [script, '--out', out, ...args], { encoding: 'utf8', env });
}

it.skipIf(!ggmlLibrary().ok)(
  'steps of tiny models, one with adapters, are measured, beside PyTorch where it is',
  () => {
    const sizes = [
      '--device',
      'cpu',
      '--shape',
      'tiny,tiny-lora',
      '--rounds',
      '1',
      '--steps',
      '2',
      '--precision',
      'float32',
    ];
    const { status, stdout, stderr } = bench(...sizes, ...(python === undefined ? ['--no-peer'] : []));
    expect(status, stderr + stdout).toBe(0);
    expect(stdout).toMatch(/^tiny {2}float32 {2}CPU: [\d.]+ tokens\/s/);
    const { rows } = JSON.parse(readFileSync(out, 'utf8')) as { rows: Record<string, unknown>[] };
    const measured = python === undefined ? {} : { ratio: expect.any(Number) as number };
    expect(rows).toMatchObject([
      // The peer's number of parameters is its own, and has to be ours.
      {
        shape: 'tiny',
        trainable: 2 * 320 * 64 + 2 * (2 * 64 ** 2 + 2 * 32 * 64 + 3 * 64 * 160 + 2 * 64) + 64,
        ...measured,
      },
      { shape: 'tiny-lora', trainable: 2 * 3 * 8 * (64 + 64), ...measured },
    ]);
    // A processor's limit is not known, so no share of it is told.
    expect(rows[0]).not.toHaveProperty('share');
  },
);

it.skipIf(process.platform === 'darwin')('without a GPU it says why, and writes no figures', () => {
  rmSync(out, { force: true });
  const { status, stdout, stderr } = bench('--device', 'cuda,vulkan');
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^bench:gpu: no GPU that ggml can open is here, so nothing was measured\. cuda: .*\n$/);
  expect(() => readFileSync(out)).toThrow(/ENOENT/);
});
