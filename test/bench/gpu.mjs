// `npm run bench:gpu`: training on GPUs through ggml, in tokens a second and as a share of what the chip can do, beside PyTorch on the
// same card, in turns. Random weights, no files.
//   npm run bench:gpu -- [--device cuda,vulkan,metal] [--shape 15m,1b,7b] [--precision bfloat16,float32] [--rounds 3] [--steps 5]
//                        [--peak TFLOPS] [--no-peer] [--out FILE]
// Libraries: `npx bllossom backend install ggml --device cuda`. PyTorch: python3, or PYTHON. A table on standard output, JSON in --out.
// Where there is no GPU it says why, measures nothing and ends with status 2; `--device cpu --shape tiny` shows that the script works.
import { build } from 'esbuild';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { partner } from './partner.mjs';
import { shapes } from './randomLlama.mjs';

const options = /** @type {const} */ ({
  device: { type: 'string', default: 'cuda,metal,vulkan' },
  shape: { type: 'string', default: '15m,1b,7b' },
  precision: { type: 'string', default: 'bfloat16' },
  rounds: { type: 'string', default: '3' },
  steps: { type: 'string', default: '5' },
  peak: { type: 'string' },
  'no-peer': { type: 'boolean', default: false },
  out: { type: 'string', default: path.resolve(import.meta.dirname, '../output/bench/gpu.json') },
});
const root = path.resolve(import.meta.dirname, '../..');

/**
 * Dense bfloat16 products with sums in float32, in TFLOP/s, as the makers' data sheets give them.
 * @type {readonly (readonly [RegExp, number])[]}
 */
const peaks = [
  [/\bB200\b/, 2250],
  [/\bGH200\b|\bH200\b|\bH100\b(?!.*PCIe)/, 989],
  [/\bH100\b.*PCIe/, 756],
  [/\bA100\b/, 312],
  [/\bL40S\b/, 362],
  [/\bL4\b/, 121],
  [/\bA10\b/, 125],
  [/\bA10G\b/, 70],
  [/RTX 4090\b/, 165],
  [/RTX 3090\b/, 71],
];

/** @param {string} message @returns {never} */
function refuse(message) {
  process.stderr.write(`bench:gpu: ${message}\n`);
  process.exit(2);
}

/** @returns {Promise<any>} the engine's parts, bundled as its own build does, inside the project so that packages are found */
async function loadEngine() {
  await mkdir(path.join(root, '.workbench'), { recursive: true });
  const folder = await mkdtemp(path.join(root, '.workbench/bench-'));
  const files = ['backends/index.ts', 'backends/ggml/places.ts', 'model/index.ts'];
  const contents = files.map((file) => `export * from ${JSON.stringify(path.join(root, 'engine/src', file))};`);
  const outfile = path.join(folder, 'engine.mjs');
  await build({
    stdin: { contents: contents.join('\n'), resolveDir: root, loader: 'ts' },
    ...{ bundle: true, platform: 'node', format: 'esm', packages: 'external', outfile },
  });
  const engine = await import(pathToFileURL(outfile).href);
  return { engine, folder };
}

const round = (/** @type {number} */ x) => Number(x.toPrecision(3));
const median = (/** @type {readonly number[]} */ list) =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN;

/**
 * @typedef {object} Row
 * @property {string} device @property {string} shape @property {string} precision
 * @property {number} [tokensPerSecond] @property {number} [share] of the chip's limit, 0 to 1
 * @property {string} [peer] @property {number} [peerTokensPerSecond] @property {number} [peerShare] @property {number} [ratio]
 * @property {number} [trainable] @property {number} [loss] @property {number} [peerLoss]
 * @property {string} [failed] @property {string} [peerFailed]
 */

/**
 * Ours and the peer, in turns. @param {{ name: string, title: string, env: NodeJS.ProcessEnv }} device
 * @param {string} shape @param {string} precision @param {ReturnType<typeof readOptions>} given @param {string} bundle
 */
async function measure(device, shape, precision, given, bundle) {
  /** @type {Row} */
  const row = { device: device.title, shape, precision };
  const task = JSON.stringify({ device: device.name, shape, precision, bundle });
  let ours;
  let theirs;
  try {
    ours = await partner(process.execPath, [path.join(import.meta.dirname, 'gpuWorker.mjs'), task], device.env);
    const { flops, trainable } = ours.first;
    row.trainable = trainable;
    const peerDevice = device.name === 'cpu' ? 'cpu' : device.name === 'metal' ? 'mps' : 'cuda';
    const known = shapes[/** @type {keyof typeof shapes} */ (shape)];
    const peerTask = JSON.stringify({ ...known, device: peerDevice, precision });
    if (given.withPeer) {
      const script = path.join(import.meta.dirname, 'gpu_peer.py');
      theirs = await partner(process.env['PYTHON'] ?? 'python3', [script, peerTask], process.env).catch((error) => {
        row.peerFailed = error.message;
        return undefined;
      });
    }
    if (theirs !== undefined) row.peer = theirs.first.peer;
    if (theirs !== undefined && theirs.first.trainable !== trainable)
      throw new Error(`${theirs.first.trainable} parameters train in the peer, ${trainable} here`);
    /** @type {number[]} */
    const speeds = [];
    /** @type {number[]} */
    const peerSpeeds = [];
    // The first round warms up: plans, kernels, memory.
    for (let n = 0; n <= given.rounds; n++) {
      const mine = await ours.steps(n === 0 ? 2 : given.steps);
      // A card may have room for one of the two: then the other is measured all the same.
      const other = await theirs?.steps(n === 0 ? 2 : given.steps).catch((/** @type {Error} */ error) => {
        row.peerFailed = error.message;
        theirs = undefined;
        peerSpeeds.length = 0;
        return undefined;
      });
      if (n === 0) continue;
      speeds.push(mine.tokens / mine.seconds);
      row.loss = mine.loss;
      if (other === undefined) continue;
      peerSpeeds.push(other.tokens / other.seconds);
      row.peerLoss = other.loss;
    }
    // A chip's limit in float32 is another one: no share of it is told, unless it is given.
    const known16 = precision === 'bfloat16' ? peaks.find(([name]) => name.test(device.title))?.[1] : undefined;
    const peak = given.peak ?? known16;
    const share = (/** @type {number} */ speed) => round((speed * flops) / ((peak ?? NaN) * 1e12));
    row.tokensPerSecond = round(median(speeds));
    if (peak !== undefined) row.share = share(median(speeds));
    if (peerSpeeds.length > 0) {
      row.peerTokensPerSecond = round(median(peerSpeeds));
      if (peak !== undefined) row.peerShare = share(median(peerSpeeds));
      row.ratio = round(median(speeds.map((speed, i) => speed / (peerSpeeds[i] ?? NaN))));
    }
  } catch (error) {
    row.failed = error instanceof Error ? error.message : String(error);
  } finally {
    await ours?.end();
    await theirs?.end();
  }
  return row;
}

