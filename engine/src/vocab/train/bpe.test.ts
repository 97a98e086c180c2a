import { describe, expect, it } from 'vitest';
import { finish } from '../../base/steps.ts';
import { dice } from '../../tokenizers/testing/models.ts';
import { mergePairs } from './bpe.ts';
import { segmentsOf } from './segments.ts';
import { WordCounts } from './wordCounts.ts';

const count = (lines: readonly string[]) => {
  const words = new WordCounts();
  for (const line of lines) words.add(line);
  return segmentsOf(words, { coverage: 1, splitDigits: false });
};

/** The count of the most frequent pair of neighbours, counted anew; of equal ones in a row each belongs to one pair. */
function highest(
  words: readonly (readonly string[])[],
  counts: readonly number[],
  longest: number,
): Map<string, number> {
  const pairs = new Map<string, number>();
  for (const [w, symbols] of words.entries()) {
    for (let i = 0, row = 0; i + 1 < symbols.length; i++) {
      row = symbols[i] === symbols[i + 1] ? row + 1 : 0;
      if (row > 0 && row % 2 === 0) continue;
      if (Array.from(symbols[i]! + symbols[i + 1]!).length > longest) continue;
      const key = `${symbols[i]!} ${symbols[i + 1]!}`;
      pairs.set(key, (pairs.get(key) ?? 0) + counts[w]!);
    }
  }
  return pairs;
}

describe('merging pairs', () => {
  it.each([1, 2, 3, 4, 5, 6])('takes the most frequent pair each time, as recounting shows (%i)', (seed) => {
    const random = dice(seed);
    const letters = 'aab'.slice(0, 1 + (seed % 3)) + 'c';
    const lines = Array.from({ length: 120 }, () =>
      Array.from({ length: 1 + random(14) }, () => letters[random(letters.length)]!).join(''),
    );
    const segments = count(lines);
    const longest = 6;
    const { pieces, tokens } = finish(mergePairs(segments, 1000, longest, () => undefined));
    let words = lines.map((line) => Array.from(`\u2581${line}`));
    const counts = lines.map(() => 1);
    const made = new Set(segments.characters);
    const pending = [...pieces];
    for (;;) {
      const pairs = highest(words, counts, longest);
      const most = Math.max(0, ...pairs.values());
      if (most === 0) break;
      // Any pair of the highest count may come next: one whose piece is known already, or that of the next piece.
      const best = [...pairs].filter(([, n]) => n === most).map(([key]) => key.split(' ') as [string, string]);
      const next = best.find(([l, r]) => made.has(l + r)) ?? best.find(([l, r]) => l + r === pending[0]) ?? ['', ''];
      const piece = next[0] + next[1];
      if (!made.has(piece)) expect(piece, `of ${best.join(' | ')}`).toBe(pending.shift());
      made.add(piece);
      words = words.map((symbols) => merged(symbols, next));
    }
    expect(pending).toEqual([]);
    expect(tokens).toBe(words.reduce((sum, symbols) => sum + symbols.length, 0));
  });

  it('makes no piece longer than asked for', () => {
    const { pieces } = finish(mergePairs(count(['abcdefgh abcdefgh']), 100, 3, () => undefined));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBe(3);
  });

  it('is done soon with a row of a million equal characters', () => {
    const { pieces } = finish(mergePairs(count(['a'.repeat(1_000_000)]), 100, 16, () => undefined));
    expect(pieces).toContain('a'.repeat(16));
  });
});

function merged(symbols: readonly string[], [left, right]: readonly [string, string]): string[] {
  const out: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) out.push(left + symbols[++i]!);
    else out.push(symbols[i]!);
  }
  return out;
}
