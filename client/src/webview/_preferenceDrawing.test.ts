import { describe, expect, it } from 'vitest';
import { barParts, preferenceDrawing } from './_preferenceDrawing.ts';

const share = (value: number, low = value, high = value) => ({ value, low, high });
const shares = { win: share(0.6, 0.5, 0.7), tie: share(0.05), lose: share(0.35, 0.2, 0.45) };
const chart = {
  title: 'A & B <1>',
  bars: [
    { label: '김하나', note: 'person', shares },
    { label: 'judge', note: 'judge', shares: { win: share(0), tie: share(1), lose: share(0) } },
  ],
  words: { win: '이김', tie: '비김', lose: '짐' },
};

describe('bars of win, tie and lose', () => {
  it('follow one another, and say their figure where there is room', () => {
    const parts = barParts(shares);
    expect(parts.map(({ kind, text }) => [kind, text])).toEqual([
      ['win', '60.0 %'],
      ['tie', ''],
      ['lose', '35.0 %'],
    ]);
    expect(parts[1]).toMatchObject({ from: 0.6, to: 0.65 });
    expect(parts[2]?.to).toBeCloseTo(1);
  });

  it('are drawn with the intervals of both ends, in no colours of their own', () => {
    const svg = preferenceDrawing(chart);
    expect(svg).toContain('<title>A &amp; B &lt;1&gt;</title>');
    expect(svg).toContain('김하나');
    expect(svg.match(/<rect x="210.0" y="66" width="288.0"/g)).toHaveLength(1);
    // The interval of the win's end, and below it that of the lose's beginning.
    expect(svg).toContain('M450.0 96H546.0');
    expect(svg).toContain('M474.0 104H594.0');
    expect(svg).not.toMatch(/#[0-9a-f]{3}|style=/);
    expect(svg.match(/class="part win"/g)).toHaveLength(3);
  });
});
