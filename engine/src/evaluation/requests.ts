/**
 * A question's candidates as rows of token ids, by lm-evaluation-harness's rule: context and candidate are encoded apart
 * (so the candidate has the tokenizer's own dummy prefix), no BOS is added, and of the two joined the last
 * `contextLength + 1` tokens are kept: the model reads all but the last of them.
 */
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Question } from './task.ts';

export interface ScoreRequest {
  readonly question: number;
  readonly candidate: number;
  readonly ids: Int32Array;
  /** Tokens at the end of `ids` whose log-probabilities are summed. */
  readonly scored: number;
  /** Tokens cut off on the left, since they did not fit. */
  readonly cut: number;
}

export function scoreRequests(
  questions: readonly Question[],
  tokenizer: Pick<Tokenizer, 'encode'>,
  contextLength: number,
): ScoreRequest[] {
  return questions.flatMap(({ context, candidates }, question) => {
    const before = tokenizer.encode(context).ids;
    return candidates.map((text, candidate) => {
      const answer = tokenizer.encode(text).ids;
      const length = before.length + answer.length;
      const cut = Math.max(0, length - (contextLength + 1));
      const ids = new Int32Array(length - cut);
      const head = before.subarray(cut);
      ids.set(head);
      ids.set(answer.subarray(answer.length - (ids.length - head.length)), head.length);
      // The first token of all has nothing before it and no probability.
      return { question, candidate, ids, scored: Math.min(answer.length, ids.length - 1), cut };
    });
  });
}
