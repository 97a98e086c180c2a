import { describe, expect, it } from 'vitest';
import { barsSvg } from './_barsSvg.ts';

const bars = [
  { label: 'Latin', count: 200, added: 0, share: '66.7 %' },
  { label: '한글 <&>', count: 100, added: 75, share: '33.3 %' },
];

/** Widths of the bars of a colour. */
const widths = (svg: string, fill: string): number[] =>
  [...svg.matchAll(/width="([\d.]+)" height="14" fill="(#\w+)"/g)]
    .filter((m) => m[2] === fill)
    .map((m) => Number(m[1]));

describe('the chart', () => {
  it('draws bars in proportion, with their figures', () => {
    const svg = barsSvg({ title: 'Scripts', bars, count: String });
    const [first, second] = widths(svg, '#3b6ea8');
    expect(first! / second!).toBeCloseTo(2);
    expect(svg).toContain('>200 (66.7 %)<');
    expect(svg).toContain('>한글 &lt;&amp;&gt;<');
    expect(svg).not.toContain('#c8701e');
  });

  it('draws what was added apart', () => {
    const svg = barsSvg({ title: 'Scripts', bars, parts: { base: 'Base', added: 'Added' }, count: String });
    const [key, latin, hangul] = widths(svg, '#3b6ea8');
    const [, added] = widths(svg, '#c8701e');
    expect(key).toBe(14);
    expect(latin! / (hangul! + added!)).toBeCloseTo(2);
    expect(added! / hangul!).toBeCloseTo(3);
  });
});
