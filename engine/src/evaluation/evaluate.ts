/**
 * Scores a model on evaluation tasks: the one way in for the command line and the inference host. Results are written when every
 * task is done, so a directory that holds results.json holds them all; until then it holds the answers that there are, and the same
 * evaluation in the same directory goes on with them.
 */
import { isFileError, fileProblem } from '../base/fileProblem.ts';
import type { Work } from '../base/progress.ts';
import { remaining } from '../base/remaining.ts';
import { type Result, bad, ok } from '../base/problem.ts';
import { modelState } from '../generation/modelState.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Evaluate } from '../protocol.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { KeptAnswers, ownerOf } from './keptAnswers.ts';
import { KeptHashes } from './keptHashes.ts';
import { type PreparedTask, prepareEvaluation, withoutResults } from './prepare.ts';
import type { EvaluationRequest } from './request.ts';
import { type ScoredTask, answerTask } from './answerTask.ts';
import { type Subject, subjectHashes, writeReport } from './report.ts';
import type { ScoringWork } from './score.ts';

export interface EvaluationOptions extends EvaluationRequest, Subject {
  /** Ids that end a text that the model writes; the tokenizer's EOS where absent. */
  readonly eosIds?: readonly number[];
  /** What the files of model and adapter were when they were read (`modelState`): where they are others now, nothing is said of them. */
  readonly state?: string;
  /** Where answers are kept from one evaluation to the next; absent: nowhere. */
  readonly answersDirectory?: string | undefined;
}

/**
 * Checks, scores and writes. Paths should be absolute. Throws the signal's reason when stopped; then there are no results, but the
 * answers so far.
 */
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
  let kept: KeptAnswers | undefined;
  try {
    work.signal?.throwIfAborted();
    const cache = options.cache === false ? undefined : options.answersDirectory;
    work.onProgress?.({ message: 'checking the weights', fraction: 0 });
    const known = cache === undefined ? undefined : await KeptHashes.open(cache);
    const hashes = await subjectHashes(options, work.signal, known);
    if (options.state !== undefined && options.state !== modelState(options))
      return bad('the model has changed since it was read', { file: options.model }, 'Evaluate it again.');
    const owner = ownerOf({ ...hashes, ...options, model: hashes.model, adapter: hashes.adapter ?? {} });
    if (owner !== undefined) kept = await KeptAnswers.open(options.out, cache, owner);
    const scored = await scoreTasks(prepared, options, { session, tokenizer }, work, kept);
    if (!scored.ok) return scored;
    // Another evaluation may have come to its end here meanwhile.
    const free = withoutResults(options.out);
    if (!free.ok) return free;
    const { file, results } = await writeReport(options, scored.value, tokenizer, hashes, work.signal);
    await kept?.finish();
    return ok({ results, file });
  } catch (error) {
    if (isFileError(error)) return fileProblem(error, options.out);
    throw error;
  } finally {
    await kept?.close();
  }
}

async function scoreTasks(
  prepared: readonly PreparedTask[],
  { eosIds }: EvaluationOptions,
  asked: { readonly session: InferenceSession; readonly tokenizer: Tokenizer },
  { signal, onProgress }: Work,
  known: KeptAnswers | undefined,
): Promise<Result<ScoredTask[]>> {
  const lengths = prepared.map(lengthOf);
  const all = lengths.reduce((a, b) => a + b, 0);
  const begin = performance.now();
  const scored: ScoredTask[] = [];
  let before = 0;
  for (const [i, one] of prepared.entries()) {
    const onShare = (share: number) => {
      const fraction = share === 1 && i === prepared.length - 1 ? 1 : (before + share * lengths[i]!) / all;
      const left = remaining(fraction, (performance.now() - begin) / 1000);
      const message = left === undefined ? `scoring ${one.task.name}` : `scoring ${one.task.name}, ${left}`;
      onProgress?.({ message, fraction });
    };
    onShare(0);
    const start = performance.now();
    let work: ScoringWork | undefined;
    const answered = await answerTask(
      one,
      { ...asked, ...(eosIds === undefined ? {} : { eosIds }) },
      {
        ...(signal === undefined ? {} : { signal }),
        onShare,
        onWork: (done) => (work = done),
        ...(known === undefined ? {} : { known }),
      },
    );
    if (!answered.ok) return answered;
    const seconds = (performance.now() - start) / 1000;
    scored.push({ prepared: one, answered: answered.value, seconds, ...(work === undefined ? {} : { work }) });
    onShare(1);
    before += lengths[i]!;
  }
  return ok(scored);
}

/** UTF-16 units that go through the model, about: how tasks weigh against each other in what is told of progress. */
const lengthOf = ({ questions }: PreparedTask): number =>
  questions.reduce(
    (sum, { context, candidates }) => sum + context.length + candidates.reduce((n, text) => n + text.length, 0),
    1,
  );
