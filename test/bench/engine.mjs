// Training speed as a ratio to PyTorch in the same run: whole steps of a small Llama, rounds of both in turn, medians.
//   node test/bench/engine.mjs [--backend native] [--threads 1,2] [--rounds 5] [--shapes 15m,768] [--no-peer] [--profile]
//                              [--lora RANK] [--precision float32]
// The peer is ../shared/tools/peer-torch-train.py under /usr/bin/python3 (or PYTHON); without it, tokens a second alone.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { buildNative } from '../../engine/native/build.mjs';

const { values } = parseArgs({
  options: {
    backend: { type: 'string', default: 'native' },
    threads: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '5' },
    shapes: { type: 'string', default: '15m' },
    lora: { type: 'string', default: '0' },
    precision: { type: 'string', default: 'float32' },
    'no-peer': { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});
const root = path.resolve(import.meta.dirname, '../..');
const peer = path.join(root, '../shared/tools/peer-torch-train.py');
const python = process.env['PYTHON'] ?? '/usr/bin/python3';

/** @typedef {{ dim: number, layers: number, heads: number, hidden: number, vocab: number, seq: number, batch: number }} Shape */
/** @type {Record<string, Shape>} */
const shapes = {
  '15m': { dim: 288, layers: 6, heads: 6, hidden: 768, vocab: 32000, seq: 256, batch: 4 },
  768: { dim: 768, layers: 12, heads: 12, hidden: 2048, vocab: 32000, seq: 256, batch: 4 },
};

/** The engine's parts, bundled as its own build does. */
async function loadEngine() {
  await mkdir(path.join(root, '.workbench'), { recursive: true });
  const folder = await mkdtemp(path.join(root, '.workbench/bench-'));
  const contents = ['backends/index.ts', 'backends/native/provider.ts', 'model/index.ts']
    .map((file) => `export * from ${JSON.stringify(path.join(root, 'engine/src', file))};`)
    .join('\n');
  const outfile = path.join(folder, 'engine.mjs');
  await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
  });
  const built = await buildNative();
  if ('absent' in built) process.stderr.write(`${built.absent}\n`);
  await symlink(path.join(root, 'dist/native'), path.join(folder, 'native'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  return import(pathToFileURL(outfile).href);
}

/** A Llama with random weights, the same in every run. @param {Shape} shape */
function randomModel({ dim, layers, heads, hidden, vocab, seq }) {
  const config = {
    ...{ hiddenSize: dim, intermediateSize: hidden, layers, heads, kvHeads: heads, headDim: dim / heads },
    ...{ vocabularySize: vocab, contextLength: seq, rmsNormEpsilon: 1e-5, ropeTheta: 10000, tiedHead: true },
  };
  let state = 1;
  const uniform = () => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 - 0.5) * 0.07;
  const tensor = (/** @type {string} */ name, /** @type {number[]} */ shape, one = false) => {
    const size = shape.reduce((a, b) => a * b);
    return { name, shape, data: one ? new Float32Array(size).fill(1) : Float32Array.from({ length: size }, uniform) };
  };
  const tensors = [tensor('model.embed_tokens.weight', [vocab, dim]), tensor('model.norm.weight', [dim], true)];
  for (let layer = 0; layer < layers; layer++) {
    const at = (/** @type {string} */ name) => `model.layers.${layer}.${name}.weight`;
    for (const name of ['q', 'k', 'v', 'o']) tensors.push(tensor(at(`self_attn.${name}_proj`), [dim, dim]));
    for (const name of ['gate', 'up']) tensors.push(tensor(at(`mlp.${name}_proj`), [hidden, dim]));
    tensors.push(tensor(at('mlp.down_proj'), [dim, hidden]));
    for (const name of ['input_layernorm', 'post_attention_layernorm']) tensors.push(tensor(at(name), [dim], true));
  }
  return { config, tensors };
}

