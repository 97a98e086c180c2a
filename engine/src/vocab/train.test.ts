import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../tokenizers/index.ts';
import { dice, english, korean, oddText, trained } from '../tokenizers/testing/models.ts';
import { oracleOf } from '../tokenizers/testing/oracle.ts';
import { PieceType } from '../tokenizers/tokenizer.ts';
import { unwrap } from '../base/problem.ts';
import { train, trainBpe, WordCounts } from './train.ts';

const counts = (lines: readonly string[]) => {
  const words = new WordCounts();
  for (const line of lines) words.add(line);
  return words;
};

describe('a trained vocabulary', () => {
  it('gives a vocabulary of the size asked for, laid out as SentencePiece does', () => {
    const { pieces, trainer, normalizer } = trained(english, { size: 400 });
    expect(pieces).toHaveLength(400);
    expect(pieces.slice(0, 3).map((p) => [p.piece, p.type])).toEqual([
      ['<unk>', PieceType.unknown],
      ['<s>', PieceType.control],
      ['</s>', PieceType.control],
    ]);
    expect(pieces.slice(3, 259).every((p) => p.type === PieceType.byte)).toBe(true);
    expect(pieces.slice(259).map((p) => p.score)).toEqual(pieces.slice(259).map((_, i) => (i === 0 ? 0 : -i)));
    expect(trainer).toMatchObject({ algorithm: 'bpe', byteFallback: true, vocabularySize: 400 });
    expect(normalizer).toMatchObject({ name: 'identity', addDummyPrefix: true, removeExtraWhitespaces: false });
  });

  it('merges the most frequent neighbours first', () => {
    // ▁ab 5 times, ▁abc 3 times: a+b 8, ▁+ab 8, ▁ab+c 3.
    const { pieces } = trained([...Array<string>(5).fill('ab'), ...Array<string>(3).fill('abc')], {
      size: 10,
      byteFallback: false,
    });
    expect(pieces.slice(3).map((p) => p.piece)).toEqual(['ab', '\u2581ab', '\u2581abc', 'a', 'b', '\u2581', 'c']);
  });

  it('has ▁ only in front, and never mixes scripts, nor letters with digits or signs, in a piece', () => {
    const { pieces } = trained([...english, ...korean], { size: 700 });
    for (const { piece, type } of pieces) {
      if (type !== PieceType.normal) continue;
      expect(piece.lastIndexOf('\u2581'), piece).toBeLessThanOrEqual(0);
      const kinds = [/\p{Script=Hangul}/u, /\p{Script=Latin}/u, /[\p{N}\p{P}\p{S}]/u];
      expect(kinds.filter((kind) => kind.test(piece.replace('\u2581', ''))).length, piece).toBeLessThanOrEqual(1);
      expect(Array.from(piece).length).toBeLessThanOrEqual(16);
    }
  });

  it.each(['bpe', 'unigram'] as const)('has the same bytes for the same texts in whatever order: %s', (type) => {
    const lines = [...english, ...korean];
    const again = trained([...lines].reverse(), { type, size: 450 });
    expect(Buffer.from(trained(lines, { type, size: 450 }).bytes).equals(again.bytes)).toBe(true);
  });

  it.each(['bpe', 'unigram'] as const)('says what its text costs: %s', (type) => {
    const lines = [...english, ...korean, 'A  B\t한', ' x '];
    const userDefined = ['price', '날씨'];
    const words = new WordCounts({ userDefined });
    for (const line of lines) words.add(line);
    const { model, report } = unwrap(
      train(words, { type, size: 410, coverage: 0.99, byteFallback: true, userDefined }, 'x'),
    );
    const tokenizer = createTokenizer(model);
    expect(report.tokens).toBe(lines.reduce((sum, line) => sum + tokenizer.count(line), 0));
    expect(report).toMatchObject({ lines: lines.length, broken: 0, forgotten: { words: 0, occurrences: 0 } });
    const characters = lines.map((line) => Array.from(line.replace(/price|날씨/g, '')).length + 1);
    expect(report.characters).toBe(characters.reduce((a, b) => a + b));
    expect(report.covered).toBeGreaterThanOrEqual(0.99);
    expect(report.covered).toBeLessThan(1);
  });

  it('takes over the rules of another model, and trains on what they leave', async () => {
    const normalizer = { ...trained(english, { size: 400 }).normalizer, removeExtraWhitespaces: true };
    const words = new WordCounts({ normalizer });
    const spaced = english.map((line) => `  ${line.replaceAll(' ', '   ')} `);
    for (const line of spaced) words.add(line);
    const model = unwrap(trainBpe(words, { size: 400, coverage: 1, byteFallback: true, normalizer }, 'x'));
    expect(model.pieces).toEqual(trained(english, { size: 400 }).pieces);
    const oracle = await oracleOf(model.bytes);
    const tokenizer = createTokenizer(model);
    for (const line of spaced) expect(Array.from(tokenizer.encode(line).ids)).toEqual(oracle.encode(line));
  });

  it.each([
    { size: 420, byteFallback: true },
    { size: 400, coverage: 0.98, byteFallback: true },
    { size: 250, byteFallback: false },
    { size: 420, splitDigits: true, longest: 5 },
    { size: 420, control: ['<sep>'], userDefined: ['price', '<|im|>', '날씨'] },
    { type: 'unigram' as const, size: 410, byteFallback: true },
    { type: 'unigram' as const, size: 400, coverage: 0.98, byteFallback: true },
    { type: 'unigram' as const, size: 150, byteFallback: false },
    { type: 'unigram' as const, size: 410, control: ['<sep>'], userDefined: ['price', '<|im|>', '날씨'] },
  ])('loads in SentencePiece with identical ids, %o', async (options) => {
    const model = trained([...english, ...korean].slice(0, 8), options);
    const oracle = await oracleOf(model.bytes);
    const tokenizer = createTokenizer(model);
    const random = dice(21);
    for (const text of [...english, ...korean, ...Array.from({ length: 300 }, () => oddText(random))]) {
      expect(Array.from(tokenizer.encode(text).ids), text).toEqual(oracle.encode(text));
    }
  });

  it('produces its longest pieces where their text stands', () => {
    const tokenizer = createTokenizer(trained(english, { size: 500 }));
    // Enough room: whole words are pieces.
    expect(tokenizer.encode('weather token').ids.length).toBeLessThanOrEqual(3);
  });

  it('leaves rare characters to bytes, never ▁', () => {
    const lines = ['aaaa aaaa aaaa aaaa 글'];
    const model = trained(lines, { size: 261, coverage: 0.9 });
    expect(model.ids.has('글')).toBe(false);
    expect(model.ids.has('\u2581')).toBe(true);
    const { ids } = createTokenizer(model).encode('글');
    expect(ids).toHaveLength(4);
  });

  it('refuses sizes that the text does not give, and says which it does', () => {
    const small = trainBpe(counts(english), { size: 100, coverage: 1, byteFallback: true }, 'x');
    expect(small).toMatchObject({ ok: false, problem: { where: { name: '--size' } } });
    const large = trainBpe(counts(['ab']), { size: 1000, coverage: 1, byteFallback: false }, 'x');
    // <unk> <s> </s>, ▁ a b, and two merges.
    expect(large).toMatchObject({
      ok: false,
      problem: { what: 'at most 8 pieces are possible with this text, not 1000' },
    });
    const few = train(counts(['ab']), { type: 'unigram', size: 1000, coverage: 1, byteFallback: false }, 'x');
    // <unk> <s> </s> and ▁ a b: nothing occurs twice.
    expect(few).toMatchObject({
      ok: false,
      problem: { what: 'at most 6 pieces are possible with this text, not 1000' },
    });
    const none = trainBpe(counts(['']), { size: 1000, coverage: 1, byteFallback: true }, 'x');
    expect(none).toMatchObject({ ok: false, problem: { what: 'there is no text to train on' } });
  });
});
