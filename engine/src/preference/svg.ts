/**
 * Bars of win, tie and lose, one a judge or person, as a picture of its own: plain SVG, text as text, patterns beside colours, so that
 * it is read in black and white as well. Colours are of Okabe and Ito's set, which colour-blind people tell apart.
 */
import { plural } from '../base/plural.ts';
import type { ComparisonResult, RaterResult, Share } from './types.ts';

/** Words of the picture, in the language of its reader. */
export interface SvgWords {
  readonly title: string;
  /** `{name} wins` */
  readonly wins: (name: string) => string;
  readonly tie: string;
  readonly person: string;
  readonly judge: string;
  /** Below a bar: `300 prompts, 2 errors`. */
  readonly counted: (prompts: number, errors: number) => string;
}

export const englishWords: SvgWords = {
  title: 'Which answers are preferred',
  wins: (name) => `${name} wins`,
  tie: 'tie',
  person: 'person',
  judge: 'judge',
  counted: (prompts, errors) => `${plural(prompts, 'prompt')}${errors === 0 ? '' : `, ${plural(errors, 'error')}`}`,
};

const width = 760;
const left = 190;
const bar = 520;
const rowHeight = 62;
const top = 84;

/** Empty of bars where nobody has judged. */
export function preferenceSvg({ names, raters }: ComparisonResult, words: SvgWords = englishWords): string {
  const judged = raters.filter(({ win }) => win.n > 0);
  const height = top + judged.length * rowHeight + 34;
  const keys = [
    { fill: 'win', text: words.wins(short(names.a)) },
    { fill: 'tie', text: words.tie },
    { fill: 'lose', text: words.wins(short(names.b)) },
  ];
  let x = left;
  const legend = keys.map(({ fill, text }) => {
    const at = x;
    x += 30 + textWidth(text);
    return `<rect x="${at}" y="46" width="16" height="12" fill="url(#${fill})" stroke="#222"/><text x="${at + 21}" y="56">${escaped(text)}</text>`;
  });
  const ticks = [0, 25, 50, 75, 100].map((percent) => {
    const at = left + (bar * percent) / 100;
    const end = top + judged.length * rowHeight;
    return `<line x1="${at}" y1="${top - 6}" x2="${at}" y2="${end}" stroke="#ccc"/><text x="${at}" y="${end + 18}" text-anchor="middle">${percent} %</text>`;
  });
  const about = judged
    .map(
      (one) =>
        `${one.rater.name}: ${shares(one)
          .map((share) => percentOf(share))
          .join(' / ')}`,
    )
    .join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title about" font-family="'Noto Sans KR','Noto Sans CJK KR','Malgun Gothic','Apple SD Gothic Neo',sans-serif" font-size="12" fill="#222">
<title id="title">${escaped(`${words.title}: ${names.a} / ${names.b}`)}</title>
<desc id="about">${escaped(about)}</desc>
<defs>
<pattern id="win" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#56b4e9"/></pattern>
<pattern id="tie" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#f2f2f2"/><path d="M0 8 8 0" stroke="#777" stroke-width="1"/></pattern>
<pattern id="lose" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" fill="#e69f00"/><circle cx="4" cy="4" r="1.4" fill="#222"/></pattern>
</defs>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="16" y="26" font-size="15" font-weight="bold">${escaped(words.title)}</text>
${[...legend, ...ticks, ...judged.map((one, i) => row(one, top + i * rowHeight, words))].join('\n')}
</svg>
`;
}

const shares = ({ win, tie, lose }: RaterResult): readonly [Share, Share, Share] => [win, tie, lose];

function row(one: RaterResult, y: number, words: SvgWords): string {
  let x = left;
  const parts = shares(one).map((share, i) => {
    const length = bar * share.share!;
    const [fill] = [['win', 'tie', 'lose'][i]!];
    const middle = x + length / 2;
    const label =
      length < 46
        ? ''
        : `<text x="${round(middle)}" y="${y + 19}" text-anchor="middle" paint-order="stroke" stroke="#fff" stroke-width="3">${percentOf(share)}</text>`;
    const part = `<rect x="${round(x)}" y="${y}" width="${round(length)}" height="28" fill="url(#${fill})" stroke="#222"/>${label}`;
    x += length;
    return part;
  });
  const intervals = shares(one).map((share) =>
    share.interval === undefined
      ? ''
      : `${percentOf(share)} [${share.interval.map((end) => (100 * end).toFixed(1)).join(', ')}]`,
  );
  const kind = one.rater.kind === 'person' ? words.person : words.judge;
  return `<text x="16" y="${y + 13}">${escaped(short(one.rater.name))}</text><text x="16" y="${y + 28}" fill="#555" font-size="11">${escaped(`${kind}, ${words.counted(one.win.n, one.errors)}`)}</text>
${parts.join('\n')}
<text x="${left}" y="${y + 43}" fill="#555" font-size="11">${intervals.join('  ·  ')}</text>`;
}

const percentOf = ({ share = 0 }: Share): string => `${(100 * share).toFixed(1)} %`;
const round = (value: number): number => Math.round(value * 100) / 100;

/** Names as far as there is room. */
const short = (name: string): string => {
  const characters = Array.from(name);
  return characters.length <= 24 ? name : `${characters.slice(0, 23).join('')}…`;
};

/** Wide letters (Hangul, Han) take twice the room. */
const textWidth = (text: string): number =>
  Array.from(text).reduce(
    (sum, character) => sum + (/[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uff60]/.test(character) ? 12.5 : 7),
    0,
  );

/** Of XML; characters that it cannot hold are left out. */
const escaped = (text: string): string =>
  text
    .replace(
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '',
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
