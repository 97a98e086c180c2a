import { describe, expect, it } from 'vitest';
import { preferenceCsv, preferenceJson } from './exports.ts';
import { comparisonResult } from './result.ts';
import { preferenceSvg } from './svg.ts';
import { comparisonData, line } from './testing/comparisons.ts';

const judge = { kind: 'judge', name: 'j<1>&"2"' } as const;
const person = { kind: 'person', name: '김 철수' } as const;
const base = comparisonData(3);
const data = {
  ...base,
  comparison: { ...base.comparison, names: { a: '블라썸 <ko>', b: 'a'.repeat(40) } },
  answers: { ...base.answers, a: new Map(base.answers.a).set('p0', { id: 'p0', text: 'one, "two"\nthree ' }) },
  verdicts: [
    { rater: person, lines: [line('p0', 'ba', 'a')] },
    {
      rater: judge,
      lines: [line('p0', 'ab', 'a'), line('p0', 'ba', 'b'), line('p1', 'ab', 'b'), line('p1', 'ba', undefined)],
    },
  ],
};
const result = comparisonResult(data);

/** RFC 4180, read by the book. */
function parsed(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('exports', () => {
  it('as a table have a line a prompt, whatever stands in an answer', () => {
    const [head, ...rows] = parsed(preferenceCsv(data).slice(1));
    expect(rows).toHaveLength(3);
    const rowOf = (i: number) => Object.fromEntries(head!.map((name, c) => [name, rows[i]![c]]));
    expect(rowOf(0)).toMatchObject({
      a: 'one, "two"\nthree ',
      '김 철수': 'a',
      [`judge ${judge.name}`]: 'tie',
      [`judge ${judge.name} ab`]: 'a',
      [`judge ${judge.name} ba`]: 'b',
    });
    expect(rowOf(1)).toMatchObject({ [`judge ${judge.name}`]: '', [`judge ${judge.name} error`]: 'nothing came' });
  });

  it('as a table hold no formula for a spreadsheet', () => {
    for (const text of ['=HYPERLINK("http://a.b")', '+1', '-1+2', '@SUM(A1)', '\t=1', '- one\n- two']) {
      const b = new Map(base.answers.b).set('p2', { id: 'p2', text });
      const [head, ...rows] = parsed(preferenceCsv({ ...data, answers: { ...data.answers, b } }).slice(1));
      expect(rows[2]![head!.indexOf('b')]).toBe(`'${text}`);
    }
  });

  it('as a table hold no sign that ends a text in a spreadsheet', () => {
    const b = new Map(base.answers.b).set('p2', { id: 'p2', text: 'one\u0000two\u001b[31m\tthree' });
    const [head, ...rows] = parsed(preferenceCsv({ ...data, answers: { ...data.answers, b } }).slice(1));
    expect(rows[2]![head!.indexOf('b')]).toBe('one\ufffdtwo\ufffd[31m\tthree');
  });

  it('as JSON hold everything', () => {
    const { rows, ...more } = JSON.parse(preferenceJson(data, result)) as { rows: { verdicts: unknown[] }[] };
    expect(more).toMatchObject({ comparison: { seed: 42 }, result: { raters: [{ rater: person }, { rater: judge }] } });
    expect(rows.map((row) => row.verdicts.length)).toEqual([2, 1, 0]);
  });

  it('as a picture have a bar a rater, of parts that make the whole', () => {
    const svg = preferenceSvg(result);
    const bars = [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)" height="28" fill="url\(#(\w+)\)"/g)];
    expect(bars.map((bar) => bar[3])).toEqual(['win', 'tie', 'lose', 'win', 'tie', 'lose']);
    for (const from of [0, 3]) {
      const widths = bars.slice(from, from + 3).map((bar) => Number(bar[2]));
      expect(widths.reduce((sum, width) => sum + width)).toBeCloseTo(520, 1);
    }
    expect(svg).toContain('블라썸 &lt;ko&gt; wins');
    expect(svg).toContain('j&lt;1&gt;&amp;&quot;2&quot;');
    expect(svg).toContain(`${'a'.repeat(23)}…`);
    // Each tag is closed, and no bare sign is left: it is XML.
    expect(svg.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
    const open = [...svg.matchAll(/<(\w+)(?:\s[^<>]*)?(?<!\/)>/g)].length;
    expect([...svg.matchAll(/<\/\w+>/g)]).toHaveLength(open);
  });

  it('as a picture are there before anybody has judged', () => {
    expect(preferenceSvg({ ...result, raters: [] })).toMatch(/^<svg .*<\/svg>\n$/s);
  });
});
