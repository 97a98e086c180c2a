import { describe, expect, it } from 'vitest';
import { heatLevel, wordCosts } from './heat.ts';

const encoding = (...spans: readonly (readonly [number, number])[]) => ({
  ids: new Int32Array(spans.length),
  starts: Int32Array.from(spans, ([start]) => start),
  ends: Int32Array.from(spans, ([, end]) => end),
});

describe('wordCosts', () => {
  it('puts a space to the word behind it, and tokens of one character together', () => {
    // "ab 햄", the syllable in three bytes, behind a dummy prefix; in a document where the text begins at 10.
    const tokens = encoding([10, 10], [10, 11], [11, 12], [12, 13], [13, 14], [13, 14], [13, 14]);
    expect(wordCosts('ab 햄', 10, tokens)).toEqual([
      { start: 10, end: 12, tokens: 2, characters: 2 },
      { start: 13, end: 14, tokens: 3, characters: 1 },
    ]);
    expect(wordCosts('ab cd', 0, encoding([0, 2], [2, 4], [4, 5]))).toEqual([
      { start: 0, end: 2, tokens: 1, characters: 2 },
      { start: 3, end: 5, tokens: 2, characters: 2 },
    ]);
  });

  it('counts characters, not units', () => {
    expect(wordCosts('😀', 0, encoding([0, 2], [0, 2], [0, 2], [0, 2]))).toEqual([
      { start: 0, end: 2, tokens: 4, characters: 1 },
    ]);
  });

  it('divides a text without spaces', () => {
    const tokens = encoding(...Array.from({ length: 40 }, (_, i) => [i, i + 1] as const));
    expect(wordCosts('가'.repeat(40), 0, tokens).map(({ characters }) => characters)).toEqual([16, 16, 8]);
  });
});

describe('heatLevel', () => {
  it('rises with tokens for each character; one token is never dear', () => {
    expect([1, 2, 3, 6].map((tokens) => heatLevel({ tokens, characters: tokens === 1 ? 1 : 2 }))).toEqual([0, 1, 2, 3]);
    expect(heatLevel({ tokens: 2, characters: 5 })).toBe(0);
  });
});
