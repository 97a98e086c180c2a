/** Which device TensorFlow.js computes on: found where a setting or the project has its package, or refused by name. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { gpuPackage, useSoftwareWebGpu } from '../../engine/src/backends/testing/gpuPackages.ts';
import { copyNodeGpu, installRecording, RecordingBinding } from '../../engine/src/backends/testing/recordingBinding.ts';
import { findPackage, nodeGpuPackage } from '../../engine/src/backends/tfjs/packages.ts';
import { tfjsBackend } from '../../engine/src/backends/tfjs/provider.ts';
import { problemLine, unwrap } from '../../engine/src/base/problem.ts';

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'bllossom-devices-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(root, 'test-'));
  for (const name of ['BLLOSSOM_TFJS_NODE_GPU', 'BLLOSSOM_WEBGPU', 'BLLOSSOM_PROJECT'])
    Reflect.deleteProperty(process.env, name);
});

const problemOf = async (device: string): Promise<string> => {
  const opened = await tfjsBackend.open({ device });
  expect(opened.ok).toBe(false);
  return opened.ok ? '' : problemLine(opened.problem);
};

describe('a package for GPUs', () => {
  const make = (at: string, name: string) => {
    mkdirSync(at, { recursive: true });
    writeFileSync(path.join(at, 'package.json'), JSON.stringify({ name, version: '4.22.0' }));
  };
  const { name } = nodeGpuPackage;

  it('is found in the folder that is set, in its node_modules, and in a project above a folder', () => {
    make(path.join(folder, 'own'), name);
    make(path.join(folder, 'project/node_modules', name), name);
    const found = (env: NodeJS.ProcessEnv) => unwrap(findPackage(nodeGpuPackage, env)).folder;
    expect(found({ BLLOSSOM_TFJS_NODE_GPU: path.join(folder, 'own') })).toBe(path.join(folder, 'own'));
    const inProject = path.join(folder, 'project/node_modules', name);
    expect(found({ BLLOSSOM_TFJS_NODE_GPU: path.join(folder, 'project') })).toBe(inProject);
    const projects = ['/nowhere', path.join(folder, 'project/data/runs')].join(path.delimiter);
    expect(found({ BLLOSSOM_PROJECT: projects })).toBe(inProject);
  });

  it('is not taken from elsewhere where a folder is set, nor for another', () => {
    make(path.join(folder, 'own'), 'something-else');
    const env = { BLLOSSOM_TFJS_NODE_GPU: path.join(folder, 'own'), BLLOSSOM_PROJECT: folder };
    expect(findPackage(nodeGpuPackage, env)).toMatchObject({
      ok: false,
      problem: { where: { file: path.join(folder, 'own') }, remedy: expect.stringContaining('tfjsNodeGpu') as unknown },
    });
  });
});

describe('tfjs', () => {
  it('names its devices', async () => {
    expect(await problemOf('tpu')).toContain('Use one of node-gpu, webgpu, wasm');
    expect(unwrap(await tfjsBackend.open({ device: 'cpu' })).deviceName).toBe('wasm');
  });

  it('takes WebAssembly where nothing else is there, and says why', async () => {
    const { deviceName, deviceReason } = unwrap(await tfjsBackend.open({}));
    expect(deviceName).toBe('wasm');
    expect(deviceReason).toContain('not node-gpu: the package @tensorflow/tfjs-node-gpu is not installed');
    expect(deviceReason).toContain('not webgpu: the package webgpu is not installed');
    expect(await problemOf('webgpu')).toContain('npm install webgpu');
  });

  const webgpuMissing = useSoftwareWebGpu();
  it.skipIf(webgpuMissing !== undefined)('does not take a CPU that passes for a GPU unless asked', async () => {
    useSoftwareWebGpu();
    const { deviceName, deviceReason } = unwrap(await tfjsBackend.open({}));
    expect(deviceName).toBe('wasm');
    expect(deviceReason).toMatch(/not webgpu: .*SwiftShader.* is no GPU/);
  });

  const found = gpuPackage('@tensorflow/tfjs-node-gpu');
  describe.skipIf('missing' in found)(`and tfjs-node-gpu${'missing' in found ? ` (${found.missing})` : ''}`, () => {
    const installed = 'missing' in found ? '' : found.folder;

    it('refuses one without its library, one that cannot be loaded, and one of another version', async () => {
      const { copy, library } = copyNodeGpu(installed, folder);
      process.env['BLLOSSOM_TFJS_NODE_GPU'] = copy;
      expect(await problemOf('node-gpu')).toContain('its native library was not installed');
      writeFileSync(library, 'no library');
      expect(await problemOf('node-gpu')).toMatch(/cannot be loaded: .*tfjs_binding.*CUDA 11\.2/);
      expect(unwrap(await tfjsBackend.open({})).deviceReason).toContain(
        'not node-gpu: @tensorflow/tfjs-node-gpu 4.22.0',
      );
      writeFileSync(path.join(copy, 'package.json'), JSON.stringify({ name: nodeGpuPackage.name, version: '3.1.0' }));
      expect(await problemOf('node-gpu')).toContain('is version 3.1.0; 4 is needed');
    });

    it('refuses one that sees no GPU, and does not fall back to its CPU', async () => {
      const binding = new RecordingBinding();
      binding.isUsingGpuDevice = () => false;
      process.env['BLLOSSOM_TFJS_NODE_GPU'] = installRecording(installed, folder, binding);
      expect(await problemOf('node-gpu')).toContain('is there but sees no GPU');
    });
  });
});
