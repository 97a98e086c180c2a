/**
 * A contract with tfjs-node-gpu: the graph goes through its own JavaScript kernels, over a binding that records what would be asked
 * of TensorFlow. No GPU computes here. All of the conformance tests go through it in test/full/tfjsNodeGpu.test.ts.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../engine/src/backends/backend.ts';
import { selfCheck } from '../../engine/src/backends/selfCheck.ts';
import { agrees, Inputs, ReferenceAnswers } from '../../engine/src/backends/testing/describeOperations.ts';
import { gpuPackage } from '../../engine/src/backends/testing/gpuPackages.ts';
import { installRecording, RecordingBinding } from '../../engine/src/backends/testing/recordingBinding.ts';
import { tfjsBackend } from '../../engine/src/backends/tfjs/provider.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { readModelDirectory } from '../../engine/src/model/files.ts';
import { openTrainingSession } from '../../engine/src/model/index.ts';
import { microBatch, readReferenceValues, referenceModels } from './referenceValues.ts';

/** What the graphs ask of TensorFlow, with the attributes that it gets (1: float32, 3: int32). */
const operations = [
  'Add T=1',
  'BatchMatMulV2 T=1 adj_x=false adj_y=false',
  'BatchMatMulV2 T=1 adj_x=false adj_y=true',
  'BatchMatMulV2 T=1 adj_x=true adj_y=false',
  'Cast SrcT=1 DstT=1 Truncate=false',
  'ConcatV2 N=* Tidx=3 T=1',
  'GatherNd Tparams=1 Tindices=3',
  'GatherV2 batch_dims=0 Tparams=1 Tindices=3 Taxis=3',
  'Log T=1',
  'Max keep_dims=false T=1 Tidx=3',
  'Max keep_dims=true T=1 Tidx=3',
  'Mean keep_dims=true T=1 Tidx=3',
  'Minimum T=1',
  'Mul T=1',
  'OnesLike T=1',
  'PadV2 T=1 Tpaddings=3',
  'RealDiv T=1',
  'Reshape T=1 Tshape=3',
  'Reshape T=3 Tshape=3',
  'Rsqrt T=1',
  'ScatterNd T=1 Tindices=3',
  'Sigmoid T=1',
  'Slice T=1 Index=3',
  'Softmax T=1',
  'Sqrt T=1',
  'Square T=1',
  'Sub T=1',
  'Sum keep_dims=false T=1 Tidx=3',
  'Sum keep_dims=true T=1 Tidx=3',
  'Transpose T=1 Tperm=3',
  'ZerosLike T=1',
];

const found = gpuPackage('@tensorflow/tfjs-node-gpu');
const title = 'tfjs-node-gpu over a recording binding';

describe.skipIf('missing' in found)('missing' in found ? `${title} (${found.missing})` : title, () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'bllossom-node-gpu-')));
  const binding = new RecordingBinding();
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  let backend: Backend;
  beforeAll(async () => {
    if ('missing' in found) return;
    process.env['BLLOSSOM_TFJS_NODE_GPU'] = installRecording(found.folder, folder, binding);
    // As in Node 23, which has them no longer.
    for (const name of ['isNullOrUndefined', 'isArray']) util[name] = undefined;
    backend = unwrap(await tfjsBackend.open({ device: 'node-gpu' }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('agrees with the reference, operation by operation, and gives every tensor back', async () => {
    const before = binding.getNumOfTensors();
    expect(await selfCheck(backend)).toEqual({ ok: true, value: null });
    expect(binding.getNumOfTensors()).toBe(before);
  });

  it("takes training steps with PyTorch's values, and holds no more tensors after one than before", async () => {
    const tiny = referenceModels.find(({ name }) => name === 'tiny-llama')!;
    const { batch, adamw_full: curve } = readReferenceValues(tiny);
    const session = unwrap(
      await openTrainingSession(unwrap(await readModelDirectory(tiny.directory)), backend, {
        optimizer: { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1, gradientClip: 1 },
        precision: 'float32',
        seed: 1,
      }),
    );
    const held: number[] = [];
    for (const expected of curve.loss.slice(0, 4)) {
      const { loss } = await session.step([microBatch(batch.ids)], 1e-3);
      expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-4);
      held.push(binding.getNumOfTensors());
    }
    expect(new Set(held.slice(1)).size).toBe(1);
    session.dispose();
  });

  it('adds up a long vector in stretches', async () => {
    const inputs = [new Inputs().floats(3000)];
    await agrees(backend, new ReferenceAnswers(), 'sumOfSquares', inputs, {});
  });

  it('has asked for these operations of TensorFlow alone', () => {
    const asked = [...binding.forms].map((form) => form.replace(/ N=\d+/, ' N=*'));
    expect([...new Set(asked)].sort()).toEqual(operations);
  });
});
