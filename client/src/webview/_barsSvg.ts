/** A horizontal bar chart as an SVG file: for a paper or slides, so in fixed colours on white. No browser in here. */

export interface Bar {
  readonly label: string;
  readonly count: number;
  /** Of them the added ones; they are drawn apart. */
  readonly added: number;
  readonly share: string;
}

export interface BarChart {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** Words for the two parts; without them all is one. */
  readonly parts?: { readonly base: string; readonly added: string } | undefined;
  readonly count: (n: number) => string;
}

const row = 22;
const labelWidth = 150;
const barWidth = 360;
const colors = { base: '#3b6ea8', added: '#c8701e' };

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export function barsSvg({ title, bars, parts, count }: BarChart): string {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const top = parts === undefined ? 40 : 62;
  const width = labelWidth + barWidth + 150;
  const height = top + bars.length * row + 12;
  const text = (x: number, y: number, content: string, more = '') =>
    `<text x="${x}" y="${y}"${more}>${escape(content)}</text>`;
  const rect = (x: number, y: number, w: number, fill: string) =>
    `<rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${row - 8}" fill="${fill}"/>`;
  const lines = bars.flatMap(({ label, count: n, added, share }, i) => {
    const y = top + i * row;
    const whole = (n / most) * barWidth;
    const part = parts === undefined ? 0 : (added / most) * barWidth;
    return [
      text(labelWidth - 8, y + 11, label, ' text-anchor="end"'),
      rect(labelWidth, y, whole - part, colors.base),
      ...(part > 0 ? [rect(labelWidth + whole - part, y, part, colors.added)] : []),
      text(labelWidth + whole + 6, y + 11, `${count(n)} (${share})`),
    ];
  });
  const legend =
    parts === undefined
      ? []
      : [
          rect(labelWidth, 34, 14, colors.base),
          text(labelWidth + 20, 45, parts.base),
          rect(labelWidth + 130, 34, 14, colors.added),
          text(labelWidth + 150, 45, parts.added),
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="'Noto Sans', 'Noto Sans CJK KR', 'Malgun Gothic', sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(labelWidth, 22, title, ' font-size="14" font-weight="600"'),
    ...legend,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}
