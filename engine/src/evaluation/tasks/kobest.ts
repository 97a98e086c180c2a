/**
 * KoBEST (Kim et al. 2022). Prompts and candidates are those of lm-evaluation-harness's polyglot branch, to the
 * character; its main branch differs (COPA has two spaces there), and so do the figures.
 */
import type { Task } from '../task.ts';

const files = (name: string): Task['files'] => ({
  train: `kobest/${name}/train.tsv`,
  dev: `kobest/${name}/dev.tsv`,
  test: `kobest/${name}/test.tsv`,
});

const boolq: Task = {
  name: 'kobest_boolq',
  title: 'KoBEST BoolQ',
  language: 'ko',
  version: 1,
  files: files('BoolQ'),
  format: 'table',
  metrics: ['acc', 'macro_f1'],
  headline: 'macro_f1',
  question: (row) => ({
    // It ends in a space and the candidates begin with one: the published figures have both.
    context: `${row.text('Text')} 질문: ${row.text('Question')} 답변: `,
    candidates: [' 아니오', ' 예'],
    gold: row.choice('Answer', { false: 0, true: 1 }, { anyCase: true }),
  }),
};

const copa: Task = {
  name: 'kobest_copa',
  title: 'KoBEST COPA',
  language: 'ko',
  version: 1,
  files: files('COPA'),
  format: 'table',
  metrics: ['acc', 'macro_f1'],
  headline: 'macro_f1',
  question: (row) => ({
    context: `${row.text('sentence')} ${row.choice('question', { 원인: '왜냐하면', 결과: '그래서' })}`,
    candidates: [` ${row.text('1')}`, ` ${row.text('2')}`],
    gold: row.choice('Answer', { 1: 0, 2: 1 }),
  }),
};

const hellaswag: Task = {
  name: 'kobest_hellaswag',
  title: 'KoBEST HellaSwag',
  language: 'ko',
  version: 1,
  files: files('HellaSwag'),
  format: 'table',
  metrics: ['acc', 'macro_f1', 'acc_norm'],
  headline: 'macro_f1',
  question: (row) => ({
    context: `문장: ${row.text('context')}`,
    candidates: ['choice1', 'choice2', 'choice3', 'choice4'].map((choice) => ` ${row.text(choice)}`),
    gold: row.choice('label', { 0: 0, 1: 1, 2: 2, 3: 3 }),
  }),
};

const sentineg: Task = {
  name: 'kobest_sentineg',
  title: 'KoBEST SentiNeg',
  language: 'ko',
  version: 1,
  files: files('SentiNeg'),
  format: 'table',
  metrics: ['acc', 'macro_f1'],
  headline: 'macro_f1',
  question: (row) => ({
    context: `문장: ${row.text('Text')} 긍부정:`,
    candidates: [' 부정', ' 긍정'],
    gold: row.choice('Label', { 0: 0, 1: 1 }),
  }),
};

export const kobest: readonly Task[] = [boolq, copa, hellaswag, sentineg];
