// Our side of `npm run bench:gpu`: one device, one shape, one precision, in a process of its own. Argument: JSON {device, shape,
// precision, bundle}. For each line on standard input it makes so many steps and answers with a line {"seconds", "tokens", "loss"}.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { batchOf, flopsPerToken, randomModel, shapes, trainingOf } from './randomLlama.mjs';

const task = JSON.parse(process.argv[2] ?? '{}');
const shape = shapes[/** @type {keyof typeof shapes} */ (task.shape)];
const engine = await import(pathToFileURL(task.bundle).href);
const tell = (/** @type {object} */ line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** @template T @param {{ ok: true, value: T } | { ok: false, problem: { what: string, remedy?: string } }} result */
function need(result) {
  if (result.ok) return result.value;
  process.stderr.write(`${result.problem.what} ${result.problem.remedy ?? ''}\n`);
  process.exit(1);
}

const { backend } = need(await engine.openBackend('ggml', { device: task.device }));
// What is frozen is in bfloat16 on both sides.
const frozen = shape.lora > 0 && task.precision === 'bfloat16' ? { baseQuantization: 'bfloat16' } : {};
const training = { ...trainingOf(shape, task.precision), ...frozen };
const session = need(await engine.openTrainingSession(randomModel(shape), backend, training));
const micro = batchOf(shape);
const trainable = session.parameters
  .filter((/** @type {{ trainable: boolean }} */ one) => one.trainable)
  .reduce(
    (/** @type {number} */ sum, /** @type {{ shape: number[] }} */ one) => sum + one.shape.reduce((a, b) => a * b),
    0,
  );
tell({ device: backend.device, trainable, flops: flopsPerToken(shape) });
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  let loss = NaN;
  for (let n = 0; n < Number(line); n++) ({ loss } = await session.step([micro], 3e-4));
  tell({ seconds: (performance.now() - start) / 1000, tokens: Number(line) * micro.ids.length, loss });
}
session.dispose();
backend.dispose();
