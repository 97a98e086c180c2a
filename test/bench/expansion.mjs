// What each way to start new rows is worth: a small English model is trained, grown by a Korean vocabulary in each way, and
// trained on in both languages. `node test/bench/expansion.mjs [--folder DIR] [--seeds 2,3,4] [--steps 100] [--base-steps 1500]`
// prints a line per row of docs/reports/expansion.md; it takes half an hour on two cores, and goes on where it was stopped.
// Needs the built command line (npm run setup) and ../shared/data/corpora/python-docs.ko-en.jsonl.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
const corpus = path.resolve(root, '../shared/data/corpora/python-docs.ko-en.jsonl');
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: '' },
    seeds: { type: 'string', default: '2,3,4' },
    steps: { type: 'string', default: '100' },
    'base-steps': { type: 'string', default: '1500' },
  },
});
const folder = values.folder === '' ? mkdtempSync(path.join(tmpdir(), 'expansion-')) : path.resolve(values.folder);
const at = (/** @type {string[]} */ ...names) => path.join(folder, ...names);
mkdirSync(folder, { recursive: true });

/** Runs a command of bllossom; answers its output. */
function bllossom(/** @type {string[]} */ ...args) {
  const bundle = path.join(root, 'dist/bllossom.cjs');
  const done = spawnSync(process.execPath, [bundle, ...args], { encoding: 'utf8', cwd: folder, maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`bllossom ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** Does work whose result is not there yet. */
function once(/** @type {string} */ name, /** @type {() => unknown} */ work) {
  if (!existsSync(at(name))) work();
}

/** @typedef {{ ko: string, en: string }} Pair */
/** Pairs without copies, of sizes that a row holds: each twentieth is held out, and of those the shorter ones score. */
function writeTexts() {
  const seen = new Set();
  const pairs = readFileSync(corpus, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => /** @type {Pair} */ (JSON.parse(line)))
    .filter(({ ko, en }) => {
      const fits = ko.length >= 20 && ko.length <= 600 && en.length >= 20 && en.length <= 1200;
      if (!fits || seen.has(ko) || seen.has(en)) return false;
      seen.add(ko).add(en);
      return true;
    });
  const train = pairs.filter((_, i) => i % 20 !== 0);
  const held = pairs
    .filter((_, i) => i % 20 === 0)
    .filter(({ ko }) => ko.length >= 30 && ko.length <= 80 && (ko.match(/[가-힣]/g) ?? []).length > 15)
    .slice(0, 200);
  const lines = (/** @type {string[]} */ texts) => `${texts.map((text) => text.replaceAll('\n', ' ')).join('\n')}\n`;
  for (const language of /** @type {const} */ (['ko', 'en'])) {
    writeFileSync(at(`${language}.txt`), lines(train.map((pair) => pair[language])));
    writeFileSync(at(`held.${language}.txt`), lines(held.map((pair) => pair[language])));
  }
  writeFileSync(at('small.ko.txt'), Buffer.from(lines(train.map(({ ko }) => ko))).subarray(0, 3_000_000));
  writeFileSync(at('pairs.jsonl'), train.map(({ ko, en }) => JSON.stringify({ ko, en })).join('\n'));
}

function train(/** @type {string} */ name, /** @type {object} */ fields) {
  const spec = {
    ...{ kind: 'pretrain', output: at(name), backend: 'tfjs', precision: 'float32', packing: true, shuffle: true },
    ...{ sequenceLength: 128, checkpoint: { every: 500, keep: 1 }, ...fields },
  };
  writeFileSync(at(`${name}.run.json`), JSON.stringify(spec));
  once(path.join(name, 'final'), () => bllossom('train', at(`${name}.run.json`), '--json'));
}
const optimizer = { betas: [0.9, 0.95], weightDecay: 0, gradientClip: 1 };

/** Bits per byte of held-out lines, each after BOS. */
function bitsPerByte(/** @type {string} */ model, /** @type {string} */ language) {
  const text = at(`held.${language}.txt`);
  const tokens = bllossom('tokenize', '--tokenizer', at(model), '--json', text).trim().split('\n');
  const rows = tokens.map((line) => JSON.stringify({ ids: [1, ...JSON.parse(line).ids].slice(0, 256) }));
  writeFileSync(at('score.jsonl'), rows.join('\n'));
  let sum = 0;
  for (const line of bllossom('score', '--model', at(model), '--ids', at('score.jsonl'), '--json').trim().split('\n'))
    for (const value of JSON.parse(line).logLikelihoods) sum -= value;
  const bytes = readFileSync(text, 'utf8')
    .split('\n')
    .reduce((total, line) => total + Buffer.byteLength(line), 0);
  return (sum / Math.LN2 / bytes).toFixed(4);
}

const sizes = {
  ...{ architectures: ['LlamaForCausalLM'], hidden_size: 96, intermediate_size: 256, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, vocab_size: 3000, max_position_embeddings: 256, tie_word_embeddings: true },
  ...{ rms_norm_eps: 1e-5, initializer_range: 0.02 },
};
once('pairs.jsonl', writeTexts);
const vocabulary = (
  /** @type {string} */ text,
  /** @type {string} */ size,
  /** @type {string} */ out,
  /** @type {string[]} */ ...more
) =>
  once(out, () =>
    bllossom('vocab', 'train', '--input', at(text), '--type', 'bpe', '--size', size, '--out', at(out), ...more),
  );
vocabulary('en.txt', '3000', 'base.model');
vocabulary('small.ko.txt', '2500', 'korean.model', '--no-byte-fallback');
once('merged', () =>
  bllossom('vocab', 'merge', '--base', at('base.model'), '--add', at('korean.model'), '--out', at('merged')),
);
writeFileSync(at('config.json'), JSON.stringify(sizes));
once('fresh', () =>
  bllossom(
    'model',
    'init',
    '--config',
    at('config.json'),
    '--tokenizer',
    at('base.model'),
    '--seed',
    '7',
    '--out',
    at('fresh'),
  ),
);
train('base', {
  ...{
    model: at('fresh'),
    seed: 1,
    data: [{ path: at('en.txt') }],
    batchSize: 16,
    steps: Number(values['base-steps']),
  },
  optimizer: { ...optimizer, learningRate: 5e-3, schedule: 'cosine', warmup: 0.03 },
});
const tell = (/** @type {string[]} */ ...cells) => process.stdout.write(`${cells.join('\t')}\n`);
tell('rows', 'seed', 'steps', 'ko bits per byte', 'en bits per byte', 'ko loss on the way');
tell('(before)', '', '0', bitsPerByte('base/final', 'ko'), bitsPerByte('base/final', 'en'));
for (const seed of values.seeds.split(',')) {
  for (const init of ['random', 'mean', 'subpieces', 'aligned']) {
    const grown = `${init}-${seed}`;
    const more = init === 'aligned' ? ['--parallel', at('pairs.jsonl')] : [];
    const where = ['--model', at('base/final'), '--tokenizer', at('merged/tokenizer.model'), '--out', at(grown)];
    once(grown, () => bllossom('vocab', 'expand', ...where, '--init', init, '--seed', seed, ...more));
    tell(init, seed, '0', bitsPerByte(grown, 'ko'), bitsPerByte(grown, 'en'));
    const run = `${grown}-run-${values.steps}`;
    train(run, {
      ...{ model: at(grown), seed: Number(seed), batchSize: 8, steps: Number(values.steps) },
      data: [
        { path: at('ko.txt'), weight: 0.7, language: 'ko' },
        { path: at('en.txt'), weight: 0.3, language: 'en' },
      ],
      optimizer: { ...optimizer, learningRate: 2e-3, schedule: 'linear', warmup: 0.1 },
      evaluation: { every: 25, data: [{ path: at('held.ko.txt'), language: 'ko' }] },
    });
    const rows = readFileSync(at(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const seen = rows.map((row) => JSON.parse(row)).filter((row) => row.evaluationLoss !== undefined);
    const onTheWay = seen.map((row) => `${row.step}: ${row.evaluationLoss.toFixed(3)}`).join(', ');
    const final = path.join(run, 'final');
    tell(init, seed, values.steps, bitsPerByte(final, 'ko'), bitsPerByte(final, 'en'), onTheWay);
  }
}
