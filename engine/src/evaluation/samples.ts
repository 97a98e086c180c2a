/** A line a row: what was asked, what the model thought or wrote, what was right, and where the row stands. */
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { ScoredTask } from './answerTask.ts';
import { harnessRow } from './harnessForm.ts';
import type { TextAnswer } from './rolling.ts';
import type { Answer } from './score.ts';
import type { Question, Task } from './task.ts';
import { tokenKinds } from './tokenKinds.ts';
import type { TextMetric, WrittenAnswer } from './written.ts';

export interface Vocabulary {
  readonly tokenizer: Pick<Tokenizer, 'encode' | 'byteOf'>;
  /** The first id that an expansion of the model added; absent where none is known. */
  readonly newFrom?: number;
}

/** UTF-16 units at a stretch, about: all rows together may be longer than a string can be. */
const stretch = 1 << 18;

/** The text of samples-TASK.jsonl, some rows at a time. */
export function* samples({ prepared, answered }: ScoredTask, { tokenizer, newFrom }: Vocabulary): Generator<string> {
  const { task, questions, ids, sources } = prepared;
  let text = '';
  for (const [i, row] of rows(task, questions, answered).entries()) {
    const common = { doc_id: ids[i]!, source: sources[i]! };
    text += `${JSON.stringify({ ...common, ...row, tokens: tokenKinds(questions[i]!, tokenizer, newFrom) })}\n`;
    if (text.length < stretch) continue;
    yield text;
    text = '';
  }
  yield text;
}

function rows(task: Task, questions: readonly Question[], answered: ScoredTask['answered']): object[] {
  switch (answered.outputType) {
    case 'multiple_choice':
      return answered.answers.map((answer, i) => choice(task, questions[i]!, answer));
    case 'generate_until':
      return answered.answers.map((answer, i) =>
        written(task, questions[i]!, answer, (name) => answered.figures.row(name, i)),
      );
    case 'loglikelihood_rolling':
      return answered.answers.map((answer, i) => rolling(questions[i]!, answer));
    default:
      return answered satisfies never;
  }
}

const truncated = (cut: number): object => (cut === 0 ? {} : { truncated_tokens: cut });

function choice(task: Task, { context, candidates }: Question, answer: Answer): object {
  return {
    target: answer.gold,
    prediction: answer.prediction,
    arguments: candidates.map((candidate) => [context, candidate]),
    resps: answer.logLikelihoods.map((sum) => [sum]),
    filtered_resps: answer.logLikelihoods.map((sum) => [sum]),
    ...harnessRow(
      context,
      answer.gold,
      task.metrics.filter((name) => name === 'acc' || name === 'acc_norm'),
    ),
    acc: Number(answer.prediction === answer.gold),
    ...(task.metrics.includes('acc_norm') ? { acc_norm: Number(answer.normalizedPrediction === answer.gold) } : {}),
    ...truncated(answer.cut),
  };
}

function written(
  task: Task,
  { context, candidates }: Question,
  { text, cut }: WrittenAnswer,
  figure: (name: TextMetric) => number,
): object {
  const wanted = candidates[0]!;
  const { until, maxTokens } = task.generation!;
  return {
    target: wanted.trim(),
    arguments: [[context, { until, max_gen_toks: maxTokens }]],
    resps: [[text]],
    filtered_resps: [text.trim()],
    ...harnessRow(context, wanted.trim(), task.metrics),
    ...Object.fromEntries(task.metrics.map((name) => [name, figure(name as TextMetric)])),
    ...truncated(cut),
  };
}

function rolling({ candidates }: Question, { logLikelihood, bytes, words }: TextAnswer): object {
  return {
    target: candidates[0]!,
    arguments: [[candidates[0]!]],
    resps: [[logLikelihood]],
    filtered_resps: [logLikelihood],
    ...harnessRow(candidates[0]!, candidates[0]!, ['bits_per_byte']),
    bits_per_byte: -logLikelihood / bytes / Math.LN2,
    bytes,
    words,
  };
}
