/** A space at the end of a prompt, before the answer that a model is to write. */
import { answerSigns, answerWords } from '../data/answerMarks.ts';
import type { Rule } from '../rule.ts';

const escaped = (words: readonly string[]) =>
  words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)).join('|');
const end = new RegExp(
  String.raw`(?:(?:^|[\s>*#]|\\n)(?:${escaped(answerWords)})(?:\([^()\n]{0,20}\))?\**\s?[:：]\**|${escaped(answerSigns)})([ \t]+)(?:\r?\n)?$`,
  'u',
);
const near = 120;

export const answerSpace: Rule = {
  id: 'answer-space',
  preset: 'recommended',
  severity: 'warning',
  scope: 'passage',
  inCode: false,
  fix: 'suggestion',
  leastSaved: 0,
  options: {},
  words: {
    en: {
      title: 'Space at the end of a prompt',
      message: 'The prompt ends with a space before its answer',
      fix: 'Remove the space',
      why: 'The first word of an answer begins with a space inside its own piece. Where the prompt ends with one already, the model has to go on from a lone space token, which it saw in training nearly never, and answers worse.',
    },
    ko: {
      title: '프롬프트 끝의 공백',
      message: '대답이 올 자리 앞에서 프롬프트가 공백으로 끝납니다',
      fix: '공백 지우기',
      why: '대답의 첫 낱말은 공백을 제 조각 안에 품고 시작합니다. 프롬프트가 이미 공백으로 끝나면 모델은 훈련에서 거의 보지 못한 공백 토큰 뒤를 이어야 하고, 대답이 나빠집니다.',
    },
  },
  examples: [
    { before: '질문: 하늘은 왜 파란가요?\n답변: ', after: '질문: 하늘은 왜 파란가요?\n답변:', kind: 'prompt' },
    { before: '### Response: \n', after: '### Response:\n', kind: 'prompt' },
    { before: '[INST] Why? [/INST] ', after: '[INST] Why? [/INST]', kind: 'prompt' },
    { before: '{"prompt":"Q: 1+1?\\nA: "}', after: '{"prompt":"Q: 1+1?\\nA:"}', kind: 'jsonl' },
  ],
  leaves: [{ before: '답변:', kind: 'prompt' }, { before: '답변: 네.', kind: 'prompt' }, { before: 'a space ' }],
  *find({ text, from, to, passage }) {
    if (passage === undefined) return;
    const tail = text.slice(Math.max(from, to - near), to);
    const found = end.exec(tail);
    if (found === null) return;
    const spaces = found[1]!;
    const start = to - tail.length + tail.lastIndexOf(spaces);
    yield { start, end: start + spaces.length, edits: [{ start, end: start + spaces.length, text: '' }] };
  },
};
