/** No-break spaces and other spaces that are no plain space. */
import { spaces } from '../data/spaces.ts';
import type { Rule } from '../rule.ts';
import { codePointName, endsWith, matchesOf, startsWith } from './around.ts';

const rows = spaces.map(({ characters, meant }) => ({
  is: new RegExp(`[${characters}]`, 'u'),
  meant: meant.map(({ before, after }: { before?: string; after?: string }) => ({
    before: before === undefined ? undefined : new RegExp(`${before}$`, 'u'),
    after: after === undefined ? undefined : new RegExp(`^${after}`, 'u'),
  })),
}));
const run = new RegExp(`[${spaces.map(({ characters }) => characters).join('')}]+`, 'gu');

export const exoticSpace: Rule = {
  id: 'exotic-space',
  preset: 'default',
  severity: 'warning',
  scope: 'lines',
  inCode: true,
  fix: 'safe',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'No-break and exotic spaces',
      message: '{count} × {name}, not a plain space',
      fix: 'Put plain spaces',
      why: 'A no-break space looks like a space and is none to a tokenizer: it costs two or three byte tokens, and the word behind it loses the piece that begins with a space. Left alone are the ones that typography asks for: before French punctuation and inside guillemets, between groups of digits, the ideographic space in Chinese and Japanese.',
    },
    ko: {
      title: '줄바꿈 없는 공백과 별난 공백',
      message: '보통 공백이 아닌 {name} {count}개',
      fix: '보통 공백으로 바꾸기',
      why: '줄바꿈 없는 공백은 공백처럼 보이지만 토크나이저에게는 공백이 아닙니다. 바이트 토큰이 둘이나 셋 들고, 뒤의 낱말은 공백으로 시작하는 조각을 잃습니다. 조판에서 일부러 쓰는 것은 그대로 둡니다. 프랑스어 문장 부호 앞과 기유메 안, 숫자를 끊어 쓴 자리, 중국어와 일본어의 전각 공백이 그렇습니다.',
    },
  },
  examples: [
    { before: '안녕\u00a0하세요', after: '안녕 하세요' },
    { before: '첫째\u3000둘째\u2003셋째', after: '첫째 둘째 셋째' },
  ],
  leaves: [
    { before: 'Vraiment\u00a0? «\u00a0Oui\u00a0»' },
    { before: '10\u202f000' },
    { before: '今日は\u3000晴れ' },
    { before: 'plain space' },
  ],
  *find({ text, from, to }) {
    for (const { found, start, end } of matchesOf(text, from, to, run)) {
      const row = rows.find(({ is }) => is.test(found[0][0]!))!;
      const isMeant = row.meant.some(
        ({ before, after }) =>
          (before === undefined || endsWith(text, start, before)) &&
          (after === undefined || startsWith(text, end, after)),
      );
      if (isMeant) continue;
      const name = codePointName(found[0]);
      const plain = ' '.repeat(found[0].length);
      yield { start, end, values: { count: found[0].length, name }, edits: [{ start, end, text: plain }] };
    }
  },
};
