/** Several spaces beside a place that a template fills. */
import type { Rule } from '../rule.ts';
import { matchesOf } from './around.ts';

const before = /(?:\}|\[\/?INST\]|\|>|<\/?s>)$/;
const after = /^(?:\{\{|\{[\p{L}_]|\[\/?INST\]|<\||<\/?s>)/u;
const run = / {2,}/g;

/** Do spaces stand beside a placeholder, or beside the mark of a turn? */
export const besidePlaceholder = (text: string, start: number, end: number): boolean =>
  before.test(text.slice(Math.max(0, start - 8), start)) || after.test(text.slice(end, end + 8));

export const templateSpace: Rule = {
  id: 'template-space',
  preset: 'recommended',
  severity: 'information',
  scope: 'lines',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 1,
  options: {},
  words: {
    en: {
      title: 'Double spaces in a template',
      message: '{count} spaces beside a placeholder',
      fix: 'Leave one space',
      why: 'A template is sent with every request, so a needless space costs a token each time; and a model trained without it sees tokens it does not know. Told beside placeholders ({{name}}, {name}) and beside the marks of turns ([INST], <|user|>).',
    },
    ko: {
      title: '템플릿의 겹친 공백',
      message: '자리표시자 옆에 공백이 {count}개 있습니다',
      fix: '공백 하나만 남기기',
      why: '템플릿은 요청마다 보내므로 필요 없는 공백은 그때마다 토큰을 씁니다. 그 공백 없이 훈련한 모델에는 낯선 토큰이기도 합니다. 자리표시자({{name}}, {name})와 차례 표시([INST], <|user|>) 옆의 것을 알려 줍니다.',
    },
  },
  examples: [
    { before: '이름:  {{name}} 님', after: '이름: {{name}} 님', kind: 'prompt' },
    { before: '[INST]  {question} [/INST]', after: '[INST] {question} [/INST]', kind: 'prompt' },
  ],
  leaves: [{ before: '이름: {{name}} 님', kind: 'prompt' }, { before: 'a  b' }, { before: '    {{indented}}' }],
  *find({ text, from, to }) {
    for (const { start, end } of matchesOf(text, from, to, run)) {
      const indentation = start === 0 || text[start - 1] === '\n';
      if (indentation || end === text.length || /[\r\n]/.test(text[end]!) || !besidePlaceholder(text, start, end))
        continue;
      yield { start, end, values: { count: end - start }, edits: [{ start, end, text: ' ' }] };
    }
  },
};
