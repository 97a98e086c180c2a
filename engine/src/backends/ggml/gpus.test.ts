/** What diagnostics say of GPUs, and what would be installed for them. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { describe, describeGpus } from './gpus.ts';
import { planInstall } from './install.ts';
import { packageOf } from './places.ts';
import type { Verdict } from './probe.ts';

const linux = { platform: 'linux', arch: 'x64' };
const opened = (devices: (Verdict & { state: 'opened' })['devices'], ...missing: string[]): Verdict => ({
  state: 'opened',
  devices,
  missing,
});

it('what is not installed is told with the command that installs it, and its size', async () => {
  const [cuda, vulkan] = await describeGpus({ installations: [], machine: linux });
  expect(cuda).toMatchObject({ name: 'cuda', state: 'not installed', devices: [] });
  expect(cuda!.remedy).toMatch(/bllossom backend install ggml --device cuda \(about \d+ MB to download/);
  expect(vulkan!.remedy).toMatch(/--device vulkan/);
  expect((await describeGpus({ installations: [], machine: { platform: 'linux', arch: 'arm64' } })).length).toBe(0);
});

it.each([
  ['cuda', 'libcuda.so.1: cannot open shared object file', /NVIDIA's driver/],
  ['cuda', 'libcublas.so.13: cannot open shared object file', /CUDA 13's libraries cudart and cublas.*--cuda 12/],
  ['vulkan', 'libvulkan.so.1: cannot open shared object file', /apt-get install libvulkan1/],
] as const)('what %s lacks (%s) is told with its remedy', (variant, missing, remedy) => {
  const told = describe(variant, opened([], missing));
  expect(told).toMatchObject({ state: 'fails', problem: missing });
  expect(told.remedy).toMatch(remedy);
});

it('a GPU that is found is told with its memory; one that multiplies wrongly does not count', () => {
  const gpu = { name: 'CUDA0', description: 'NVIDIA H200', kind: 'gpu', total: 141 * 2 ** 30 } as const;
  expect(describe('cuda', opened([gpu]))).toEqual({
    name: 'cuda',
    state: 'works',
    devices: ['CUDA0, NVIDIA H200, 141.0 GiB'],
  });
  const wrong = { ...gpu, wrong: 'it multiplies wrongly' };
  expect(describe('cuda', opened([wrong]))).toMatchObject({
    state: 'fails',
    problem: 'CUDA0: it multiplies wrongly',
  });
});

it('a crash names what was being done', () => {
  const crash = { state: 'crashed', doing: 'opening the device CUDA0', by: 'SIGSEGV', said: '' } as const;
  expect(describe('cuda', crash).problem).toMatch(/^opening the device CUDA0 ended the process .*\(SIGSEGV\)/);
});

it.skipIf(packageOf('cuda') === undefined)('packages are pinned, and CUDA 12 takes one more', () => {
  const env = { BLLOSSOM_DATA_DIR: path.resolve('/data') };
  const plan = unwrap(planInstall('cuda', { env }));
  expect(plan.packages.every((name) => /@\d+\.\d+\.\d+$/.test(name))).toBe(true);
  expect(plan.root.startsWith(path.resolve('/data'))).toBe(true);
  expect(unwrap(planInstall('cuda', { env, cuda: '12' })).packages).toHaveLength(plan.packages.length + 1);
  expect(planInstall('metal')).toMatchObject({ ok: process.platform === 'darwin' });
});
