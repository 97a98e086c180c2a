/**
 * KLUE (Park et al. 2021): natural language inference, sentence similarity and topics of news titles. Prompts and
 * candidates are those of lm-evaluation-harness's polyglot branch, to the character. Only dev splits are published.
 */
import type { Task } from '../task.ts';

const nli: Task = {
  name: 'klue_nli',
  title: 'KLUE NLI',
  language: 'ko',
  version: 1,
  files: { dev: 'klue/klue-nli-v1.1_dev.json' },
  format: 'json',
  metrics: ['acc', 'macro_f1'],
  headline: 'acc',
  question: (row) => {
    const hypothesis = row.text('hypothesis').trim();
    const stop = hypothesis.endsWith('.') ? '' : '.';
    return {
      context: `${row.text('premise')}\n질문: ${hypothesis}${stop} 참, 거짓, 중립 중 무엇인가요?\n정답:`,
      candidates: [' 참', ' 중립', ' 거짓'],
      gold: row.choice('gold_label', { entailment: 0, neutral: 1, contradiction: 2 }),
    };
  },
};

const sts: Task = {
  name: 'klue_sts',
  title: 'KLUE STS',
  language: 'ko',
  version: 1,
  files: { dev: 'klue/klue-sts-v1.1_dev.json' },
  format: 'json',
  metrics: ['acc', 'macro_f1', 'f1'],
  headline: 'acc',
  question: (row) => {
    const [first, second] = [detokenize(row.text('sentence1')), detokenize(row.text('sentence2'))];
    return {
      context: `질문: 문장 1과 문장 2는 서로 유사한 의미를 가지나요?\n문장 1: ${first}\n문장 2: ${second}\n정답:`,
      candidates: [' 아니오', ' 예'],
      gold: row.within('labels').choice('binary-label', { 0: 0, 1: 1 }),
    };
  },
};

const ynat: Task = {
  name: 'klue_ynat',
  title: 'KLUE YNAT',
  language: 'ko',
  version: 1,
  files: { dev: 'klue/ynat-v1.1_dev.jsonl' },
  format: 'jsonLines',
  metrics: ['acc', 'macro_f1'],
  headline: 'acc',
  question: (row) => ({
    context: `질문: 다음의 제목을 가지는 뉴스는 어느 분야의 뉴스인가요?\n제목: ${row.text('title')}\n분야:`,
    candidates: [' 과학', ' 경제', ' 사회', ' 생활', ' 세계', ' 스포츠', ' 정치'],
    gold: row.choice('label', { 0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6 }),
  }),
};

/** The harness's `general_detokenize`: takes out spaces that a tokenizer left around brackets, quotes and stops. */
export function detokenize(text: string): string {
  return text
    .replaceAll(" n't", "n't")
    .replaceAll(' )', ')')
    .replaceAll('( ', '(')
    .replaceAll('" ', '"')
    .replaceAll(' "', '"')
    .replaceAll(/ (['.,])/g, '$1');
}

export const klue: readonly Task[] = [nli, sts, ynat];
