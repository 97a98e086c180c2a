/**
 * A longer proof: vocabularies trained on megabytes of Korean and English load in SentencePiece with our encoder's ids, on what they
 * were trained on and on what was kept out, cost there no more tokens than `spm_train`'s, and their report is what the text costs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, parseModel, type SentencePieceModel } from '../../engine/src/tokenizers/index.ts';
import { oracleOf } from '../../engine/src/tokenizers/testing/oracle.ts';
import { wellFormed } from '../../engine/src/tokenizers/unicode.ts';
import { train, WordCounts } from '../../engine/src/vocab/train.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data/corpora');
const hasShared = existsSync(shared);
if (!hasShared) process.stderr.write('no ../shared/data: no vocabulary is trained on its corpora\n');
const installed = spawnSync('spm_train', ['--help']).error === undefined;
if (!installed) process.stderr.write('no spm_train: trained vocabularies are not compared with its\n');

/** BPE makes the same choices as its peer; which of equally frequent pairs comes first is chance. */
const tolerance = 1.0005;

const linesOf = (name: string): string[] => {
  const text = readFileSync(path.join(shared, name), 'utf8');
  const lines = name.endsWith('.jsonl')
    ? text
        .split('\n')
        .filter((line) => line !== '')
        .flatMap((line) => (JSON.parse(line) as { en: string }).en.split('\n'))
    : text.split('\n');
  return lines.map(wellFormed).filter((line) => line.trim() !== '');
};

describe.runIf(hasShared)('vocabularies of real corpora', () => {
  describe.each([
    ['Korean', ['nsmc.ko.txt']],
    ['English', ['python-docs.ko-en.jsonl', 'wiki.en.txt']],
  ])('%s', (_language, files) => {
    // Tests are collected, though not run, also where the texts are absent.
    const lines = hasShared ? files.flatMap(linesOf) : [];
    const training = lines.filter((_, i) => i % 10 !== 9);
    const heldOut = lines.filter((_, i) => i % 10 === 9);
    it.each([
      ['bpe', 8000],
      ['unigram', 8000],
      ['bpe', 16_000],
      ['unigram', 16_000],
    ] as const)('%s, %i pieces', { timeout: 600_000 }, async (type, size) => {
      const words = new WordCounts();
      for (const line of training) words.add(line);
      const { model, report } = unwrap(
        train(words, { type, size, coverage: 0.9995, byteFallback: true }, 'ours.model'),
      );
      expect(model.pieces).toHaveLength(size);
      const tokenizer = createTokenizer(model);
      const oracle = await oracleOf(model.bytes);
      let tokens = 0;
      for (const [i, line] of training.entries()) {
        const { ids } = tokenizer.encode(line);
        tokens += ids.length;
        if (i % 10 === 0) same(ids, oracle.encode(line), line);
      }
      expect(tokens).toBe(report.tokens);
      for (const line of heldOut) same(tokenizer.encode(line).ids, oracle.encode(line), line);
      if (installed) {
        const ratio = cost(model, heldOut) / cost(peerOf(training, type, size), heldOut);
        process.stderr.write(`${files[0]}, ${type}, ${size}: ${ratio.toFixed(4)} of spm_train's tokens\n`);
        expect(ratio).toBeLessThan(tolerance);
      }
    });
  });
});

function same(ids: ArrayLike<number>, expected: readonly number[], line: string): void {
  const ours = Array.from(ids);
  if (ours.join(' ') !== expected.join(' ')) expect(ours, JSON.stringify(line)).toEqual(expected);
}

function cost(model: SentencePieceModel, lines: readonly string[]): number {
  const tokenizer = createTokenizer(model);
  return lines.reduce((sum, line) => sum + tokenizer.count(line), 0);
}

function peerOf(lines: readonly string[], type: string, size: number): SentencePieceModel {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'peer-'));
  try {
    const input = path.join(folder, 'text.txt');
    writeFileSync(input, lines.join('\n'));
    const done = spawnSync('spm_train', [
      ...[`--input=${input}`, `--model_prefix=${folder}/peer`, `--model_type=${type}`, `--vocab_size=${size}`],
      ...['--character_coverage=0.9995', '--byte_fallback=true', '--normalization_rule_name=identity'],
      ...['--remove_extra_whitespaces=false', '--max_sentence_length=1000000', '--minloglevel=2'],
    ]);
    expect(done.status, String(done.stderr)).toBe(0);
    return unwrap(parseModel(readFileSync(path.join(folder, 'peer.model')), 'peer.model'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
