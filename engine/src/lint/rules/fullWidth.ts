/** Latin letters, digits and signs as wide as an ideograph. */
import type { Edit } from '../../base/edit.ts';
import type { Rule } from '../rule.ts';
import { endsWith, matchesOf, shortened, startsWith } from './around.ts';

const run = /[\uff01-\uff5e]+/g;
const letterOrDigit = /[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]/;
const ideographic = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\u3001-\u303f]`;
const before = new RegExp(`${ideographic}\\s?$`, 'u');
const after = new RegExp(`^\\s?${ideographic}`, 'u');

export const fullWidth: Rule = {
  id: 'full-width',
  preset: 'recommended',
  severity: 'information',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Full-width letters, digits and signs',
      message: '“{text}” is full-width',
      fix: 'Write “{plain}”',
      why: 'ＡＢＣ１２３ costs three byte tokens a character where ABC123 costs a token or two. Letters and digits can be changed without a look. Signs are a suggestion only: a plain < or * may begin something (a special token, emphasis) that the wide one did not. Chinese and Japanese punctuation stays as it is.',
    },
    ko: {
      title: '전각 글자, 숫자, 부호',
      message: '‘{text}’은(는) 전각입니다',
      fix: '‘{plain}’(으)로 쓰기',
      why: 'ABC123이면 토큰 한두 개로 될 것이 ＡＢＣ１２３이면 글자마다 바이트 토큰 세 개가 듭니다. 글자와 숫자는 살펴보지 않고 바꾸어도 됩니다. 부호는 제안만 합니다. 반각 <나 *는 전각과 달리 특수 토큰이나 강조의 시작이 될 수 있기 때문입니다. 중국어와 일본어의 문장 부호는 그대로 둡니다.',
    },
  },
  examples: [
    { before: '값은 １２３원', after: '값은 123원' },
    { before: 'ＧＰＵ', after: 'GPU' },
    { before: '정말？', after: '정말?' },
    { before: '第１章，', after: '第1章，' },
  ],
  leaves: [{ before: '你好，世界！' }, { before: 'ABC 123?' }],
  *find({ text, from, to }) {
    for (const { start, end } of matchesOf(text, from, to, run)) {
      const amongIdeographs = endsWith(text, start, before) || startsWith(text, end, after);
      const edits: Edit[] = [];
      let signs = false;
      for (let at = start; at < end; at++) {
        const isSign = !letterOrDigit.test(text[at]!);
        if (isSign && amongIdeographs) continue;
        signs ||= isSign;
        const plain = String.fromCharCode(text.charCodeAt(at) - 0xfee0);
        const last = edits.at(-1);
        if (last?.end === at) edits[edits.length - 1] = { start: last.start, end: at + 1, text: last.text + plain };
        else edits.push({ start: at, end: at + 1, text: plain });
      }
      if (edits.length === 0) continue;
      const [first, last] = [edits[0]!.start, edits.at(-1)!.end];
      const plain = edits.map((edit) => edit.text).join('');
      yield {
        start: first,
        end: last,
        values: { text: shortened(text.slice(first, last)), plain: shortened(plain) },
        edits,
        safe: !signs,
      };
    }
  },
};
