import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import type { ByteLevelModel } from '../tokenizers/byteLevelModel.ts';
import { createTokenizer } from '../tokenizers/modelFile.ts';
import { type ByteLevelRecipe, byteLevelJson, jsonBytes } from '../tokenizers/testing/byteLevel.ts';
import { huggingFace } from '../tokenizers/testing/huggingFace.ts';
import { english, korean, modelBytes, trained } from '../tokenizers/testing/models.ts';
import { parseModel } from '../tokenizers/sentencePieceModel.ts';
import { parseTokenizerJson } from '../tokenizers/tokenizerJson.ts';
import { mergeByteLevel } from './mergeByteLevel.ts';

const model = (recipe: ByteLevelRecipe, file = 'base.json'): ByteLevelModel =>
  unwrap(parseTokenizerJson(jsonBytes(byteLevelJson(recipe)), file));
const special = Array.from({ length: 20 }, (_, i) => ({ content: `<|reserved_${i}|>` }));
const base = model({
  lines: [...english, ...english, ...english, '12'],
  merges: 250,
  added: [{ content: '<|begin_of_text|>' }, { content: '<|end_of_text|>' }, ...special],
});
const addition = trained([...korean, ...korean, 'The price of 2023. 값이 3.14달러'], {
  size: 200,
  byteFallback: false,
});
const texts = [
  ...english,
  ...korean,
  "  Tabs\tand 12345 '햄버거를 먹는 공룡' <|end_of_text|> don't\n\n ",
  'ㄱ가각갂 각 漢字 🥨',
];
const byMerges = (recipe: 'ranked' | 'closed') => unwrap(mergeByteLevel(base, addition, recipe, 'merged.json'));

describe.each(['ranked', 'closed'] as const)('a byte-level vocabulary merged by %s', (recipe) => {
  const { model: merged, report } = byMerges(recipe);
  const [before, after] = [createTokenizer(base), createTokenizer(merged)];

  it('keeps every id of the base, special tokens too, and puts the addition behind in its order', () => {
    expect(merged.pieces.slice(0, base.pieces.length).map((p) => p.piece)).toEqual(base.pieces.map((p) => p.piece));
    expect([after.bosId, after.eosId]).toEqual([before.bosId, before.eosId]);
    const added = merged.pieces.slice(base.pieces.length, base.pieces.length + report.added);
    const readable = added.map((_, i) => after.textOf(base.pieces.length + i)!.replaceAll(' ', '▁'));
    expect(addition.pieces.map(({ piece }) => piece).filter((piece) => readable.includes(piece))).toEqual(readable);
    expect(report.added + report.shared + report.skipped.length).toBe(addition.pieces.length);
    expect(report.union).toBe(merged.pieces.length);
    expect(report.intermediates > 0).toBe(recipe === 'closed');
  });

  it('leaves texts of the base as they were, and takes fewer tokens for the new language where it may add what is on the way', () => {
    for (const text of english) expect(after.encode(text).ids).toEqual(before.encode(text).ids);
    for (const text of korean) {
      expect(after.count(text)).toBeLessThanOrEqual(before.count(text) / (recipe === 'closed' ? 1.5 : 1));
      expect(after.decode(after.encode(text).ids)).toBe(text);
    }
  });

  it('has the same ids in the library that its file is for', async () => {
    const json = Buffer.from(merged.bytes).toString('utf8');
    const library = huggingFace(json);
    const expected = texts.map((text) => Array.from(after.encode(text).ids));
    expect(await library.encode(texts)).toEqual(expected);
    for (const [i, text] of texts.entries()) expect(library.encodeByJavaScript(text)).toEqual(expected[i]);
  });

  it('tells which pieces no text is encoded to, and why', () => {
    const unreachable = new Set(report.unreachable);
    let reached = 0;
    for (const { piece, type } of addition.pieces) {
      const text = piece.replaceAll('▁', ' ');
      const { ids } = after.encode(text);
      const id = ids.length === 1 ? ids[0]! : -1;
      if (type !== 1 || (id >= 0 && id < base.pieces.length)) continue;
      expect([piece, id < 0]).toEqual([piece, unreachable.has(piece)]);
      if (id >= 0) reached++;
    }
    expect(reached).toBe(report.reachable);
    expect(report.unreachableBecause.find(({ reason }) => reason === 'heldBack')?.count).toBeGreaterThan(0);
    // In closed, only what the pre-tokenizer or the recipe forbids, or shares its first bytes with other scripts.
    if (recipe === 'closed') expect(report.unreachableBecause.some(({ reason }) => reason === 'noMerges')).toBe(false);
    expect(report.script).toBe('Hangul');
  });
});

it('reaches what the base would cut nowhere, and says so of the rest', () => {
  const pieces = ['은.', '값', '값은', '▁값'].map((piece, i) => [piece, -i] as const);
  const odd = unwrap(parseModel(modelBytes({ algorithm: 'bpe', pieces }), 'odd.model'));
  const { report } = unwrap(mergeByteLevel(base, odd, 'closed', 'm.json'));
  expect(report.unreachableBecause).toMatchObject([{ reason: 'preTokenizer', count: 1, pieces: [{ piece: '은.' }] }]);
  expect(report.unreachableBecause[0]!.pieces[0]!.spelled!.length).toBeGreaterThan(1);
});

it('merges another byte-level vocabulary, and holds back words where they are taken as they stand', async () => {
  const whole = model({ lines: [...english, ...english], merges: 150, ignoreMerges: true, mergesAsText: true });
  const other = model(
    { lines: [...korean, ...korean, 'price price prices'], merges: 200, ignoreMerges: true },
    'other.json',
  );
  const { model: merged, report } = unwrap(mergeByteLevel(whole, other, 'ranked', 'm.json'));
  const [before, after] = [createTokenizer(whole), createTokenizer(merged)];
  for (const text of [...english, 'price prices']) expect(after.encode(text).ids).toEqual(before.encode(text).ids);
  expect(report.skipped).toEqual([]);
  const library = huggingFace(Buffer.from(merged.bytes).toString('utf8'));
  expect(await library.encode(texts)).toEqual(texts.map((text) => Array.from(after.encode(text).ids)));
  expect(unwrap(mergeByteLevel(merged, other, 'ranked', 'again.json')).report.added).toBeLessThan(report.added);
});

it('refuses the recipes that set scores', () => {
  const refused = mergeByteLevel(base, addition, 'append', 'm.json');
  expect(refused.ok || refused.problem.what).toContain('append is for SentencePiece');
});
