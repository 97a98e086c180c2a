/**
 * A longer proof: ids and spans of real corpora and of hostile texts, line by line as SentencePiece has them; under Llama 2,
 * KoBERT, all that is merged of them, and small models that spm_train makes with other options. The oracles are
 * sentencepiece-js (ids) and, where it is installed, Debian's python3-sentencepiece (ids and spans).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, type Encoding, parseModel } from '../../engine/src/tokenizers/index.ts';
import { hostileText, hugeTexts } from '../../engine/src/tokenizers/testing/hostile.ts';
import { dice, english, korean } from '../../engine/src/tokenizers/testing/models.ts';
import { hasNativeOracle, nativeEncodings } from '../../engine/src/tokenizers/testing/nativeOracle.ts';
import { oracleOf } from '../../engine/src/tokenizers/testing/oracle.ts';
import { wellFormed } from '../../engine/src/tokenizers/unicode.ts';
import { hasShared, realModels, shared } from './realModels.ts';

const hasTrainer = spawnSync('spm_train', ['--version'], { stdio: 'ignore' }).error === undefined;
if (!hasShared) process.stderr.write('no ../shared/data: corpora and the real vocabularies are not compared\n');
if (!hasTrainer) process.stderr.write('no spm_train: models with other options are not compared\n');
if (!hasNativeOracle) process.stderr.write('no python3-sentencepiece: spans are not compared\n');

const timeout = 3_600_000;

function corpusLines(): string[] {
  const read = (name: string) =>
    readFileSync(path.join(shared, 'corpora', name), 'utf8')
      .trimEnd()
      .split('\n');
  const wiki = read('wiki.en.txt');
  const documents = read('python-docs.ko-en.jsonl').flatMap((line) => {
    const { ko, en } = JSON.parse(line) as { ko: string; en: string };
    return [ko, en];
  });
  return [
    ...read('nsmc.ko.txt').slice(0, 45_000),
    ...documents,
    ...wiki,
    ...wiki.flatMap((article) => article.split(/(?<=\. )/)),
    ...read('korean-english-park.dev.ko'),
    ...read('korean-english-park.dev.en'),
  ].map(wellFormed);
}

const random = dice(11);
const hostile = Array.from({ length: 20_000 }, () => hostileText(random));

const equal = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** All lines under a model; the differences are told by their texts. */
async function compare(model: Uint8Array, lines: readonly string[]): Promise<void> {
  const tokenizer = createTokenizer(unwrap(parseModel(model, 'compared.model')));
  const oracle = await oracleOf(model);
  const differences: { text: string; own: unknown; theirs: unknown }[] = [];
  const differ = (text: string, own: unknown, theirs: unknown) => {
    if (differences.length < 5) differences.push({ text: text.slice(0, 2000), own, theirs });
  };
  const own: Encoding[] = lines.map((line) => tokenizer.encode(line));
  for (const [i, line] of lines.entries()) {
    const theirs = oracle.encode(line);
    if (!equal(own[i]!.ids, theirs)) differ(line, [...own[i]!.ids].slice(0, 500), theirs.slice(0, 500));
    if (tokenizer.count(line) !== own[i]!.ids.length) differ(line, tokenizer.count(line), own[i]!.ids.length);
  }
  if (hasNativeOracle) {
    for (const [i, theirs] of nativeEncodings(model, lines).entries()) {
      for (const column of ['ids', 'starts', 'ends'] as const) {
        if (equal(own[i]![column], theirs[column])) continue;
        differ(lines[i]!, { [column]: [...own[i]![column]].slice(0, 500) }, [...theirs[column]].slice(0, 500));
      }
    }
  }
  expect(differences).toEqual([]);
}

describe.runIf(hasShared)('the real vocabularies', () => {
  it.each(Object.keys(realModels))('%s: 100,000 lines of both languages', { timeout }, async (name) => {
    const lines = corpusLines();
    expect(lines.length).toBeGreaterThan(100_000);
    await compare(realModels[name]!(), lines);
  });
  it.each(Object.keys(realModels))('%s: hostile texts', { timeout }, async (name) => {
    await compare(realModels[name]!(), hostile);
  });
  it.each(Object.keys(realModels))('%s: huge texts', { timeout }, async (name) => {
    await compare(realModels[name]!(), hugeTexts(dice(12), 1_000_000));
  });
});

describe.runIf(hasTrainer)('models with other options', () => {
  const symbols = '--user_defined_symbols=<sep>,한국,the,▁of,ab';
  const control = '--control_symbols=<ctl>,[MASK]';
  const variants: Record<string, string[]> = {
    'BPE, nmt_nfkc, byte fallback': ['bpe', '--normalization_rule_name=nmt_nfkc', '--byte_fallback'],
    'BPE, nfkc_cf, split digits, symbols': [
      'bpe',
      '--normalization_rule_name=nfkc_cf',
      '--split_digits',
      symbols,
      control,
    ],
    'BPE, identity, bare': [
      'bpe',
      '--normalization_rule_name=identity',
      '--add_dummy_prefix=false',
      '--remove_extra_whitespaces=false',
    ],
    'BPE, whitespace as suffix': ['bpe', '--treat_whitespace_as_suffix', symbols],
    'BPE, across spaces': ['bpe', '--split_by_whitespace=false', '--byte_fallback', '--remove_extra_whitespaces=false'],
    'unigram, nmt_nfkc, symbols': ['unigram', symbols, control],
    'unigram, nmt_nfkc_cf, byte fallback': ['unigram', '--normalization_rule_name=nmt_nfkc_cf', '--byte_fallback'],
    'unigram, identity, bare': [
      'unigram',
      '--normalization_rule_name=identity',
      '--add_dummy_prefix=false',
      '--remove_extra_whitespaces=false',
      '--byte_fallback',
    ],
    'unigram, nfkc, whitespace as suffix': [
      'unigram',
      '--normalization_rule_name=nfkc',
      '--treat_whitespace_as_suffix',
    ],
    'unigram, across spaces': ['unigram', '--split_by_whitespace=false', '--remove_extra_whitespaces=false', symbols],
  };
  const text = hasShared
    ? corpusLines().filter((line, i) => i % 60 === 0 && line.length < 1000)
    : [...english, ...korean];

  function train([type, ...options]: readonly string[]): Uint8Array {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'trained-'));
    try {
      const input = path.join(folder, 'input.txt');
      writeFileSync(input, text.join('\n'));
      const size = hasShared ? 2500 : type === 'bpe' ? 420 : 200;
      const run = spawnSync(
        'spm_train',
        [
          `--input=${input}`,
          `--model_prefix=${path.join(folder, 'm')}`,
          `--model_type=${type!}`,
          `--vocab_size=${size}`,
          '--hard_vocab_limit=false',
          '--num_threads=2',
          '--character_coverage=0.995',
          ...options,
        ],
        { encoding: 'utf8' },
      );
      if (run.status !== 0) throw new Error(run.stderr.slice(-2000));
      return readFileSync(path.join(folder, 'm.model'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it.each(Object.keys(variants))('%s', { timeout }, async (name) => {
    const lines = hasShared ? corpusLines().filter((_, i) => i % 10 === 0) : [...english, ...korean];
    await compare(train(variants[name]!), [...lines, ...hostile, ...hugeTexts(dice(13), 100_000)]);
  });
});
