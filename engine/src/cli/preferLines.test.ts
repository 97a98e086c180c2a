import { expect, it } from 'vitest';
import type { VerdictLine } from '../preference/types.ts';
import { failureLines } from './preferLines.ts';

const at = '2026-01-01T00:00:00.000Z';
const line = (id: string, more: Partial<VerdictLine>): VerdictLine => ({ id, order: 'ab', at, by: 'new', ...more });

it('the most frequent reason of a judge’s failures is told, of last lines under its last settings', () => {
  const judge = { kind: 'judge', name: 'j' } as const;
  const lines = [
    line('0', { error: 'gone', by: 'old' }),
    line('1', { error: 'the reply says no verdict' }),
    line('2', { error: 'no answer came within 9 s' }),
    line('3', { error: 'the reply says no verdict' }),
    line('4', { error: 'the reply says no verdict' }),
    line('4', { verdict: 'a' }),
  ];
  expect(failureLines({ verdicts: [{ rater: judge, lines }] })).toEqual([
    'judge j: 3 questions failed, most often (2): the reply says no verdict',
  ]);
  expect(failureLines({ verdicts: [{ rater: judge, lines: [line('1', { verdict: 'tie' })] }] })).toEqual([]);
});
