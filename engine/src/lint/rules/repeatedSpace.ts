/** Several spaces where one would do. */
import type { Rule } from '../rule.ts';
import { matchesOf } from './around.ts';
import { besidePlaceholder } from './templateSpace.ts';

const run = /(?<=\S) {2,}(?=\S)/g;
/** What stands before on its line: nothing, or the mark of a list or a heading, behind which spaces may count. */
const mark = /^[ \t>]*(?:[-*+#]{0,6}|\d{1,9}[.)])$/;
/** Lines in columns. */
const columns = /[|\t\u2500-\u257f]| {2,}.* {2,}.* {2,}/;

export const repeatedSpace: Rule = {
  id: 'repeated-space',
  preset: 'recommended',
  severity: 'information',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Repeated spaces',
      message: '{count} spaces in a row',
      fix: 'Leave one space',
      why: 'Two spaces within a sentence cost a token more and split words from the piece that begins with a space. Indentation, list marks, tables, columns, code and spaces at a line’s end are left alone.',
    },
    ko: {
      title: '거듭된 공백',
      message: '공백이 {count}개 잇달아 있습니다',
      fix: '공백 하나만 남기기',
      why: '문장 안의 겹친 공백은 토큰이 더 들고, 공백으로 시작하는 조각을 낱말에서 떼어 놓습니다. 들여쓰기, 목록 기호, 표와 단, 코드, 줄 끝의 공백은 그대로 둡니다.',
    },
  },
  examples: [{ before: '한 칸이면  될 것을', after: '한 칸이면 될 것을' }],
  leaves: [
    { before: '    indented' },
    { before: '-   a list', kind: 'markdown' },
    { before: 'name    age    city' },
    { before: '| a    | b |' },
    { before: '`a    b`', kind: 'markdown' },
    { before: 'a line break  \nin Markdown', kind: 'markdown' },
  ],
  *find({ text, from, to }) {
    for (const { start, end } of matchesOf(text, from, to, run)) {
      const lineStart = Math.max(start - 300, text.lastIndexOf('\n', start - 1) + 1);
      const rest = text.slice(end, end + 300);
      const line = text.slice(lineStart, end) + rest.slice(0, (rest + '\n').indexOf('\n'));
      if (
        mark.test(text.slice(lineStart, start)) ||
        columns.test(line.trimStart()) ||
        besidePlaceholder(text, start, end)
      )
        continue;
      yield { start, end, values: { count: end - start }, edits: [{ start, end, text: ' ' }] };
    }
  },
};
