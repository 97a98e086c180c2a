/** More blank lines than one, and spaces at the ends of lines. */
import type { Rule } from '../rule.ts';
import { matchesOf } from './around.ts';

const blank = /\r?\n(?:[ \t]*\r?\n){2,}/g;
/** A run of spaces is looked at from its start alone. */
const trailing = /(?<![ \t])[ \t]+(?=\r?\n)/g;

export const blankLines: Rule = {
  id: 'blank-lines',
  preset: 'recommended',
  severity: 'information',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Repeated blank lines and spaces at line ends',
      message: '{count} blank lines in a row',
      fix: 'Leave one blank line',
      why: 'A blank line is a token, in a vocabulary without a piece for line breaks a byte each. One parts paragraphs as well as five do. Spaces at a line’s end are told too, but not in Markdown and prompts, where two of them break a line.',
      variants: {
        trailing: { message: '{count} spaces at the end of the line', fix: 'Remove the spaces at the line’s end' },
      },
    },
    ko: {
      title: '거듭된 빈 줄과 줄 끝의 공백',
      message: '빈 줄이 {count}개 잇달아 있습니다',
      fix: '빈 줄 하나만 남기기',
      why: '빈 줄 하나가 토큰 하나이고, 줄바꿈 조각이 없는 어휘에서는 줄바꿈마다 바이트 토큰입니다. 문단은 빈 줄 하나로도 다섯 줄만큼 나뉩니다. 줄 끝의 공백도 알려 주지만, 공백 두 개가 줄을 바꾸는 마크다운과 프롬프트에서는 그러지 않습니다.',
      variants: { trailing: { message: '줄 끝에 공백이 {count}개 있습니다', fix: '줄 끝의 공백 지우기' } },
    },
  },
  examples: [
    { before: '첫째\n\n\n\n둘째', after: '첫째\n\n둘째' },
    { before: 'one\r\n\r\n\r\ntwo', after: 'one\r\n\r\ntwo' },
    { before: '끝   \n다음', after: '끝\n다음' },
  ],
  leaves: [{ before: 'a\n\nb' }, { before: 'a  \nb', kind: 'markdown' }],
  *find({ text, from, to, kind }) {
    for (const { found, start, end } of matchesOf(text, from, to, blank)) {
      const lineBreak = found[0].startsWith('\r') ? '\r\n' : '\n';
      const count = found[0].split('\n').length - 2;
      yield { start, end, values: { count }, edits: [{ start, end, text: lineBreak + lineBreak }] };
    }
    if (kind === 'markdown' || kind === 'prompt') return;
    for (const { start, end } of matchesOf(text, from, to, trailing)) {
      // Spaces on blank lines belong to those.
      if (start === 0 || text[start - 1] === '\n') continue;
      yield { start, end, values: { count: end - start }, edits: [{ start, end, text: '' }], variant: 'trailing' };
    }
  },
};
