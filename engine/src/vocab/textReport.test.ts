/** Costs by script and proof of unchanged text, on figures counted by hand. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer, parseModel, PieceType } from '../tokenizers/index.ts';
import { dice, modelBytes, oddText } from '../tokenizers/testing/models.ts';
import { mergeVocabularies } from './merge.ts';
import { classNames, scriptsOfLine } from './scriptsOfText.ts';
import { compareTexts, TextComparison } from './textReport.ts';

const hasTrainer = spawnSync('spm_train', ['--version'], { stdio: 'ignore' }).error === undefined;
if (!hasTrainer) process.stderr.write('no spm_train: no base with normalisation rules is merged into\n');

const pieces = (list: readonly string[]) => list.map((piece, i) => [piece, -i] as const);
const base = unwrap(
  parseModel(
    modelBytes({
      algorithm: 'bpe',
      byteFallback: true,
      pieces: pieces(['th', 'the', '\u2581the', 't', 'h', 'e', '\u2581', '가', '1']),
    }),
    'base.model',
  ),
);
const addition = unwrap(
  parseModel(
    modelBytes({ algorithm: 'bpe', pieces: pieces(['\u2581나', '나가', '나', '가', '1가', '11', '◀', 'ht']) }),
    'addition.model',
  ),
);
const compare = (lines: readonly string[], recipe: 'ranked' | 'append' = 'ranked') => {
  const merged = unwrap(mergeVocabularies(base, addition, recipe, 'merged.model'));
  const comparison = new TextComparison(createTokenizer(base), createTokenizer(merged.model), merged.language.marks);
  for (const [i, line] of lines.entries()) comparison.add('a.txt', i + 1, line);
  return comparison.result(['a.txt']);
};

describe('costs by script', () => {
  it('count tokens for each letter and word', () => {
    // Before: ▁the · ▁ 나(3 bytes) 가. After: ▁the · ▁나 가.
    const text = compare(['the 나가']);
    expect(text).toMatchObject({ tokensBefore: 6, tokensAfter: 3, percent: 50, characters: 6, lines: 1 });
    expect(text.byScript).toEqual([
      {
        script: 'Hangul',
        letters: 2,
        words: 1,
        before: { tokens: 5, bytesShare: 3 / 5, perLetter: 2.5, perWord: 5 },
        after: { tokens: 2, bytesShare: 0, perLetter: 1, perWord: 2 },
      },
      {
        script: 'Latin',
        letters: 3,
        words: 1,
        before: { tokens: 1, bytesShare: 0, perLetter: 1 / 3, perWord: 1 },
        after: { tokens: 1, bytesShare: 0, perLetter: 1 / 3, perWord: 1 },
      },
    ]);
  });

  it('give digits and signs a row of their own, and leave nothing out', () => {
    const random = dice(5);
    const lines = ['11 가 the1', '', '   ', ...Array.from({ length: 200 }, () => oddText(random))];
    const text = compare(lines);
    for (const side of ['before', 'after'] as const) {
      const sum = text.byScript.reduce((total, row) => total + row[side].tokens, 0);
      expect(sum).toBe(side === 'before' ? text.tokensBefore : text.tokensAfter);
    }
    expect(text.byScript.find(({ script }) => script === 'other')?.letters).toBe(0);
  });
});

describe('letters', () => {
  const letters = (line: string): Record<string, number> =>
    Object.fromEntries(Array.from(scriptsOfLine(line).letters, ([i, count]) => [classNames[i]!, count] as const));

  it('are syllables of Hangul, composed or not, and no marks', () => {
    expect(letters('한글')).toEqual({ Hangul: 2 });
    expect(letters('한글'.normalize('NFD'))).toEqual({ Hangul: 2 });
    expect(letters('é'.normalize('NFD'))).toEqual({ Latin: 1 });
    expect(letters('की')).toEqual({ Devanagari: 1 });
    expect(letters('コーヒー漢')).toEqual({ Han: 3 });
    expect(letters('12 + 3')).toEqual({});
  });

  it('make words of the script that most of theirs have', () => {
    const { words, wordClasses } = scriptsOfLine('Python은 \t12 한글-a');
    expect(wordClasses.map((i) => classNames[i])).toEqual(['Latin', 'other', 'Hangul']);
    expect(Array.from(words.slice(6, 11))).toEqual([0, -1, -1, 1, 1]);
  });
});

describe('the proof', () => {
  it('compares what bears no mark of the new language', () => {
    expect(compare(['the', '', 'the 나', '11']).proof).toMatchObject({
      lines: 3,
      newLanguage: 1,
      unchanged: 2,
      changed: 0,
      examples: [],
    });
  });

  it('tells new characters from other changes', () => {
    expect(compare(['the ◀ the']).proof).toMatchObject({
      changed: 1,
      changedByNewCharacters: 1,
      examples: [{ file: 'a.txt', line: 1, text: '◀', before: ['<0xE2>', '<0x97>', '<0x80>'], after: ['◀'] }],
    });
    expect(compare(['the', '◀', 'e11e'], 'append').proof).toMatchObject({
      changed: 2,
      changedByNewCharacters: 1,
      examples: [{ line: 3, text: '11', before: ['1', '1'], after: ['11'], byNewCharacters: false }],
    });
  });
});

describe('what a merge reports', () => {
  const { report } = unwrap(mergeVocabularies(base, addition, 'ranked', 'merged.model'));

  it('says why pieces are not reached', () => {
    expect(report.unreachableBecause).toEqual([
      { reason: 'heldBack', count: 2, pieces: [{ piece: '11' }, { piece: 'ht' }] },
    ]);
    expect(report.newPiecesByScript).toEqual([
      { script: 'Hangul', pieces: 4, singleCharacters: 2, reachable: 4 },
      { script: 'digits', pieces: 1, singleCharacters: 0, reachable: 0 },
      { script: 'signs', pieces: 1, singleCharacters: 1, reachable: 1 },
      { script: 'Latin', pieces: 1, singleCharacters: 0, reachable: 0 },
    ]);
    expect(report.newPieceKinds).toEqual({ singleCharacter: 2, severalCharacters: 5, withDigits: 2, withLatin: 1 });
  });

  it('says which strings lack on the way to a piece, or which merges come first', () => {
    const more = unwrap(
      parseModel(
        modelBytes({ algorithm: 'bpe', pieces: pieces(['나다라', '다마', '마바', '마바사', '다마바사']) }),
        'more',
      ),
    );
    const because = unwrap(mergeVocabularies(base, more, 'ranked', 'm')).report.unreachableBecause;
    const bytes = (text: string) => Array.from(Buffer.from(text), (byte) => `<0x${byte.toString(16).toUpperCase()}>`);
    expect(because).toEqual([
      {
        reason: 'noMerges',
        count: 1,
        pieces: [{ piece: '나다라', spelled: bytes('나다라'), missing: ['나다'] }],
      },
      // By 마바 and 마바사; but 다마 comes first.
      { reason: 'outranked', count: 1, pieces: [{ piece: '다마바사', spelled: ['다마', ...bytes('바사')] }] },
    ]);
  });

  it('says what the two disagree on', () => {
    expect(report.rules).toEqual([{ rule: 'byte_fallback', base: true, addition: false }]);
    expect(report.specialTokens).toEqual([
      { role: 'unk', base: { piece: '<unk>', id: 0 }, addition: { piece: '<unk>', id: 0 } },
      { role: 'bos', base: { piece: '<s>', id: 1 }, addition: { piece: '<s>', id: 1 } },
      { role: 'eos', base: { piece: '</s>', id: 2 }, addition: { piece: '</s>', id: 2 } },
      { role: 'pad', base: null, addition: null },
    ]);
    const spaced = unwrap(
      parseModel(
        modelBytes({
          algorithm: 'unigram',
          removeExtraWhitespaces: true,
          pieces: [['<pad>', 0, PieceType.control], ['나', -1]],
        }), // prettier-ignore
        'spaced.model',
      ),
    );
    const other = unwrap(mergeVocabularies(base, spaced, 'ranked', 'merged.model')).report;
    expect(other.rules.map(({ rule }) => rule)).toEqual(['model_type', 'remove_extra_whitespaces', 'byte_fallback']);
    expect(other.normalizerExamples).toEqual([
      { what: 'two spaces', text: 'a  b', base: 'a  b', addition: 'a b' },
      { what: 'space at the ends', text: ' a ', base: ' a ', addition: 'a' },
    ]);
    expect(other.specialTokens.at(-1)).toEqual({ role: 'pad', base: null, addition: { piece: '<pad>', id: 3 } });
  });

  it('takes a piece that spaces elsewhere in a text bring as reached', () => {
    const tight = unwrap(
      parseModel(
        modelBytes({
          algorithm: 'bpe',
          byteFallback: true,
          removeExtraWhitespaces: true,
          pieces: pieces(['\u2581', 'a']),
        }),
        'tight.model',
      ),
    );
    const more = unwrap(
      parseModel(modelBytes({ algorithm: 'bpe', pieces: pieces(['\u2581나', '나\u2581', '나']) }), 'more.model'),
    );
    expect(unwrap(mergeVocabularies(tight, more, 'ranked', 'm')).report.unreachable).toEqual([]);
  });

  it.runIf(hasTrainer)('finds pieces that the base’s normaliser never lets through', () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'nfkc-'));
    writeFileSync(path.join(folder, 'text'), 'the weather was fine this morning\n'.repeat(20));
    const options = ['--model_type=bpe', '--vocab_size=40', '--normalization_rule_name=nmt_nfkc'];
    spawnSync('spm_train', ['--input=text', '--model_prefix=nfkc', ...options], { cwd: folder });
    const nfkc = unwrap(parseModel(readFileSync(path.join(folder, 'nfkc.model')), 'nfkc.model'));
    rmSync(folder, { recursive: true });
    const more = unwrap(
      parseModel(modelBytes({ algorithm: 'bpe', pieces: pieces(['가', '\uff21가', '가\u2460', '가1']) }), 'more.model'),
    );
    const { report: found } = unwrap(mergeVocabularies(nfkc, more, 'ranked', 'm'));
    expect(found.unreachableBecause).toEqual([
      { reason: 'normalizer', count: 2, pieces: [{ piece: '\uff21가' }, { piece: '가\u2460' }] },
    ]);
    expect(found.normalizerExamples).toContainEqual({
      what: 'full-width letters',
      text: '\uff21\uff22\uff23\uff11',
      base: 'ABC1',
      addition: '\uff21\uff22\uff23\uff11',
    });
  });

  it('says where the pieces as written give the same ids', () => {
    const libraries = (recipe: 'ranked' | 'append' | 'greedy' | 'closed') =>
      unwrap(mergeVocabularies(base, addition, recipe, 'm')).report.loadable.map(({ sameIds, because }) => [
        sameIds,
        ...because.map(({ fact, pieces }) => `${fact} ${pieces}`),
      ]);
    // Held back: 11 of 1 and 1, ht of h and t.
    expect(libraries('ranked')).toEqual([[true], [true, 'tokenizerJson 2'], [false, 'heldBack 2']]);
    expect(libraries('append')).toEqual([[true], [false, 'ties 5'], [true]]);
    expect(libraries('greedy')).toEqual([[true], [false, 'userDefined 4'], [false, 'userDefined 4', 'heldBack 2']]);
  });

  it('rounds the size up', () => {
    const size = report.union;
    expect(report.roundedSizes).toEqual([
      { multiple: 64, size: 320, padding: 320 - size },
      { multiple: 128, size: 384, padding: 384 - size },
    ]);
  });
});

describe('files', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'texts-'));
  afterAll(() => rm(folder, { recursive: true }));

  it('are read one after the other, gzipped or not, and can be stopped', async () => {
    const [plain, packed] = ['a.txt', 'b.txt.gz'].map((name) => path.join(folder, name));
    await writeFile(plain!, 'the\n◀\n');
    await writeFile(packed!, gzipSync('나\n\n◀◀'));
    const merged = unwrap(mergeVocabularies(base, addition, 'ranked', 'm'));
    const comparison = () =>
      new TextComparison(createTokenizer(base), createTokenizer(merged.model), merged.language.marks);
    const fractions: number[] = [];
    const text = await compareTexts([plain!, packed!], comparison(), {
      onProgress: ({ fraction }) => fractions.push(fraction!),
    });
    expect(text).toMatchObject({ lines: 5, proof: { lines: 4, newLanguage: 1, changed: 2 } });
    expect(text.proof.examples.map(({ file, line }) => [path.basename(file), line])).toEqual([
      ['a.txt', 2],
      ['b.txt.gz', 3],
    ]);
    expect(fractions.at(-1)).toBe(1);
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(compareTexts([plain!], comparison(), { signal: stop.signal })).rejects.toThrow('stopped');
  });
});
