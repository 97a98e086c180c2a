import { describe, expect, it } from 'vitest';
import { comparisonResult } from './result.ts';
import { comparisonData, line } from './testing/comparisons.ts';
import type { ComparisonData, Rater, VerdictLine } from './types.ts';

const judge: Rater = { kind: 'judge', name: 'j' };
const person = (name: string): Rater => ({ kind: 'person', name });
const withVerdicts = (count: number, ...verdicts: ComparisonData['verdicts'][number][]) =>
  comparisonResult(comparisonData(count, { verdicts }));

describe('what came of a comparison', () => {
  it('counts a judge only where both orders are judged, and disagreement as a tie', () => {
    const lines: VerdictLine[] = [
      ...[line('p0', 'ab', 'a'), line('p0', 'ba', 'a')], // win
      ...[line('p1', 'ab', 'a'), line('p1', 'ba', 'b')], // the first place both times: reversed
      ...[line('p2', 'ab', 'b'), line('p2', 'ba', 'tie')], // flipped, not reversed
      ...[line('p3', 'ab', 'tie'), line('p3', 'ba', 'tie')],
      ...[line('p4', 'ab', 'b'), line('p4', 'ba', undefined)], // an error
      line('p5', 'ab', 'b'), // half judged
      ...[line('p6', 'ab', undefined), line('p6', 'ab', 'b'), line('p6', 'ba', 'b')], // a second try: lose
    ];
    const { raters } = withVerdicts(8, { rater: judge, lines });
    expect(raters).toMatchObject([
      {
        win: { count: 1, n: 5 },
        tie: { count: 3, n: 5 },
        lose: { count: 1, n: 5 },
        pending: 2,
        errors: 1,
        flips: { count: 2, n: 5, share: 0.4 },
        reversed: 1,
        // ab: p0 a, p1 a, p2 b, p4 b, p5 b, p6 b; ba: p0 a, p1 b, p6 b
        first: { count: 4, n: 9 },
      },
    ]);
  });

  it('does not count verdicts under earlier settings beside those under later ones', () => {
    const under = (by: string, ...given: readonly VerdictLine[]) => given.map((one): VerdictLine => ({ ...one, by }));
    const lines = [
      ...under('x', line('p0', 'ab', 'a'), line('p0', 'ba', 'a'), line('p1', 'ab', 'a'), line('p1', 'ba', 'a')),
      ...under('y', line('p0', 'ab', 'b'), line('p0', 'ba', 'b'), line('p1', 'ab', 'b')),
    ];
    expect(withVerdicts(2, { rater: judge, lines }).raters).toMatchObject([
      { win: { count: 0 }, lose: { count: 1, n: 1 }, pending: 1, flips: { count: 0, n: 1 } },
    ]);
  });

  it('counts how often the longer of decided answers is the better one', () => {
    const data = comparisonData(4);
    const a = new Map(data.answers.a).set('p0', { id: 'p0', text: '가나다라마' }).set('p1', { id: 'p1', text: '' });
    const lines = ['p0', 'p1', 'p2', 'p3'].map((id) => line(id, 'ab', id === 'p3' ? 'tie' : 'a'));
    const verdicts = [{ rater: person('kim'), lines }];
    const { raters } = comparisonResult({ ...data, answers: { ...data.answers, a }, verdicts });
    // p0: longer wins; p1: shorter wins; p2: as long; p3: a tie.
    expect(raters[0]).toMatchObject({ longer: { count: 1, n: 2 }, win: { count: 3, n: 4 } });
    expect(raters[0]).not.toHaveProperty('flips');
  });

  it('claims no certainty of what never or always came', () => {
    const lines = ['p0', 'p1', 'p2', 'p3', 'p4'].map((id) => line(id, 'ab', 'a'));
    const { raters } = withVerdicts(5, { rater: person('kim'), lines });
    // Newcombe 1998, table I, method 3, has none of 5; by his formula of 0 and of n: z²/(n + z²) and n/(n + z²).
    const z2 = 1.959963984540054 ** 2;
    expect(raters[0]!.win.interval).toEqual([expect.closeTo(5 / (5 + z2), 9), 1]);
    expect(raters[0]!.tie.interval).toEqual([0, expect.closeTo(z2 / (5 + z2), 9)]);
    expect(raters[0]!.lose.interval).toEqual(raters[0]!.tie.interval);
  });

  it('holds people against each other and against the judge', () => {
    // Cohen's example of two readers, as choices: 20 both a, 5 a and b, 10 b and a, 15 both b.
    const choices = [[20, 'a', 'a'], [5, 'a', 'b'], [10, 'b', 'a'], [15, 'b', 'b']] as const; // prettier-ignore
    const rows = choices.flatMap(([n, one, other]) => Array.from({ length: n }, () => [one, other] as const));
    const one = rows.map(([choice], i) => line(`p${i}`, 'ab', choice));
    const other = rows.map(([, choice], i) => line(`p${i}`, 'ba', choice));
    const both = rows.flatMap(([, choice], i) => [line(`p${i}`, 'ab', choice), line(`p${i}`, 'ba', choice)]);
    const { agreement, fleiss } = withVerdicts(
      50,
      { rater: person('kim'), lines: one },
      { rater: person('lee'), lines: other },
      { rater: judge, lines: both },
    );
    expect(agreement.map(({ between, n }) => [between[0].name, between[1].name, n])).toEqual([
      ['kim', 'lee', 50],
      ['kim', 'j', 50],
      ['lee', 'j', 50],
    ]);
    expect(agreement[0]!.kappa).toBeCloseTo(0.4, 12);
    expect(agreement[0]!.interval![0]).toBeLessThan(0.4);
    expect(agreement[1]!.kappa).toBeCloseTo(0.4, 12);
    expect(agreement[2]!.kappa).toBe(1);
    expect(agreement[2]).not.toHaveProperty('interval');
    expect(fleiss).toBeUndefined();
  });

  it("gives Fleiss' kappa for three people, on what all have judged", () => {
    const lines = (choice: 'a' | 'b', n: number) =>
      Array.from({ length: n }, (_, i) => line(`p${i}`, 'ab', i < 2 ? choice : 'tie'));
    const verdicts = (['a', 'a', 'b'] as const).map((choice, i) => ({
      rater: person(`n${i}`),
      lines: lines(choice, 4 - i),
    }));
    const { fleiss } = withVerdicts(4, ...verdicts);
    // By hand: rows [2,0,1] twice; observed 1/3, expected 4/9 + 1/9.
    expect(fleiss).toEqual({ raters: 3, n: 2, kappa: expect.closeTo((1 / 3 - 5 / 9) / (1 - 5 / 9), 12) as number });
  });

  it('is told before anything is judged or answered', () => {
    const data = comparisonData(3);
    const a = new Map([...data.answers.a].slice(0, 2)).set('p1', { id: 'p1', text: '', error: 'too long' });
    const empty = comparisonResult({
      ...data,
      answers: { ...data.answers, a },
      verdicts: [{ rater: judge, lines: [] }],
    });
    expect(empty).toMatchObject({ prompts: 3, missing: { a: 2, b: 0 }, agreement: [], length: { a: 3, b: 3 } });
    expect(empty.raters[0]).toMatchObject({ win: { count: 0, n: 0 }, pending: 1, errors: 0 });
    expect(JSON.stringify(empty)).not.toMatch(/null/);
  });

  it('tells in which language each side answers, and where it drifts', () => {
    const data = comparisonData(3);
    const prompts = data.prompts.map(({ id }) => ({ id, prompt: '국을 끓이는 법을 알려 주세요.' }));
    const korean = '먼저 어떤 국을 끓일지 정하고 필요한 재료를 시장에서 사 오면 됩니다. 물을 넉넉히 붓고 끓여 주세요.';
    const english = 'Then you should put everything that is needed into the pot and cook it slowly for an hour.';
    const texts = [korean, english, `${korean} ${english}`];
    const a = new Map(prompts.map(({ id }, i) => [id, { id, text: texts[i]! }]));
    const { languages } = comparisonResult({ ...data, prompts, answers: { ...data.answers, a } });
    expect(languages.a).toMatchObject({
      n: 3,
      scripts: { Hangul: 1, Latin: 1, mixed: 1 },
      other: { count: 1, n: 3 },
      drifted: { count: 1, n: 3 },
      quarters: [0, 1, 0, 0],
    });
  });
});
