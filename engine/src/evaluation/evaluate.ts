/**
 * Scores a model on evaluation tasks: the one way in for the command line and the inference host. Nothing is written
 * before every task is done, so a directory that holds results.json holds them all.
 */
import { isFileError, fileProblem } from '../base/fileProblem.ts';
import type { Work } from '../base/progress.ts';
import { type Result, ok } from '../base/problem.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Evaluate } from '../protocol.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type PreparedTask, prepareEvaluation } from './prepare.ts';
import type { EvaluationRequest } from './request.ts';
import { type ScoredTask, answerTask, figures } from './answerTask.ts';
import { type Subject, writeReport } from './report.ts';

export interface EvaluationOptions extends EvaluationRequest, Subject {
  /** Ids that end a text that the model writes; the tokenizer's EOS where absent. */
  readonly eosIds?: readonly number[];
}

/** Checks, scores and writes. Paths should be absolute. Throws the signal's reason when stopped; then nothing is written. */
export async function evaluateTasks(
  options: EvaluationOptions,
  session: InferenceSession,
  tokenizer: Tokenizer,
  work: Work,
): Promise<Result<Evaluate.Answer>> {
  const prepared = await prepareEvaluation(options);
  if (!prepared.ok) return prepared;
  return scorePrepared(prepared.value, options, session, tokenizer, work);
}

/** As `evaluateTasks`, for those who prepared before they loaded a model. */
export async function scorePrepared(
  prepared: readonly PreparedTask[],
  options: EvaluationOptions,
  session: InferenceSession,
  tokenizer: Tokenizer,
  work: Work,
): Promise<Result<Evaluate.Answer>> {
  const rows = prepared.reduce((sum, one) => sum + one.questions.length, 0);
  const scored: ScoredTask[] = [];
  let before = 0;
  for (const one of prepared) {
    const message = `scoring ${one.task.name}`;
    const onShare = (share: number) =>
      work.onProgress?.({ message, fraction: (before + share * one.questions.length) / rows });
    onShare(0);
    const start = performance.now();
    const { eosIds } = options;
    const asked = { session, tokenizer, ...(eosIds === undefined ? {} : { eosIds }) };
    const answered = await answerTask(one, asked, {
      ...(work.signal === undefined ? {} : { signal: work.signal }),
      onShare,
    });
    if (!answered.ok) return answered;
    scored.push({ prepared: one, answered: answered.value, seconds: (performance.now() - start) / 1000 });
    before += one.questions.length;
  }
  try {
    const file = await writeReport(options, scored, tokenizer, work.signal);
    return ok({ results: Object.fromEntries(scored.map((one) => [one.prepared.task.name, figures(one)])), file });
  } catch (error) {
    if (isFileError(error)) return fileProblem(error, options.out);
    throw error;
  }
}
