/** PyTorch's values through tfjs-node-gpu's own JavaScript kernels, over the binding that records: no GPU computes here. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, it, vi } from 'vitest';
import { gpuPackage } from '../../engine/src/backends/testing/gpuPackages.ts';
import { installRecording, RecordingBinding } from '../../engine/src/backends/testing/recordingBinding.ts';
import { tfjsBackend } from '../../engine/src/backends/tfjs/provider.ts';
import { describeConformance } from '../conformance/conformance.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const found = gpuPackage('@tensorflow/tfjs-node-gpu');
describe('tfjs-node-gpu over a recording binding', () => {
  if ('missing' in found) {
    it.skip(found.missing);
    return;
  }
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'bllossom-node-gpu-')));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  process.env['BLLOSSOM_TFJS_NODE_GPU'] = installRecording(found.folder, folder, new RecordingBinding());
  describeConformance({ name: 'tfjs-node-gpu', open: () => tfjsBackend.open({ device: 'node-gpu' }) });
});
