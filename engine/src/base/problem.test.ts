import { describe, expect, it } from 'vitest';
import { bad, problemLine } from './problem.ts';

describe('a problem in one line', () => {
  it('tells place, what and remedy', () => {
    expect(problemLine(bad('it is short', { file: 'a', line: 2, column: 3 }, 'Write more.').problem)).toBe(
      'a, line 2:3: it is short. Write more.',
    );
  });

  it('stays one line, whatever a file is called', () => {
    expect(problemLine(bad('no', { file: 'a\nb\u001b[31m\u2028\u0085한.model' }).problem)).toBe(
      'a\\u000ab\\u001b[31m\\u2028\\u0085한.model: no.',
    );
  });
});
