/** TensorFlow.js on WebGPU against the reference and against PyTorch, on a software device: minutes. */
import { describe, it, vi } from 'vitest';
import { describeOperations, ReferenceAnswers } from '../../engine/src/backends/testing/describeOperations.ts';
import { useSoftwareWebGpu } from '../../engine/src/backends/testing/gpuPackages.ts';
import { tfjsBackend } from '../../engine/src/backends/tfjs/provider.ts';
import { TfjsBackend } from '../../engine/src/backends/tfjs/tfjsBackend.ts';
import { openWebGpu } from '../../engine/src/backends/tfjs/webgpu/open.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { describeConformance } from '../conformance/conformance.ts';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

const missing = useSoftwareWebGpu();
if (missing === undefined) {
  const open = () => tfjsBackend.open({ device: 'webgpu' });
  describeConformance({ name: 'tfjs on webgpu', open }, (model) => model.startsWith('tiny'));
  // Products with 40,000 rows take this device half a minute each; chunks are cut small instead.
  const smallChunks = async () => new TfjsBackend({ ...unwrap(await openWebGpu()), logitsAtOnce: 4000 });
  describeOperations('tfjs on webgpu', smallChunks, new ReferenceAnswers(), 300);
} else {
  describe('tfjs on webgpu', () => {
    it.skip(missing);
  });
}