function readOptions() {
  const { values } = parseArgs({ options });
  const list = (/** @type {string} */ text, /** @type {readonly string[]} */ known, /** @type {string} */ name) =>
    text.split(',').map((one) => {
      if (known.length === 0 || known.includes(one)) return one;
      return refuse(`--${name}: there is no '${one}': ${known.join(', ')}`);
    });
  const number = (/** @type {string} */ text, /** @type {string} */ name) => {
    if (Number(text) > 0) return Number(text);
    return refuse(`--${name}: '${text}' is no number above 0`);
  };
  return {
    devices: list(values.device, ['cuda', 'metal', 'vulkan', 'cpu'], 'device'),
    shapes: list(values.shape, Object.keys(shapes), 'shape'),
    precisions: list(values.precision, ['bfloat16', 'float32'], 'precision'),
    rounds: number(values.rounds, 'rounds'),
    steps: number(values.steps, 'steps'),
    peak: values.peak === undefined ? undefined : number(values.peak, 'peak'),
    withPeer: !values['no-peer'],
    out: path.resolve(values.out),
  };
}

/** Those asked for that are here, each by its first GPU. @param {any} engine @param {readonly string[]} asked */
async function findDevices(engine, asked) {
  const gpus = asked.every((one) => one === 'cpu') ? [] : await engine.describeGpus();
  const devices = [];
  const why = [];
  for (const name of asked) {
    if (name === 'cpu') {
      devices.push({ name, title: 'CPU', env: process.env });
      continue;
    }
    const gpu = gpus.find((/** @type {{ name: string }} */ one) => one.name === name);
    if (gpu === undefined) why.push(`${name}: there are no libraries for it on this kind of machine`);
    else if (gpu.devices.length === 0) why.push(`${name}: ${gpu.problem}. ${gpu.remedy ?? ''}`);
    else {
      // A process loads one set of libraries: it is named where they are installed; the engine's own need no name.
      const env = { ...process.env };
      const installed = engine.installedRoot(name);
      if (engine.installationAt(installed, name) !== undefined) env['BLLOSSOM_GGML'] ??= installed;
      devices.push({ name, title: gpu.devices[0], env });
    }
  }
  return { devices, why };
}

/** @param {Row} row */
function tell({ device, shape, precision, failed, ...row }) {
  const share = (/** @type {number | undefined} */ part) =>
    part === undefined ? '' : ` (${(100 * part).toFixed(1)} % of the chip's limit)`;
  const peer =
    row.ratio === undefined
      ? row.peerFailed === undefined
        ? ''
        : `; the peer failed: ${row.peerFailed}`
      : `; ${row.peer}: ${row.peerTokensPerSecond} tokens/s${share(row.peerShare)}; ratio ${row.ratio}`;
  const ours = failed === undefined ? `${row.tokensPerSecond} tokens/s${share(row.share)}` : `failed: ${failed}`;
  process.stdout.write(`${shape.padEnd(5)} ${precision.padEnd(8)} ${device}: ${ours}${peer}\n`);
}

const given = readOptions();
const { engine, folder } = await loadEngine();
try {
  const { devices, why } = await findDevices(engine, given.devices);
  if (devices.length === 0) {
    process.stderr.write(`bench:gpu: no GPU that ggml can open is here, so nothing was measured. ${why.join(' ')}\n`);
    process.exitCode = 2;
  } else {
    for (const line of why) process.stderr.write(`bench:gpu: not measured: ${line}\n`);
    const rows = [];
    for (const device of devices)
      for (const shape of given.shapes)
        for (const precision of given.precisions) {
          const row = await measure(device, shape, precision, given, path.join(folder, 'engine.mjs'));
          tell(row);
          rows.push(row);
        }
    await mkdir(path.dirname(given.out), { recursive: true });
    const how = { rounds: given.rounds, steps: given.steps, shapes, node: process.version };
    await writeFile(given.out, `${JSON.stringify({ how, rows, notMeasured: why }, undefined, 2)}\n`);
    if (rows.some(({ failed }) => failed !== undefined)) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
