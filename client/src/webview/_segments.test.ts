import { describe, expect, it } from 'vitest';
import { change, hex, segments } from './_segments.ts';

const span = (start: number, end: number, count = 1) => ({
  start,
  end,
  ids: Array.from({ length: count }, (_, i) => i),
  pieces: Array.from({ length: count }, () => 'x'),
  kind: 'piece' as const,
});

describe('a line in segments', () => {
  it('shows every character once, tokens or not', () => {
    const parts = segments('a  햄b', [span(0, 0), span(0, 1), span(2, 4, 3), span(4, 6)], []);
    expect(parts.map(({ text }) => text)).toEqual(['', 'a', ' ', ' 햄', 'b']);
    expect(parts.map(({ span: token }) => token !== undefined)).toEqual([true, true, false, true, true]);
    expect(parts.filter(({ span: token }) => token).map(({ odd }) => odd)).toEqual([false, true, false, true]);
  });

  it('shows a line break that is a token, and one that is part of the next word not twice', () => {
    expect(segments('ab', [span(0, 2), span(2, 3)], []).map(({ text }) => text)).toEqual(['ab', '⏎']);
    expect(segments('', [span(0, 1)], []).map(({ text }) => text)).toEqual(['⏎']);
  });

  it('marks what the other cuts differently, or in more tokens', () => {
    const other = [span(0, 1), span(1, 3), span(3, 4, 3)];
    const parts = segments('abcd', [span(0, 1), span(1, 2), span(2, 3), span(3, 4, 1)], other);
    expect(parts.map(({ differs }) => differs)).toEqual([false, true, true, true]);
  });
});

describe('figures', () => {
  it('are written as people do', () => {
    expect(change(214, 96)).toBe('−55 %');
    expect(change(100, 103.2)).toBe('+3.2 %');
    expect(change(100, 100)).toBe('±0 %');
    expect(change(0, 5)).toBe('–');
    expect(hex('햄')).toBe('ED 96 84');
  });
});
