import { describe, expect, it } from 'vitest';
import { align, type TokenPair } from './alignment.ts';

const pair = (fresh: string, old: string): TokenPair => {
  const ids = (text: string) =>
    text.split(' ').map((word) => Array.from(word).reduce((id, c) => id * 31 + c.charCodeAt(0), 0) % 100_003);
  return { fresh: ids(fresh), old: ids(old) };
};
const id = (word: string) => pair(word, word).fresh[0]!;

describe('align', () => {
  it('finds what each word stands for, from texts that share words (the textbook example)', async () => {
    const pairs = [pair('das haus', 'the house'), pair('das buch', 'the book'), pair('ein buch', 'a book')];
    const alignment = await align(pairs, () => true);
    expect(alignment.pairs).toBe(3);
    for (const [fresh, old] of [
      ['das', 'the'],
      ['haus', 'house'],
      ['buch', 'book'],
      ['ein', 'a'],
    ] as const)
      // prettier-ignore
      expect(alignment.links(id(fresh))?.ids[0], fresh).toBe(id(old));
    expect(alignment.links(id('the'))).toBeUndefined();
  });

  it('lets what stands in both texts stand for itself, and counts how often a link was seen', async () => {
    const pairs = Array.from({ length: 30 }, (_, i) => pair(`x${i} haus`, `x${i} house`));
    const links = (await align(pairs, () => true)).links(id('haus'))!;
    expect(links.ids).toEqual([id('house')]);
    // Nothing competes but the empty word.
    expect(links.counts[0]).toBeGreaterThan(10);
    expect(links.counts[0]).toBeLessThanOrEqual(30);
  });

  it('leaves out pairs that are too long to say anything, and stops when told', async () => {
    const long = Array.from({ length: 101 }, (_, i) => `w${i}`).join(' ');
    expect(await align([pair(long, 'a'), pair('b', 'c')], () => true)).toMatchObject({ pairs: 1, skipped: 1 });
    const stopped = align([pair('a', 'b')], () => true, { signal: AbortSignal.abort(new Error('stopped')) });
    await expect(stopped).rejects.toThrow('stopped');
  });
});
