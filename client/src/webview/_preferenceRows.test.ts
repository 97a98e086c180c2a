import { describe, expect, it } from 'vitest';
import type { PreferenceRow } from '../../../server/src/protocol.ts';
import { allRows, findingsOf, isSplit, keptFilters, passes, raterKey, tabbed } from './_preferenceRows.ts';

const row = (more: Partial<PreferenceRow>): PreferenceRow => ({ id: '1', prompt: 'p', verdicts: [], ...more });
const answer = (text: string, kind?: 'other' | 'drifted') => ({
  text,
  ...(kind === undefined ? {} : { finding: { kind } }),
});

describe('rows of a comparison', () => {
  it('are found by text in any part, decomposed Hangul too', () => {
    const one = row({ prompt: '한국의 수도는?', a: answer('서울입니다'), b: answer('It is Seoul') });
    for (const text of ['수도', 'seoul', '서울', '서울'.normalize('NFD'), ' '])
      expect(passes(one, { ...allRows, text }), text).toBe(true);
    expect(passes(one, { ...allRows, text: '부산' })).toBe(false);
  });

  it('are left by the verdict of one voter, or of any', () => {
    const one = row({ verdicts: [{ outcome: 'win' }, { outcome: 'error' }, null] });
    const left = (voter: number, outcome: 'win' | 'lose' | 'error' | 'none') =>
      passes(one, { ...allRows, voter, outcome });
    expect([left(0, 'win'), left(1, 'win'), left(-1, 'win'), left(-1, 'lose')]).toEqual([true, false, true, false]);
    expect([left(1, 'error'), left(2, 'none'), left(0, 'none')]).toEqual([true, true, false]);
  });

  it('are filtered by a voter whose place may change: a person and a judge of one name are two', () => {
    const raters = [
      { rater: { kind: 'judge', name: '김하나' } },
      { rater: { kind: 'person', name: '김하나' } },
      { rater: { kind: 'person', name: '이둘' } },
    ] as const;
    expect(new Set(raters.map(raterKey)).size).toBe(3);
    const kept = keptFilters({ rater: raterKey(raters[1]) });
    expect(raters.findIndex((one) => raterKey(one) === kept.rater)).toBe(1);
  });

  it('are split where those with a verdict disagree: errors and missing ones are no verdict', () => {
    expect(isSplit(row({ verdicts: [{ outcome: 'win' }, { outcome: 'error' }, null] }))).toBe(false);
    expect(isSplit(row({ verdicts: [{ outcome: 'win' }, { outcome: 'tie' }] }))).toBe(true);
  });

  it('with an answer in another language are findings, by side', () => {
    const rows = [row({ a: answer('네') }), row({ a: answer('네'), b: answer('Yes, sure', 'other') })];
    const report = { info: {}, result: {}, rows } as never;
    expect(findingsOf(report).map(({ row: at, side }) => [at, side])).toEqual([[1, 'b']]);
    expect(rows.map((one) => passes(one, { ...allRows, findings: true }))).toEqual([false, true]);
  });
});

it('a table as text has one line a row, whatever stands in its cells', () => {
  expect(
    tabbed([
      ['a', 'b\nc'],
      ['d\te', ''],
    ]),
  ).toBe('a\tb c\nd e\t');
});

describe('filters kept while the page is not there', () => {
  it('come back as they were', () => {
    const kept = {
      text: '수도',
      rater: 'person 김하나',
      outcome: 'lose',
      findings: true,
      split: false,
      open: ['3'],
      top: 420,
    };
    expect(keptFilters(JSON.parse(JSON.stringify({ directory: '/p', ...kept })))).toEqual(kept);
  });

  it('leave all rows where nothing was kept, or nothing that is understood', () => {
    const none = { ...allRows, rater: '', open: [], top: 0, voter: undefined };
    expect(keptFilters({ directory: '/p' })).toEqual(none);
    expect(keptFilters({ text: 1, rater: 2, outcome: 'all', open: [1], top: 'x' })).toEqual(none);
  });
});
