/**
 * Training a vocabulary: `bllossom vocab train` as a whole process against Debian's `spm_train` with the same options, its threads as
 * they are by default and a single one; and what lines that were kept out cost in both vocabularies.
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, parseModel } from '../../engine/src/tokenizers/index.ts';
import { hasShared, root, shared } from './places.ts';
import { type Ratio, ratioOf, type Section } from './section.ts';

const rounds = 3;
const sizes = [8000, 16000];
const types = ['bpe', 'unigram'];
const mostBytes = 10_000_000;
const coverage = '0.9995';

const run = promisify(execFile);

export async function bench(): Promise<Section> {
  const how =
    `wall time of whole processes, ${rounds} rounds, both in turn, the median ratio; ` +
    'tokens: theirs to ours, on every tenth line, which neither was trained on';
  if (!hasShared) return { how, ratios: [], skipped: ['everything: there is no ../shared/data'] };
  if (spawnSync('spm_train', ['--help']).error !== undefined) {
    return { how, ratios: [], skipped: ['everything: there is no spm_train (Debian: sentencepiece)'] };
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-'));
  try {
    await run(process.execPath, ['esbuild.mjs', '--engine', '--production', '--outdir', folder], { cwd: root });
    const ratios: Ratio[] = [];
    for (const [language, lines] of Object.entries({ Korean: await korean(), English: await english() })) {
      const text = path.join(folder, `${language}.txt`);
      const { training, heldOut } = split(lines);
      await writeFile(text, training.join('\n') + '\n');
      const megabytes = (Buffer.byteLength(training.join('\n')) / 1e6).toFixed(1);
      for (const type of types) {
        for (const size of sizes) {
          const what = `${language}, ${megabytes} MB, ${type}, ${size} pieces`;
          ratios.push(...(await measure(what, folder, text, type, size, heldOut)));
        }
      }
    }
    return { how, ratios, skipped: [] };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(
  what: string,
  folder: string,
  text: string,
  type: string,
  size: number,
  heldOut: readonly string[],
): Promise<Ratio[]> {
  const ours = path.join(folder, 'ours.model');
  const train = ['vocab', 'train', '--input', text, '--type', type, '--size', `${size}`, '--coverage', coverage];
  const theirs = path.join(folder, 'theirs');
  const options = [
    ...[`--input=${text}`, `--model_prefix=${theirs}`, `--model_type=${type}`, `--vocab_size=${size}`],
    ...[`--character_coverage=${coverage}`, '--byte_fallback=true', '--normalization_rule_name=identity'],
    ...['--remove_extra_whitespaces=false', '--max_sentence_length=1000000', '--minloglevel=2'],
  ];
  const byDefault: number[] = [];
  const single: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await rm(ours, { force: true });
    const a = await seconds(process.execPath, [path.join(folder, 'bllossom.cjs'), ...train, '--out', ours]);
    byDefault.push((await seconds('spm_train', options)) / a);
    if (size === sizes[0]) single.push((await seconds('spm_train', [...options, '--num_threads=1'])) / a);
  }
  const [mine, peers] = await Promise.all([ours, `${theirs}.model`].map((file) => tokens(file, heldOut)));
  return [
    ratioOf(what, 'spm_train 0.1.97', byDefault),
    ...(single.length === 0 ? [] : [ratioOf(what, 'spm_train 0.1.97 --num_threads=1', single)]),
    { ...ratioOf(`${what}, tokens`, 'spm_train 0.1.97', [1]), ...exactly(peers! / mine!) },
  ];
}

/** Token counts do not vary from round to round; four digits matter. */
function exactly(value: number): Pick<Ratio, 'ratio' | 'lowest' | 'highest'> {
  const ratio = Number(value.toFixed(5));
  return { ratio, lowest: ratio, highest: ratio };
}

async function seconds(command: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  await run(command, args, { maxBuffer: 1 << 28 });
  return (performance.now() - start) / 1000;
}

async function tokens(file: string, lines: readonly string[]): Promise<number> {
  const tokenizer = createTokenizer(unwrap(parseModel(await readFile(file), file)));
  return lines.reduce((sum, line) => sum + tokenizer.count(line), 0);
}

/** Every tenth line is kept out; of the others as many as make 10 MB. */
function split(lines: readonly string[]): { training: string[]; heldOut: string[] } {
  const training: string[] = [];
  const heldOut: string[] = [];
  let bytes = 0;
  for (const [i, line] of lines.entries()) {
    if (i % 10 === 9) heldOut.push(line);
    else if (bytes < mostBytes) {
      training.push(line);
      bytes += Buffer.byteLength(line) + 1;
    }
  }
  return { training, heldOut };
}

const corpus = (name: string): Promise<string> => readFile(path.join(shared, name), 'utf8');

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

async function korean(): Promise<string[]> {
  return linesOf(await corpus('corpora/nsmc.ko.txt'));
}

/** All the English there is: documentation, an encyclopedia, news, instructions. */
async function english(): Promise<string[]> {
  const documentation = linesOf(await corpus('corpora/python-docs.ko-en.jsonl')).flatMap((line) =>
    linesOf((JSON.parse(line) as { readonly en?: string }).en ?? ''),
  );
  const instructions = JSON.parse(await corpus('sft/lima.en.json')) as readonly Readonly<Record<string, unknown>>[];
  return [
    ...documentation,
    ...linesOf(await corpus('corpora/wiki.en.txt')),
    ...linesOf(await corpus('corpora/korean-english-park.dev.en')),
    ...instructions.flatMap((row) =>
      ['instruction', 'input', 'output'].flatMap((name) => (typeof row[name] === 'string' ? linesOf(row[name]) : [])),
    ),
  ];
}
