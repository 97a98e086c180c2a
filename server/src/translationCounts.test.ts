import { expect, it } from 'vitest';
import { englishBeside } from './translationCounts.ts';

it('knows the English file beside another by its name', () => {
  const names = ['/a/letter.ko.txt', '/a.b/x.y.ja.md', '/a/letter.en.txt', '/a/letter.txt', '/a/letter.ko', undefined];
  expect(names.map(englishBeside)).toEqual([
    '/a/letter.en.txt',
    '/a.b/x.y.en.md',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
