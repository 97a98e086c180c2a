// Makes the sample workspace: the texts and specs of client/sample, two tokenizers trained on them, a small model.
// What a person has changed in it stays: only what is missing is added. `node scripts/sample.mjs [--fresh] [FOLDER]`
import { cp, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bundle, root, sample } from './lib/places.mjs';
import { isMain, main, run, step, StepError } from './lib/steps.mjs';

const train = ['vocab', 'train', '--type', 'bpe'];

/** @param {{ fresh?: boolean, folder?: string }} [options] */
export async function makeSample({ fresh = false, folder = sample } = {}) {
  if (fresh) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(path.join(root, 'client/sample'), folder, { recursive: true, force: false, errorOnExist: false });
  const at = (/** @type {string} */ name) => path.join(folder, name);

  // The base: a small Llama-like vocabulary of English with all of ASCII, where everything else falls to bytes.
  await unlessThere(at('tokenizers/base.model'), 'training the base tokenizer on the English text', async (file) => {
    const ascii = path.join(await mkdtemp(path.join(os.tmpdir(), 'bllossom-')), 'ascii.txt');
    await writeFile(ascii, Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join(' '));
    const inputs = ['--input', at('texts/en.txt'), '--input', ascii];
    await bllossom(folder, [
      ...train,
      ...inputs,
      '--size',
      '1024',
      '--coverage',
      '1',
      '--byte-fallback',
      '--out',
      file,
    ]);
    await rm(path.dirname(ascii), { recursive: true });
  });
  // The addition: Korean pieces alone, as KoBERT's vocabulary has them.
  await unlessThere(at('tokenizers/korean.model'), 'training the Korean tokenizer on the Korean text', (file) =>
    bllossom(folder, [...train, '--input', at('texts/ko.txt'), '--size', '1200', '--no-byte-fallback', '--out', file]),
  );
  const config = ['--config', at('model-config.json'), '--tokenizer', at('tokenizers/base.model')];
  await unlessThere(at('models/base'), 'making the base model, small and with random weights', (directory) =>
    bllossom(folder, ['model', 'init', ...config, '--seed', '42', '--out', directory]),
  );
  return folder;
}

/**
 * Makes a file or folder where there is none; a failure leaves nothing half made behind.
 * @param {string} place
 * @param {string} title
 * @param {(place: string) => Promise<unknown>} make
 */
async function unlessThere(place, title, make) {
  if (await stat(place).catch(() => undefined)) return;
  await mkdir(path.dirname(place), { recursive: true });
  await step(title, async () => {
    try {
      await make(place);
    } catch (error) {
      await rm(place, { recursive: true, force: true });
      throw error;
    }
  });
}

/** @param {string} folder @param {readonly string[]} args */
function bllossom(folder, args) {
  return run(process.execPath, [bundle, ...args], {
    cwd: folder,
    remedy: 'npm run build, then run the same command again',
  });
}

if (isMain(import.meta)) {
  await main(async () => {
    const folder = process.argv.slice(2).find((word) => !word.startsWith('--'));
    const fresh = process.argv.includes('--fresh');
    const made = await makeSample({ fresh, ...(folder === undefined ? {} : { folder: path.resolve(folder) }) });
    if (!(await stat(bundle).catch(() => undefined))) throw new StepError('nothing is built', 'npm run build');
    process.stdout.write(`the sample workspace is in ${made}\n`);
  });
}
