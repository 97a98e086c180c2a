/** A line a row: what was asked, what the model thought of each candidate, what was right, and where the row stands. */
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { ScoredTask } from './report.ts';
import { tokenKinds } from './tokenKinds.ts';

export interface Vocabulary {
  readonly tokenizer: Pick<Tokenizer, 'encode' | 'byteOf'>;
  /** The first id that an expansion of the model added; absent where none is known. */
  readonly newFrom?: number;
}

/** The text of samples-TASK.jsonl. */
export function samples({ prepared, answers }: ScoredTask, { tokenizer, newFrom }: Vocabulary): string {
  return answers
    .map((answer, i) => {
      const question = prepared.questions[i]!;
      return `${JSON.stringify({
        doc_id: i,
        source: prepared.sources[i]!,
        target: answer.gold,
        prediction: answer.prediction,
        arguments: question.candidates.map((candidate) => [question.context, candidate]),
        resps: answer.logLikelihoods.map((sum) => [sum]),
        acc: Number(answer.prediction === answer.gold),
        ...(prepared.task.metrics.includes('acc_norm')
          ? { acc_norm: Number(answer.normalizedPrediction === answer.gold) }
          : {}),
        ...(answer.cut === 0 ? {} : { truncated_tokens: answer.cut }),
        tokens: tokenKinds(question, tokenizer, newFrom),
      })}\n`;
    })
    .join('');
}
