/** A prompt that does not fit into the model's context window. */
import { numberOf, type Rule } from '../rule.ts';

export const overBudget: Rule = {
  id: 'over-budget',
  preset: 'default',
  severity: 'error',
  scope: 'passage',
  inCode: true,
  fix: 'none',
  leastSaved: 0,
  options: { window: 4096, answer: 512 },
  words: {
    en: {
      title: 'Prompt over budget',
      message:
        '{tokens} tokens are {over} more than the budget of {budget} (a window of {window}, {answer} kept for the answer)',
      why: 'What does not fit into the context window is cut, mostly at the start, where the instruction stands. The budget is the window less what is kept for the answer (options `window` and `answer`; in the editor, where they are not set, the settings `bllossom.context.window` and `bllossom.context.reservedAnswer`, or the window of the model that answers questions; with none of them there is no budget). Counted are prompt files and strings marked as prompts, with the token that begins a text. Other texts need not fit into a window.',
    },
    ko: {
      title: '예산을 넘는 프롬프트',
      message: '토큰 {tokens}개는 예산 {budget}개보다 {over}개 많습니다(창 {window}개에서 대답 몫 {answer}개를 뺀 것)',
      why: '문맥 창에 들어가지 않는 것은 잘려 나갑니다. 대개 지시가 있는 앞쪽이 잘립니다. 예산은 창에서 대답의 몫을 뺀 것입니다(옵션 `window`와 `answer`. 편집기에서 이것이 없으면 설정 `bllossom.context.window`와 `bllossom.context.reservedAnswer`, 또는 질문에 답하는 모델의 창을 쓰고, 어느 것도 없으면 예산이 없습니다). 프롬프트 파일과 프롬프트로 표시한 문자열을, 글을 시작하는 토큰까지 넣어 셉니다. 다른 글은 창에 들어가지 않아도 됩니다.',
    },
  },
  examples: [{ before: 'one two three four five six seven eight', kind: 'prompt', options: { window: 8, answer: 4 } }],
  leaves: [
    { before: 'one two', kind: 'prompt' },
    { before: 'one two three four five six seven eight', options: { window: 8, answer: 4 } },
  ],
  *find({ text, from, to, passage, measure }, options) {
    if (passage?.prompt !== true || measure === undefined) return;
    const [window, answer] = [numberOf(options, 'window'), numberOf(options, 'answer')];
    const bos = measure.tokenizer.bosId === undefined ? 0 : 1;
    const budget = window - answer;
    if (window <= 0) return;
    const counted = measure.countAlone(from, to, Math.max(0, budget - bos));
    if (counted?.beyond === undefined) return;
    const tokens = counted.tokens + bos;
    // From where the budget ends to the end of that line: the rest of the prompt need not be underlined.
    const lineEnd = text.indexOf('\n', counted.beyond + 1);
    const end = Math.max(counted.beyond + 1, Math.min(to, lineEnd < 0 ? to : lineEnd));
    yield {
      start: Math.min(counted.beyond, to - 1),
      end,
      values: { tokens, over: tokens - budget, budget, window, answer },
    };
  },
};
