/**
 * Texts under edit where a part depends on what stands before it: normalised texts, and unigram models, whose sums round
 * otherwise wherever they start. Scores are large, so that short texts have the sums of long ones, and of few bits, so that
 * many sums fall in the middle between two float32 numbers.
 */
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { createTokenizer, parseModel, TokenizedText, TriedChunks } from './index.ts';
import { ScoreSums } from './scoreSums.ts';
import { compiledRules, someRules } from './testing/charsmaps.ts';
import { hostileText } from './testing/hostile.ts';
import { dice, modelBytes, oddText, type Recipe } from './testing/models.ts';
import { PieceType, type Tokenizer } from './tokenizer.ts';

const random = dice(21);
const charsmap = compiledRules(someRules);
const singles = Array.from('\u2581abehint한국어글0.,é하X1');
const words = [
  '\u2581the',
  'the',
  'ing',
  'aa',
  'aaaa',
  '\u2581a',
  '한국',
  '국어',
  '한국어',
  '\u2581한국',
  '.,',
  'é한',
  'ab\u2581',
];

/** Pieces with scores of `bits` bits behind the point, around -`size`. */
const unigramPieces = (size: number, bits: number): Recipe['pieces'] =>
  [...words, ...singles].map((piece) => {
    const score = -size * (0.5 + random(1000) / 1000) * (piece.length > 1 ? 1.2 : 1);
    return [piece, Math.fround(Math.round(score * 2 ** bits) / 2 ** bits)] as const;
  });

const bpePieces: Recipe['pieces'] = [
  ...singles.map((piece, i) => [piece, -100 - i] as const),
  ...words.map((piece, i) => [piece, -i] as const),
  ['th', -20],
  ['he', -21],
  ['in', -22],
];

const userDefined: Recipe['pieces'] = [
  ['한글', -3, PieceType.userDefined],
  ['e\u0301a', -3, PieceType.userDefined],
  [' .', -3, PieceType.userDefined],
  ['ﬁ', -3, PieceType.userDefined],
];

const recipes: Record<string, Recipe> = {
  'unigram, normalised': { algorithm: 'unigram', pieces: unigramPieces(7, 20), charsmap, removeExtraWhitespaces: true },
  'unigram, large sums': { algorithm: 'unigram', pieces: unigramPieces(900, 6), removeExtraWhitespaces: true },
  'unigram, larger sums': { algorithm: 'unigram', pieces: unigramPieces(9000, 3), charsmap, byteFallback: true },
  'unigram, scores of all sizes': {
    algorithm: 'unigram',
    pieces: unigramPieces(40, 10).map(([piece], i) => [piece, Math.fround(-(10 ** ((i % 9) - 3)))] as const),
    charsmap,
    removeExtraWhitespaces: true,
    whitespaceAsSuffix: true,
  },
  'unigram, user-defined pieces': {
    algorithm: 'unigram',
    pieces: [...unigramPieces(70, 8), ...userDefined],
    charsmap,
    removeExtraWhitespaces: true,
  },
  'BPE, normalised': {
    algorithm: 'bpe',
    pieces: bpePieces,
    charsmap,
    removeExtraWhitespaces: true,
    byteFallback: true,
  },
  'BPE, normalised, unknown characters': {
    algorithm: 'bpe',
    pieces: bpePieces,
    charsmap,
    removeExtraWhitespaces: true,
  },
  'BPE, normalised, suffix, user-defined pieces': {
    algorithm: 'bpe',
    pieces: [...bpePieces, ...userDefined],
    charsmap,
    removeExtraWhitespaces: true,
    whitespaceAsSuffix: true,
  },
  'BPE, spaces kept': { algorithm: 'bpe', pieces: bpePieces, charsmap, byteFallback: true, addDummyPrefix: false },
};

const create = (recipe: Recipe): Tokenizer => createTokenizer(unwrap(parseModel(modelBytes(recipe), 'test.model')));

function someText(): string {
  const kind = random(4);
  if (kind === 0) return hostileText(random);
  if (kind === 1) return oddText(random);
  return Array.from({ length: 1 + random(12) }, () => words[random(words.length)]! + ' ').join(
    random(2) === 0 ? ' ' : '',
  );
}

