// Makes the sample workspace: the texts and specs of client/sample, two tokenizers trained on them, a small model.
// What a person has changed in it stays: only what is missing is added. `node scripts/sample.mjs [--fresh] [FOLDER]`
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bundle, root, sample } from './lib/places.mjs';
import { isMain, main, run, step, StepError } from './lib/steps.mjs';

/** @param {{ fresh?: boolean, folder?: string }} [options] */
export async function makeSample({ fresh = false, folder = sample } = {}) {
  if (fresh) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(path.join(root, 'client/sample'), folder, { recursive: true, force: false, errorOnExist: false });
  const at = (/** @type {string} */ name) => path.join(folder, name);

  // The base: a small Llama-like vocabulary of English with all of ASCII, where everything else falls to bytes.
  await unlessThere(at('tokenizers/base.model'), 'training the base tokenizer on the English text', (file) =>
    trainVocabulary(folder, {
      texts: ['texts/en.txt'],
      characters: Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)),
      more: ['--size', '1024', '--byte-fallback', '--out', file],
    }),
  );
  // The addition: Korean pieces alone, as KoBERT's vocabulary has them. The page to read gives its syllables, not its
  // words: what a vocabulary saves is to be seen on a text that it was not made from.
  await unlessThere(at('tokenizers/korean.model'), 'training the Korean tokenizer on the Korean text', async (file) =>
    trainVocabulary(folder, {
      texts: ['texts/ko.txt', 'instructions/instructions.ko.json'],
      characters: [...new Set((await readFile(at('reading.ko.md'), 'utf8')).replace(/\s/g, ''))],
      more: ['--size', '2000', '--no-byte-fallback', '--out', file],
    }),
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

/**
 * Trains a vocabulary on texts of the workspace that also has each of the given characters.
 * @param {string} folder
 * @param {{ texts: readonly string[], characters: readonly string[], more: readonly string[] }} options
 */
async function trainVocabulary(folder, { texts, characters, more }) {
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'bllossom-'));
  try {
    const alphabet = path.join(temporary, 'characters.txt');
    await writeFile(alphabet, `${characters.join(' ')}\n`);
    const inputs = [...texts.map((name) => path.join(folder, name)), alphabet].flatMap((file) => ['--input', file]);
    await bllossom(folder, ['vocab', 'train', '--type', 'bpe', '--coverage', '1', ...inputs, ...more]);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
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