/** @param {Shape} shape */
function batchOf({ vocab, seq, batch }) {
  const size = seq * batch;
  const ids = Int32Array.from({ length: size }, (_, i) => Math.imul(i + 1, 2654435761) >>> 0).map((n) =>
    Math.abs(n % vocab),
  );
  const positions = Int32Array.from({ length: size }, (_, i) => i % seq);
  return { batch, length: seq, ids, labels: ids, positions, segments: new Int32Array(size) };
}

const median = (/** @type {readonly number[]} */ list) =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN;

/** @param {Shape} shape @param {number} threads @param {number} steps @returns {number} */
function runPeer(shape, threads, steps) {
  const sizes = Object.entries(shape).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const more = [
    ...(values.precision === 'bfloat16' ? ['--bf16'] : []),
    ...(values.lora === '0' ? [] : ['--lora', values.lora]),
  ];
  const done = spawnSync(python, [peer, '--threads', String(threads), '--steps', String(steps), ...sizes, ...more], {
    encoding: 'utf8',
    // Its matrix library has threads of its own; left to themselves they get in each other's way.
    env: { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) },
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout).tokensPerSecond;
}

const engine = await loadEngine();
for (const name of values.shapes.split(',')) {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`no shape ${name}: ${Object.keys(shapes).join(', ')}`);
  const model = randomModel(shape);
  const micro = batchOf(shape);
  for (const threads of values.threads.split(',').map(Number)) {
    const opened =
      values.backend === 'native'
        ? engine.openNative({ threads, exactly: true, profile: values.profile })
        : await engine.openBackend(values.backend, { threads });
    if (!opened.ok) throw new Error(JSON.stringify(opened.problem));
    const backend = opened.value.backend ?? opened.value;
    const start = performance.now();
    const lora = {
      rank: Number(values.lora),
      alpha: 16,
      dropout: 0,
      targets: ['q_proj', 'k_proj', 'v_proj'],
      init: 'kaiming',
    };
    const session = await engine.openTrainingSession(model, backend, {
      optimizer: { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01, gradientClip: 1 },
      precision: values.precision,
      seed: 1,
      ...(values.lora === '0' ? {} : { lora, trainable: ['embed_tokens'] }),
    });
    if (!session.ok) throw new Error(JSON.stringify(session.problem));
    await session.value.step([micro], 3e-4);
    const first = performance.now() - start;
    backend.profile?.();
    const ours = [];
    const processor = [];
    /** @type {number[]} */
    const theirs = [];
    const withPeer = !values['no-peer'] && existsSync(peer);
    for (let round = 0; round < Number(values.rounds); round++) {
      let best = 0;
      for (let n = 0; n < 4; n++) {
        const from = performance.now();
        const used = process.cpuUsage();
        await session.value.step([micro], 3e-4);
        const { user, system } = process.cpuUsage(used);
        processor.push((user + system) / 1000);
        best = Math.max(best, (micro.ids.length / (performance.now() - from)) * 1000);
      }
      ours.push(best);
      if (withPeer) theirs.push(runPeer(shape, threads, 4));
    }
    const tokens = median(ours);
    const ratio = withPeer
      ? `, ${median(ours.map((one, i) => one / (theirs[i] ?? NaN))).toFixed(2)}× PyTorch's ${median(theirs)} (rounds: ${ours.map((one, i) => (one / (theirs[i] ?? NaN)).toFixed(2)).join(' ')})`
      : '';
    process.stdout.write(
      `${name} ${values.precision}${values.lora === '0' ? '' : ` LoRA ${values.lora} + embedding`}, ${backend.device}: ` +
        `${Math.round(tokens)} tokens/s${ratio}; ${Math.round(median(processor))} ms of processor time a step, session and first step ${Math.round(first)} ms\n`,
    );
    if (values.profile) {
      const steps = 4 * Number(values.rounds);
      for (const [op, [milliseconds, calls]] of Object.entries(backend.profile()).sort((a, b) => b[1][0] - a[1][0]))
        process.stdout.write(
          `  ${op.padEnd(20)} ${(milliseconds / steps).toFixed(2).padStart(9)} ms  ${calls / steps} calls\n`,
        );
    }
    session.value.dispose();
    backend.dispose();
  }
}