function compare(tokenized: TokenizedText, text: string): void {
  const whole = tokenized.tokenizer.encode(text);
  expect(tokenized.tokens).toBe(whole.ids.length);
  // Joined: comparing long arrays number by number takes the test runner seconds.
  const inParts = tokenized.tokensIn(0, text.length);
  for (const column of ['ids', 'starts', 'ends'] as const) expect(inParts[column].join()).toBe(whole[column].join());
}

describe.each(Object.entries(recipes))('a text under edit: %s', (_, recipe) => {
  it('always equals the encoding of the whole text', () => {
    const tokenizer = create(recipe);
    for (let round = 0; round < 4; round++) {
      let text = '';
      while (text.length < [300, 5000, 12_000, 20_000][round]!) text += someText();
      const tokenized = new TokenizedText(tokenizer, text);
      const chunks = new TriedChunks(tokenizer.chain!);
      compare(tokenized, text);
      for (let edit = 0; edit < 24; edit++) {
        const start = random(4) === 0 ? Math.min(text.length, random(20)) : random(text.length + 1);
        const length = Math.min(text.length - start, random(6) === 0 ? random(3000) : random(4));
        const inserted = random(3) === 0 ? '' : random(2) === 0 ? someText().slice(0, 3) : someText();
        const tried = [{ start, end: start + length, text: inserted }];
        const expected = edit % 4 === 1 ? tokenized.tokensWith(tried, chunks) : undefined;
        tokenized.replace(start, start + length, inserted);
        text = text.slice(0, start) + inserted + text.slice(start + length);
        if (random(2) === 0) tokenized.work(0);
        if (edit % 2 === 1) compare(tokenized, text);
        // Tried before it was made, it was known what it would come to.
        if (expected !== undefined) expect(expected).toBe(tokenized.tokens);
      }
    }
  });
});

describe('what an edit costs a unigram model', () => {
  it('is the chunk that it touches, and where sums pass a power of two', () => {
    const whole = create(recipes['unigram, normalised']!);
    let encoded = 0;
    const watched: Tokenizer = {
      ...whole,
      byteOf: (id) => whole.byteOf(id),
      chain: {
        canCut: (left, right) => whole.chain!.canCut(left, right),
        moved: (sums, before) => whole.chain!.moved(sums, before),
        encodeInSteps: (part, first, last, before) => {
          encoded += part.length;
          return whole.chain!.encodeInSteps(part, first, last, before);
        },
      },
    };
    const text = '한국어 the 한국 aing, the a. 글 '.repeat(20_000);
    const tokenized = new TokenizedText(watched, text);
    expect(tokenized.tokens).toBe(whole.encode(text).ids.length);
    expect(encoded).toBe(text.length);
    encoded = 0;
    for (let edit = 0; edit < 20; edit++) {
      tokenized.replace(edit * 20_000, edit * 20_000, 'the');
      expect(tokenized.tokens).toBeGreaterThan(0);
    }
    // A few chunks an edit, of five hundred.
    expect(encoded / 20).toBeLessThan(10_000);
  });
});

describe('sums that move', () => {
  it('keep their tokens only within one power of two, and by even steps where a score lies in the middle', () => {
    const sums = new ScoreSums([-1.5, -2]).of(Float32Array.of(-1000, -1001.5, -1003.5), 2);
    expect(sums).toEqual({ before: -1000, after: -1003.5, lowest: -1005.5, highest: -1000 });
    const fine = new ScoreSums([-1.5, -2]);
    expect(fine.moved(sums, -900)).toEqual({ before: -900, after: -903.5, lowest: -905.5, highest: -900 });
    expect(fine.moved(sums, -1020)).toBeUndefined();
    expect(fine.moved(sums, -2000)).toBeUndefined();
    expect(fine.moved(sums, -500)).toBeUndefined();
    // Between 2^24 and 2^25, float32 has the even numbers: 1 lies in the middle.
    const large = { before: -18_000_000, after: -18_000_020, lowest: -18_000_030, highest: -18_000_000 };
    expect(new ScoreSums([-1, -20]).moved(large, -18_000_002)).toBeUndefined();
    expect(new ScoreSums([-1, -20]).moved(large, -18_000_004)?.after).toBe(-18_000_024);
    expect(new ScoreSums([-2, -20]).moved(large, -18_000_002)?.after).toBe(-18_000_022);
    // Too small for float64 beside such a sum.
    expect(new ScoreSums([-1e-9, -20]).moved(large, -18_000_004)).toBeUndefined();
  });
});
