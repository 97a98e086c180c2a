/** Asks a model session for the log-likelihood of every candidate, in batches of like length, and chooses the best. */
import { type Result, bad, ok } from '../base/problem.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Verdict, argmax } from './metrics.ts';
import { type ScoreRequest, scoreRequests } from './requests.ts';
import type { Question } from './task.ts';

export interface Answer extends Verdict {
  /** Sum over a candidate's tokens of log P(token | everything before), in nats, in label order. */
  readonly logLikelihoods: readonly number[];
  /** The most tokens cut off a candidate's context on the left. */
  readonly cut: number;
}

/** Tokens in a batch, about: enough to keep a machine busy, few enough that stopping and progress are quick. */
const batchTokens = 4096;

/** Answers in the order of the questions. Throws the signal's reason when stopped. */
export async function answerQuestions(
  questions: readonly Question[],
  session: InferenceSession,
  tokenizer: Tokenizer,
  work: { readonly signal?: AbortSignal; readonly onShare?: (share: number) => void },
): Promise<Result<Answer[]>> {
  const requests = scoreRequests(questions, tokenizer, session.contextLength);
  const sums = questions.map((question) => new Array<number>(question.candidates.length).fill(Number.NaN));
  const cuts = questions.map(() => 0);
  const total = requests.reduce((sum, request) => sum + request.ids.length, 0);
  let done = 0;
  for (const batch of batches(requests)) {
    work.signal?.throwIfAborted();
    const values = await session.logLikelihoods(batch.map((request) => request.ids));
    for (const [i, { question, candidate, scored, cut, ids }] of batch.entries()) {
      const logs = values[i]!;
      const sum = logs.subarray(logs.length - scored).reduce((a, b) => a + b, 0);
      if (Number.isNaN(sum))
        return bad('the model answers with no number', undefined, 'Check its weights: a run may have diverged.');
      sums[question]![candidate] = sum;
      cuts[question] = Math.max(cuts[question]!, cut);
      done += ids.length;
    }
    work.onShare?.(done / total);
  }
  work.signal?.throwIfAborted();
  return ok(
    questions.map(({ candidates, gold }, i) => {
      const logLikelihoods = sums[i]!;
      return {
        gold,
        prediction: argmax(logLikelihoods),
        normalizedPrediction: argmax(logLikelihoods.map((sum, c) => sum / codePoints(candidates[c]!))),
        logLikelihoods,
        cut: cuts[i]!,
      };
    }),
  );
}

/** Longest first, so that a machine too small for the work fails at once; rows of a batch differ little in length. */
function* batches(requests: readonly ScoreRequest[]): Generator<ScoreRequest[]> {
  const sorted = [...requests].sort((a, b) => b.ids.length - a.ids.length);
  for (let start = 0; start < sorted.length;) {
    const rows = Math.max(1, Math.floor(batchTokens / sorted[start]!.ids.length));
    yield sorted.slice(start, start + rows);
    start += rows;
  }
}

/** Length in characters as Python counts them. */
const codePoints = (text: string) => Array.from(text).length;
