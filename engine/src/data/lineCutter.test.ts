import { describe, expect, it } from 'vitest';
import { ProblemError } from '../base/problem.ts';
import { LineCutter } from './lineCutter.ts';

const cut = (text: string, size: number): string[] => {
  const cutter = new LineCutter('a.txt');
  const lines: string[] = [];
  for (let i = 0; i < text.length; i += size) lines.push(...cutter.take(text.slice(i, i + size)));
  return [...lines, ...cutter.end()];
};

describe('LineCutter', () => {
  it('gives the same lines for chunks of any size', () => {
    const text = 'a\n\nbc\r\n한글 x\n\nlast';
    for (let size = 1; size <= text.length; size++) expect(cut(text, size)).toEqual(text.split('\n'));
    expect(cut('a\n', 1)).toEqual(['a']);
    expect(cut('\n\n', 2)).toEqual(['', '']);
    expect(cut('', 1)).toEqual([]);
  });

  it('refuses a line that grows too long, by its number', () => {
    const cutter = new LineCutter('zeros', 10);
    expect(cutter.take('a\nbb\n01234')).toEqual(['a', 'bb']);
    expect(cutter.take('56789')).toEqual([]);
    let thrown: unknown;
    try {
      cutter.take('\0');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ProblemError);
    expect((thrown as ProblemError).problem.where).toEqual({ file: 'zeros', line: 3 });
  });
});
