/** chrF against sacreBLEU's own test values and what sacreBLEU 2 gives for Korean texts; exact match as the harness has it. */
import { describe, expect, it } from 'vitest';
import { finish } from '../base/steps.ts';
import { chrf, chrfCounts, exactMatch } from './textMetrics.ts';
import { WrittenFigures } from './written.ts';

describe('chrf', () => {
  // sacreBLEU's test_chrf.py: order 6, beta 3, no smoothing; several texts are one corpus.
  it.each<[string[], string[], number]>([
    [['a'], ['a'], 100],
    [[''], ['reference'], 0],
    [['a b c'], ['a b c'], 100],
    [['a b c'], ['abc'], 100],
    [[''], ['c'], 0],
    [['a', 'b'], ['a', 'c'], 50],
    [['aa'], ['ab'], 25],
  ])('of %j beside %j with beta 3', (answers, wanted, score) => {
    const counts = answers.map((answer, i) => chrfCounts(answer, wanted[i]!));
    const sum = counts.reduce((a, b) => a.map((value, i) => value + b[i]!));
    expect(chrf(sum, 3)).toBeCloseTo(score, 9);
  });

  // sacrebleu.metrics.CHRF().sentence_score(answer, [wanted]).score and corpus_score over all of them, sacreBLEU 2.6.
  const rows: [string, string, number][] = [
    ['강아지가 공원에서 뛰어논다.', '강아지가 공원에서 뛰어놀았다.', 69.2915349709856],
    ['서울은 대한민국의 수도이다', '서울', 42.5],
    ['', '빈 답', 0],
    ['The cat sat on the mat.', 'The cat is sitting on the mat.', 49.6485170311433],
    ['  네 ', '네', 100],
    ['😀 이모지', '😀이 모지', 100],
    ['abc', 'abcabcabcabc', 21.218715995647443],
  ];
  it.each(rows)('of %j beside %j', (answer, wanted, score) => {
    expect(finish(WrittenFigures.of([answer], [wanted])).row('chrf', 0)).toBeCloseTo(score, 9);
  });
  // By the same: Python's white space is not JavaScript's.
  it.each<[string, string, number]>([
    ['가\u0085나\u001c다', '가나 다', 100],
    ['가\ufeff나', '가나', 45.45454545454545],
  ])('of %j beside %j', (answer, wanted, score) => {
    expect(finish(WrittenFigures.of([answer], [wanted])).row('chrf', 0)).toBeCloseTo(score, 9);
  });
  it('of all rows is of their counts together', () => {
    const all = finish(
      WrittenFigures.of(
        rows.map(([answer]) => answer),
        rows.map(([, wanted]) => wanted),
      ),
    );
    expect(all.value('chrf')).toBeCloseTo(48.28084407818989, 9);
    const { interval, stderr } = finish(all.spreads(['chrf'], 1))['chrf']!;
    expect(interval[0]).toBeLessThan(48);
    expect(interval[1]).toBeGreaterThan(49);
    expect(stderr).toBeGreaterThan(5);
  });
});

describe('exact match', () => {
  it('forgives white space at the ends alone', () => {
    expect(exactMatch(' 서울\n', '서울')).toBe(1);
    expect(exactMatch('서울 ', '서 울')).toBe(0);
    expect(exactMatch('Seoul', 'seoul')).toBe(0);
  });
  it.each([
    ['SEOUL', 'Seoul', { ignoreCase: true }],
    ['Seoul, (Korea)!', 'Seoul Korea', { ignorePunctuation: true }],
    ['in 1988', 'in', { ignoreNumbers: true }],
    ['a\n b\t c', 'a b c', { normalizeWhitespace: true }],
    ['A, b.', 'a  B', { ignoreCase: true, ignorePunctuation: true, normalizeWhitespace: true }],
  ])('%j is %j with %j', (answer, wanted, options) => {
    expect(exactMatch(answer, wanted, options)).toBe(1);
    expect(exactMatch(answer, wanted)).toBe(0);
  });
  it('over rows is their share, with its interval', () => {
    const all = finish(WrittenFigures.of(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'x']));
    expect(all.value('exact_match')).toBe(0.75);
    expect(finish(all.spreads(['exact_match'], 1))['exact_match']!.stderr).toBeCloseTo(0.25, 12);
  });
});
