/** TensorFlow.js on WebGPU, on a software device; longer proofs stand in test/full/webgpu.test.ts. */
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../../base/problem.ts';
import { selfCheck } from '../../selfCheck.ts';
import { useSoftwareWebGpu } from '../../testing/gpuPackages.ts';
import { tfjsBackend } from '../provider.ts';

const missing = useSoftwareWebGpu();
describe.skipIf(missing !== undefined)(`webgpu${missing === undefined ? '' : ` (${missing})`}`, () => {
  it('agrees with the reference, operation by operation', async () => {
    const backend = unwrap(await tfjsBackend.open({ device: 'WebGPU' }));
    expect(backend.device).toMatch(/WebGPU/);
    expect(await selfCheck(backend)).toEqual({ ok: true, value: null });
    backend.dispose();
  });
});
