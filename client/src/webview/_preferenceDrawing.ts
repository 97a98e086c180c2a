/**
 * Win, tie and lose as bars, one for each person and judge, with the intervals of both ends, as SVG that leaves colours and fonts to
 * the page's style sheet (the engine draws the picture for a paper). No browser in here.
 */
import type { PreferenceOutcome } from '../../../server/src/protocol.ts';
import { escapeHtml } from '../html.ts';
import { percent } from '../figures.ts';

/** From 0 to 1, with the 95 % interval. */
export interface BarShare {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface PreferenceBar {
  readonly label: string;
  /** Below the label, smaller. */
  readonly note: string;
  readonly shares: Readonly<Record<PreferenceOutcome, BarShare>>;
}

export interface PreferenceChart {
  readonly title: string;
  readonly bars: readonly PreferenceBar[];
  /** Words of the three parts. */
  readonly words: Readonly<Record<PreferenceOutcome, string>>;
}

export const outcomes = ['win', 'tie', 'lose'] as const satisfies readonly PreferenceOutcome[];

const [labelWidth, barWidth, right, row, barHeight, top] = [210, 480, 24, 56, 24, 66];
/** The parts of a bar from 0 to 1 in their order; a part too narrow for its figure has none. */
export function barParts(
  shares: PreferenceBar['shares'],
): readonly { readonly kind: PreferenceOutcome; readonly from: number; readonly to: number; readonly text: string }[] {
  let from = 0;
  return outcomes.map((kind) => {
    const { value } = shares[kind];
    const part = { kind, from, to: Math.min(1, from + value), text: value < 0.07 ? '' : percent(value) };
    from = part.to;
    return part;
  });
}

export function preferenceDrawing({ title, bars, words }: PreferenceChart): string {
  const height = top + bars.length * row + 26;
  const width = labelWidth + barWidth + right;
  const x = (share: number) => (labelWidth + share * barWidth).toFixed(1);
  const text = (at: string | number, y: number, content: string, more: string) =>
    `<text x="${at}" y="${y}" ${more}>${escapeHtml(content)}</text>`;
  const whisker = (kind: 'win' | 'lose', low: number, high: number, y: number) =>
    `<path d="M${x(low)} ${y}H${x(high)}M${x(low)} ${y - 3}v6M${x(high)} ${y - 3}v6" fill="none" class="whisker ${kind}"/>`;

  const drawn = bars.flatMap(({ label, note, shares }, i) => {
    const y = top + i * row;
    return [
      text(labelWidth - 12, y + 11, cut(label, 30), 'text-anchor="end" font-weight="600" class="word"'),
      text(labelWidth - 12, y + 26, note, 'text-anchor="end" font-size="11" class="note"'),
      ...barParts(shares).flatMap(({ kind, from, to, text: figure }) => [
        `<rect x="${x(from)}" y="${y}" width="${((to - from) * barWidth).toFixed(1)}" height="${barHeight}" class="part ${kind}"/>`,
        ...(figure === ''
          ? []
          : [text(x((from + to) / 2), y + 16, figure, `text-anchor="middle" font-size="12" class="ink ${kind}"`)]),
      ]),
      whisker('win', shares.win.low, shares.win.high, y + barHeight + 6),
      whisker('lose', 1 - shares.lose.high, 1 - shares.lose.low, y + barHeight + 14),
    ];
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<path d="M${x(share)} ${top - 8}V${height - 24}" fill="none" class="tick" stroke-dasharray="2 3"/>`,
    text(x(share), height - 8, percent(share, 0), 'text-anchor="middle" font-size="11" class="note"'),
  ]);
  const legend = outcomes.flatMap((kind, i) => [
    `<rect x="${labelWidth + i * 160}" y="34" width="14" height="14" class="part ${kind}"/>`,
    text(labelWidth + i * 160 + 20, 46, cut(words[kind], 22), 'class="word"'),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-size="13">`,
    `<title>${escapeHtml(title)}</title>`,
    text(labelWidth, 20, cut(title, 70), 'font-weight="600" font-size="14" class="word"'),
    ...legend,
    ...ticks,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

/** A text of so many characters at most; Hangul takes about two places. */
function cut(text: string, places: number): string {
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7a3\uff00-\uff60]/.test(character) ? 2 : 1;
    if (used > places) return `${kept}…`;
    kept += character;
  }
  return kept;
}
