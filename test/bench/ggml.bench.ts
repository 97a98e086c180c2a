/** Training on ggml's processor side, as where there is no compiler, beside PyTorch in float32: one thread each, whole steps in turns. */
import path from 'node:path';
import { unwrap } from '../../engine/src/base/problem.ts';
import { ggmlLibrary, openGgml } from '../../engine/src/backends/ggml/provider.ts';
import { openTrainingSession } from '../../engine/src/model/index.ts';
import { partner } from './partner.mjs';
import { root } from './places.ts';
import { peerThreads, python, torchAbsent } from './pytorch.ts';
import { batchOf, randomModel, shapes, trainingOf } from './randomLlama.mjs';
import { cpuSeconds, ratioOf } from './section.ts';
import type { Ratio, Section } from './section.ts';

const rounds = 5;

export async function bench(): Promise<Section> {
  const how = `whole steps of AdamW with random weights, one thread each, ${rounds} rounds in turns, processor time: other load on the machine counts for neither`;
  const library = ggmlLibrary();
  if (!library.ok) return { how, ratios: [], skipped: [`ggml: ${library.problem.what}`] };
  const absent = torchAbsent();
  if (absent !== undefined) return { how, ratios: [], skipped: [absent] };
  const ratios: Ratio[] = [];
  for (const name of ['15m'] as const) ratios.push(await measure(name));
  return { how, ratios, skipped: [] };
}

async function measure(name: keyof typeof shapes): Promise<Ratio> {
  const shape = shapes[name];
  const backend = unwrap(openGgml({ device: 'cpu', threads: 1 }));
  const options = trainingOf(shape, 'float32');
  const session = unwrap(await openTrainingSession(randomModel(shape), backend, options));
  const micro = batchOf(shape);
  const task = JSON.stringify({ ...shape, device: 'cpu', precision: 'float32', threads: 1 });
  const env = { ...process.env, ...peerThreads(1) };
  const peer = await partner(python, [path.join(root, 'test/bench/gpu_peer.py'), task], env);
  const found: number[] = [];
  // The first round warms up.
  for (let n = 0; n <= rounds; n++) {
    const ours = await cpuSeconds(() => session.step([micro], 3e-4));
    const theirs = (await peer.steps(1)) as { readonly processor: number };
    if (n > 0) found.push(theirs.processor / ours);
  }
  await peer.end();
  session.dispose();
  backend.dispose();
  return ratioOf(`ggml on a processor, ${name}, float32`, (peer.first as { readonly peer: string }).peer, found);
}
