import { describe, expect, it } from 'vitest';
import type { ComparisonResult, RaterResult } from '../../../server/src/protocol.ts';
import type { Labels } from './_preferenceProtocol.ts';
import { agreementTable, barsOf, biasTable, languageTable, resultTable, shareText } from './_preferenceTables.ts';

/** Every word is its own name. */
const labels = new Proxy(
  {},
  {
    get: (_, name) =>
      ['kinds', 'outcomes', 'columns', 'script'].includes(String(name))
        ? new Proxy({}, { get: (__, inner) => String(inner) })
        : String(name),
  },
) as unknown as Labels;

const share = (count: number, n: number) => ({
  count,
  n,
  ...(n === 0 ? {} : { share: count / n, interval: [0.1, 0.9] as const }),
});
const person: RaterResult = {
  rater: { kind: 'person', name: '김하나' },
  ...{ win: share(6, 12), tie: share(3, 12), lose: share(3, 12), pending: 0, errors: 0 },
  ...{ first: share(5, 9), longer: share(3, 9) },
};
const judge: RaterResult = {
  rater: { kind: 'judge', name: 'scripted' },
  ...{ win: share(0, 0), tie: share(0, 0), lose: share(0, 0), pending: 11, errors: 1 },
  ...{ flips: share(1, 4), reversed: 1, first: share(0, 0), longer: share(0, 0) },
};
const language = (scripts: Readonly<Record<string, number>>) => ({
  ...{ n: 4, scripts, other: share(1, 4), drifted: share(0, 4), quarters: [0, 0, 0, 0] as const },
});
const result: ComparisonResult = {
  version: 1,
  names: { a: 'one', b: 'two' },
  prompts: 12,
  missing: { a: 0, b: 0 },
  raters: [person, judge],
  agreement: [{ between: [person.rater, judge.rater], n: 4, observed: 0.5, kappa: -0.0384, interval: [-0.3, 0.3] }],
  languages: { a: language({ Latin: 1, Hangul: 3 }), b: language({ mixed: 4 }) },
  length: { a: 65.8, b: 1500 },
  bllossomVersion: '0.1.0',
};

describe('tables of a comparison', () => {
  it('say shares with counts and intervals, and nothing where there is no verdict', () => {
    expect(shareText(share(6, 12))).toBe('6 · 50.0 % [10.0, 90.0]');
    expect(shareText(share(0, 0))).toBe('–');
  });

  it('have a row a rater: outcomes, errors, what is open', () => {
    const { head, rows } = resultTable(result, labels);
    expect(head).toEqual(['who', 'verdicts', 'win', 'tie', 'lose', 'errors', 'pending']);
    expect(rows[0]?.slice(0, 3)).toEqual(['김하나 (person)', '12', '6 · 50.0 % [10.0, 90.0]']);
    expect(rows[1]).toEqual(['scripted (judge)', '0', '–', '–', '–', '1', '11']);
  });

  it('tell order and length of each, flips of judges alone', () => {
    expect(biasTable(result, labels).rows.map((row) => row.slice(1, 3))).toEqual([
      ['–', '–'],
      ['1/4 · 25.0 % [10.0, 90.0]', '1'],
    ]);
  });

  it('tell agreement by pairs, and all people together where there are three', () => {
    const pairs = agreementTable(result, labels).rows;
    expect(pairs).toEqual([['김하나 (person) – scripted (judge)', '4', '50.0 %', '-0.038', '-0.300, 0.300']]);
    const three = agreementTable({ ...result, fleiss: { raters: 3, n: 7, kappa: 0.5 } }, labels).rows;
    expect(three.at(-1)).toEqual(['fleiss', '7', '–', '0.500', '–']);
  });

  it('tell scripts by side, the most frequent first', () => {
    expect(languageTable(result, labels).rows.map((row) => row[1])).toEqual(['Hangul 3, Latin 1', 'mixed 4']);
    expect(languageTable(result, labels).rows.map((row) => row[4])).toEqual(['66', '1,500']);
  });

  it('give a bar to whoever has a verdict', () => {
    expect(barsOf(result, labels).map(({ label, note }) => [label, note])).toEqual([['김하나', 'person · n = 12']]);
  });
});
