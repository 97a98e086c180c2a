/** Zero-width and other characters that show nothing. */
import { invisible as table } from '../data/invisible.ts';
import type { Rule } from '../rule.ts';
import { codePointName, endsWith, lineAround, startsWith } from './around.ts';

const rows = table.map((row) => ({
  is: new RegExp(`^[${row.characters}]`, 'u'),
  seen: row.seen === true,
  means: (row.means ?? []).map(({ before, after, inLine }) => ({
    before: before === undefined ? undefined : new RegExp(`${before}$`, 'u'),
    after: after === undefined ? undefined : new RegExp(`^${after}`, 'u'),
    inLine: inLine === undefined ? undefined : new RegExp(inLine, 'u'),
  })),
}));
const run = new RegExp(`[${table.map((row) => row.characters).join('')}]+`, 'gu');

export const invisible: Rule = {
  id: 'invisible',
  preset: 'default',
  severity: 'warning',
  scope: 'lines',
  inCode: true,
  fix: 'safe',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Zero-width and other invisible characters',
      message: 'Invisible: {names}',
      fix: 'Remove what is invisible',
      why: 'Zero-width spaces, word joiners, byte order marks inside a text, soft hyphens and control characters come along when text is copied from web pages and documents. Each costs up to four byte tokens and keeps the words around it from being found in the vocabulary. Left alone is what means something: joiners in emoji and in Arabic, Persian and Indic words, zero-width spaces in Thai and Khmer, marks of direction on lines that run from right to left, fillers in old Hangul syllables. Removing controls that can change what is seen (fillers, overrides of direction) is a suggestion, never made by “fix all”.',
    },
    ko: {
      title: '폭이 없는 글자와 보이지 않는 글자',
      message: '보이지 않는 글자: {names}',
      fix: '보이지 않는 글자 지우기',
      why: '폭 없는 공백, 단어 결합자, 글 가운데의 바이트 순서 표식, 소프트 하이픈, 제어 문자는 웹 페이지나 문서에서 글을 복사할 때 딸려 옵니다. 하나에 바이트 토큰이 네 개까지 들고, 둘레의 낱말을 어휘에서 찾지 못하게 합니다. 뜻이 있는 것은 그대로 둡니다. 이모지와 아랍어, 페르시아어, 인도 문자의 결합자, 태국어와 크메르어의 폭 없는 공백, 오른쪽에서 왼쪽으로 쓰는 줄의 방향 표시, 옛한글 음절의 채움 문자가 그렇습니다. 지우면 보이는 것이 달라질 수 있는 제어 문자(채움 문자, 방향 덮어쓰기)는 제안만 하고 ‘모두 고치기’로 지우지 않습니다.',
    },
  },
  examples: [
    { before: '안녕\u200b하세요', after: '안녕하세요' },
    { before: 'zero\u2060width\u00ad', after: 'zerowidth' },
    { before: '앞\ufeff뒤', after: '앞뒤' },
  ],
  leaves: [
    { before: '👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥' },
    { before: 'می\u200cخواهم' },
    { before: 'क्\u200dष' },
    { before: 'ភាសា\u200bខ្មែរ' },
    { before: 'שלום\u200f (world)' },
    { before: '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}' },
    { before: '\ufeffa byte order mark at the start' },
    { before: 'a\tb\r\nc' },
  ],
  *find({ text, from, to }) {
    for (const found of text.slice(from, to).matchAll(run)) {
      let first: number | undefined;
      const names = new Set<string>();
      let seen = false;
      let at = from + found.index;
      const end = at + found[0].length;
      for (; at < end; at += character(text, at).length) {
        if (isMeant(text, at) || (at === 0 && text[0] === '\ufeff')) {
          if (first !== undefined) yield removal(first, at, names, seen);
          first = undefined;
          names.clear();
          seen = false;
          continue;
        }
        first ??= at;
        names.add(codePointName(character(text, at)));
        seen ||= rowOf(text, at)?.seen === true;
      }
      if (first !== undefined) yield removal(first, end, names, seen);
    }
  },
};

const removal = (start: number, end: number, names: ReadonlySet<string>, seen: boolean) => ({
  start,
  end,
  values: { names: [...names].slice(0, 4).join(', ') + (names.size > 4 ? ' …' : '') },
  edits: [{ start, end, text: '' }],
  ...(seen ? { safe: false } : {}),
});

const character = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at)!);
const rowOf = (text: string, at: number) => rows.find(({ is }) => is.test(character(text, at)));

function isMeant(text: string, at: number): boolean {
  const length = character(text, at).length;
  return (rowOf(text, at)?.means ?? []).some(
    ({ before, after, inLine }) =>
      (before === undefined || endsWith(text, at, before)) &&
      (after === undefined || startsWith(text, at + length, after)) &&
      (inLine === undefined || inLine.test(lineAround(text, at))),
  );
}
