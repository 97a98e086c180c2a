// Bits per byte of held-out passages, by `bllossom tokenize` and `bllossom score` alone: each passage follows BOS, its own
// bytes are counted, and what a measured mean is worth is told by resampling passages (bootstrap, 95 %).
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { textSets, answerSets } from './sets.mjs';

/** @typedef {import('./workshop.mjs').Workshop} Workshop */
/** One passage: its loss in bits, its size in UTF-8 bytes and in tokens. @typedef {{ bits: number, bytes: number, tokens: number }} Passage */
/** Passages by set. @typedef {Record<string, Passage[]>} Measured */
/** @typedef {{ mean: number, low: number, high: number, n: number }} Figure */

const context = 512;
const linesOf = (/** @type {string} */ text) => text.split('\n').filter((line) => line !== '');

/**
 * Measures a model on every held-out set, once. Passages that do not fit the model's rows are left out (and `n` says so).
 * @param {Workshop} shop
 * @param {string} model directory of the model
 * @param {{ name?: string, answers?: boolean, adapter?: string, texts?: readonly string[] }} [options] answers: also those of
 *   held-out instructions; name: under which the figures are kept, for a model outside of the folder
 * @returns {Measured}
 */
export function measure(shop, model, { name: given, answers = false, adapter, texts = textSets } = {}) {
  const name = `${(given ?? adapter ?? model).replace(/\/final$/, '').replaceAll('/', '-')}${answers ? '.answers' : ''}`;
  const file = shop.at('measured', `${name}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  mkdirSync(path.dirname(file), { recursive: true });
  /** @type {{ set: string, ids: number[], from: number, bytes: number }[]} */
  const rows = [];
  for (const set of texts) {
    const passages = linesOf(readFileSync(shop.at('held', `${set}.txt`), 'utf8'));
    encode(shop, model, shop.at('held', `${set}.txt`)).forEach((ids, i) =>
      rows.push({ set, ids: [1, ...ids], from: 1, bytes: Buffer.byteLength(passages[i] ?? '') }),
    );
  }
  for (const set of answers ? answerSets : []) rows.push(...answerRows(shop, model, set));
  const fitting = rows.filter((row) => row.ids.length <= context);
  const temporary = shop.at('measured', `score.${process.pid}.jsonl`);
  writeFileSync(temporary, fitting.map(({ ids }) => JSON.stringify({ ids })).join('\n'));
  const which = ['--model', model, ...(adapter === undefined ? [] : ['--adapter', adapter])];
  const scored = linesOf(
    shop.bllossom(['score', ...which, '--ids', temporary, '--threads', shop.threads, '--json'], false),
  );
  rmSync(temporary);
  if (scored.length !== fitting.length) throw new Error(`${scored.length} rows scored of ${fitting.length}`);
  /** @type {Measured} */
  const found = {};
  fitting.forEach(({ set, ids, from, bytes }, i) => {
    // The first likelihood is that of ids[1].
    const nats = JSON.parse(scored[i] ?? '').logLikelihoods.slice(from - 1);
    const bits = nats.reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum - value, 0) / Math.LN2;
    (found[set] ??= []).push({ bits, bytes, tokens: ids.length - from });
  });
  writeFileSync(file, JSON.stringify(found));
  return found;
}

/** What `measure` has kept under a name, if anything. @param {Workshop} shop @param {string} name @returns {Measured | undefined} */
export function measured(shop, name) {
  const file = shop.at('measured', `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** The ids of each line. @param {Workshop} shop @param {string} tokenizer @param {string} file @returns {number[][]} */
export function encode(shop, tokenizer, file) {
  return linesOf(shop.bllossom(['tokenize', '--tokenizer', tokenizer, '--json', file], false)).map(
    (line) => JSON.parse(line).ids,
  );
}

/**
 * Held-out instructions: the prompt as `generate` writes it in the template's words, then the answer.
 * @param {Workshop} shop
 * @param {string} model
 * @param {string} set
 */
function answerRows(shop, model, set) {
  const source = linesOf(readFileSync(shop.at('held', `${set}.jsonl`), 'utf8')).map((line) => JSON.parse(line));
  const prompts = shop.at('measured', `prompts.${process.pid}.jsonl`);
  const answers = shop.at('measured', `answers.${process.pid}.txt`);
  writeFileSync(
    prompts,
    source.map(({ instruction, input }) => JSON.stringify({ prompt: instruction, input })).join('\n'),
  );
  writeFileSync(answers, source.map(({ output }) => output).join('\n'));
  const more = ['--template', 'alpaca', '--max-tokens', '1', '--threads', shop.threads, '--json'];
  const asked = linesOf(shop.bllossom(['generate', '--model', model, '--prompts', prompts, ...more], false));
  const said = encode(shop, model, answers);
  return source.map(({ output }, i) => {
    const { ids, promptTokens } = JSON.parse(asked[i] ?? '');
    const prompt = ids.slice(0, promptTokens);
    return { set, ids: [...prompt, ...(said[i] ?? [])], from: prompt.length, bytes: Buffer.byteLength(output) };
  });
}

/** @param {Measured} measured @param {readonly string[]} sets */
const together = (measured, sets) => sets.flatMap((set) => measured[set] ?? []);
const perByte = (/** @type {readonly Passage[]} */ passages) =>
  passages.reduce((sum, p) => sum + p.bits, 0) / passages.reduce((sum, p) => sum + p.bytes, 0);

/** Bits per byte of all passages of these sets, with its 95 % interval. @param {Measured} measured @param {readonly string[]} sets @returns {Figure} */
export function figure(measured, sets) {
  const passages = together(measured, sets);
  const draws = resampled(passages.length, (indices) =>
    perByte(indices.map((i) => /** @type {Passage} */ (passages[i]))),
  );
  return { mean: perByte(passages), ...draws, n: passages.length };
}

/** How much more bits per byte `a` takes than `b` on the same passages, with the interval of the difference. @param {Measured} a @param {Measured} b @param {readonly string[]} sets @returns {Figure} */
export function difference(a, b, sets) {
  const [x, y] = [together(a, sets), together(b, sets)];
  if (x.length !== y.length || x.some((p, i) => p.bytes !== y[i]?.bytes)) throw new Error('not the same passages');
  const of = (/** @type {readonly Passage[]} */ list, /** @type {readonly number[]} */ indices) =>
    perByte(indices.map((i) => /** @type {Passage} */ (list[i])));
  const draws = resampled(x.length, (indices) => of(x, indices) - of(y, indices));
  return { mean: perByte(x) - perByte(y), ...draws, n: x.length };
}

/** The middle 95 % of a statistic of passages drawn with replacement. @param {number} n @param {(indices: readonly number[]) => number} statistic */
function resampled(n, statistic, draws = 1000) {
  let state = 12345;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const values = Array.from({ length: draws }, () =>
    statistic(Array.from({ length: n }, () => Math.floor(random() * n))),
  ).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => values[Math.round(share * (draws - 1))] ?? NaN;
  return { low: at(0.025), high: at(0.975) };
}
