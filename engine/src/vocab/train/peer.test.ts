/** The trainers beside SentencePiece's own, `spm_train`, where it is installed: fewer tokens or as many, but for a tolerance. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { createTokenizer, parseModel } from '../../tokenizers/index.ts';
import { PieceType } from '../../tokenizers/tokenizer.ts';
import { train, WordCounts } from '../train.ts';

const installed = spawnSync('spm_train', ['--help']).error === undefined;
if (!installed) process.stderr.write('no spm_train: trained vocabularies are not compared with its\n');

const texts = path.resolve(import.meta.dirname, '../../../../client/sample/texts');
/** On texts this small a handful of pieces decides; longer ones are compared in test/full. */
const tolerance = 1.02;

describe.runIf(installed)('beside spm_train', () => {
  it.each([
    ['bpe', 'en.txt', 700],
    ['bpe', 'ko.txt', 1000],
    ['unigram', 'en.txt', 700],
    ['unigram', 'ko.txt', 1000],
  ] as const)('a %s vocabulary of %s needs no more tokens', (type, name, size) => {
    const lines = readFileSync(path.join(texts, name), 'utf8').split('\n');
    const heldOut = lines.filter((_, i) => i % 5 === 4);
    const training = lines.filter((_, i) => i % 5 !== 4);
    const folder = mkdtempSync(path.join(os.tmpdir(), 'peer-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const input = path.join(folder, 'text.txt');
    writeFileSync(input, training.join('\n'));
    const prefix = path.join(folder, 'peer');
    const options = {
      ...{ input, model_prefix: prefix, model_type: type, vocab_size: size, character_coverage: 1 },
      ...{ byte_fallback: true, normalization_rule_name: 'identity', remove_extra_whitespaces: false },
    };
    const done = spawnSync('spm_train', Object.entries(options).map(([key, value]) => `--${key}=${value}`)); // prettier-ignore
    expect(done.status, String(done.stderr)).toBe(0);
    const theirs = unwrap(parseModel(readFileSync(`${prefix}.model`), 'peer.model'));

    const words = new WordCounts();
    for (const line of training) words.add(line);
    const ours = unwrap(train(words, { type, size, coverage: 1, byteFallback: true }, 'ours.model')).model;
    // The same special pieces, and the same single characters.
    const alphabet = (model: typeof ours) =>
      model.pieces.filter((p) => p.type === PieceType.normal && Array.from(p.piece).length === 1).map((p) => p.piece);
    expect(ours.pieces.slice(0, 259)).toEqual(theirs.pieces.slice(0, 259));
    expect(alphabet(ours).sort()).toEqual(alphabet(theirs).sort());
    for (const text of [training, heldOut]) {
      const [a, b] = [ours, theirs].map((model) => {
        const tokenizer = createTokenizer(model);
        return text.reduce((sum, line) => sum + tokenizer.count(line), 0);
      });
      expect(a! / b!).toBeLessThan(tolerance);
    }
  });
});
