import { describe, expect, it } from 'vitest';
import { plainMarkdown } from './markdown.ts';

describe('plain text in Markdown', () => {
  it('is no markup', () => {
    expect(plainMarkdown('# a *b* [c](d) <e> & `f`')).toBe('\\# a \\*b\\* \\[c\\]\\(d\\) &lt;e\\> &amp; \\`f\\`');
    expect(plainMarkdown('1. a')).toBe('1\\. a');
  });

  it('keeps spaces that lines can break at, and leading ones', () => {
    expect(plainMarkdown('햄버거를 먹는 공룡')).toBe('햄버거를 먹는 공룡');
    expect(plainMarkdown('a\n  b')).toBe('a  \n&nbsp;&nbsp;b');
  });
});
