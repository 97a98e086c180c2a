/**
 * Asks a model session for the log-likelihood of every candidate and chooses the best. What is asked twice is computed once; what
 * contexts share is the session's to share.
 */
import { type Result, bad, ok } from '../base/problem.ts';
import type { InferenceSession } from '../model/sessions.ts';
import { type Verdict, argmax } from './metrics.ts';
import { type RequestTokenizer, type ScoreRequest, scoreRequests } from './requests.ts';
import type { Question } from './task.ts';

export interface Answer extends Verdict {
  /** Sum over a candidate's tokens of log P(token | everything before), in nats, in label order. */
  readonly logLikelihoods: readonly number[];
  /** The most tokens cut off a candidate's context on the left. */
  readonly cut: number;
}

/** How much was asked and computed. Tokens: as they would go through the model with each candidate by itself. */
export interface ScoringWork {
  readonly requests: number;
  readonly tokens: number;
  /** Requests left when those that are equal have been asked once. */
  readonly distinct: number;
  /** Of these, how many had been answered before. */
  readonly known: number;
  /** Bytes that a batch took at most beside the weights, where the backend knows it. */
  readonly bytes?: number;
}

/** Answers of requests by key, kept from batch to batch and beyond. */
export interface KnownAnswers {
  /** Sum of the log-likelihoods. */
  get(key: string): number | undefined;
  /** Of a whole batch at once. */
  add(keys: readonly string[], sums: readonly number[]): Promise<void>;
  /** A text that the model wrote. */
  text(key: string): string | undefined;
  addTexts(keys: readonly string[], texts: readonly string[]): Promise<void>;
}

export interface ScoringOptions {
  readonly signal?: AbortSignal;
  readonly onShare?: (share: number) => void;
  readonly onWork?: (work: ScoringWork) => void;
  readonly known?: KnownAnswers;
  /** The number of each question's row in its file, from 0, where they are not all of them: for messages. */
  readonly ids?: readonly number[];
}

/** Answers in the order of the questions. Throws the signal's reason when stopped. */
export async function answerQuestions(
  questions: readonly Question[],
  session: Pick<InferenceSession, 'score' | 'contextLength'>,
  tokenizer: RequestTokenizer,
  { signal, onShare, onWork, known, ids }: ScoringOptions,
): Promise<Result<Answer[]>> {
  const requests = scoreRequests(questions, tokenizer, session.contextLength);
  // What has no probability would count as certain, and win.
  const unscored = requests.find(({ scored }) => scored === 0);
  if (unscored !== undefined) return nothingToScore(questions, unscored, ids);
  const sums = new Map<string, number>();
  const asked = new Map<string, ScoreRequest>();
  for (const request of requests) {
    const sum = known?.get(request.key);
    if (sum === undefined) asked.set(request.key, request);
    else sums.set(request.key, sum);
  }
  const rows = [...asked.values()];
  let bytes: number | undefined;
  signal?.throwIfAborted();
  for await (const batch of session.score(rows, signal)) {
    const keys = batch.rows.map((row) => rows[row]!.key);
    const values = batch.values.map((logs) => logs.reduce((a, b) => a + b, 0));
    if (values.some(Number.isNaN))
      return bad('the model answers with no number', undefined, 'Check its weights: a run may have diverged.');
    for (const [i, key] of keys.entries()) sums.set(key, values[i]!);
    await known?.add(keys, values);
    if (batch.bytes !== undefined) bytes = Math.max(bytes ?? 0, batch.bytes);
    onShare?.(batch.share);
    signal?.throwIfAborted();
  }
  onWork?.({
    requests: requests.length,
    tokens: requests.reduce((sum, { ids }) => sum + ids.length - 1, 0),
    distinct: sums.size,
    known: sums.size - rows.length,
    ...(bytes === undefined ? {} : { bytes }),
  });
  const byQuestion = questions.map(({ candidates }) => new Array<number>(candidates.length).fill(Number.NaN));
  const cuts = questions.map(() => 0);
  for (const { question, candidate, key, cut } of requests) {
    byQuestion[question]![candidate] = sums.get(key)!;
    cuts[question] = Math.max(cuts[question]!, cut);
  }
  return ok(
    questions.map(({ candidates, gold }, i) => {
      const logLikelihoods = byQuestion[i]!;
      return {
        gold,
        prediction: argmax(logLikelihoods),
        normalizedPrediction: argmax(logLikelihoods.map((sum, c) => sum / lengthOf(candidates[c]!))),
        logLikelihoods,
        cut: cuts[i]!,
      };
    }),
  );
}

function nothingToScore(
  questions: readonly Question[],
  { question, candidate, ids }: ScoreRequest,
  rows: readonly number[] | undefined,
): Result<never> {
  const [number, row] = [candidate + 1, (rows?.[question] ?? question) + 1];
  return ids.length === 0 || questions[question]!.candidates[candidate]!.trim() === ''
    ? bad(`candidate ${number} of row ${row} is empty`, undefined, 'Correct the row, or what the task makes of it.')
    : bad(
        `candidate ${number} of row ${row} has no token that stands behind another`,
        undefined,
        'Give the task a prompt.',
      );
}

/** Length in characters as Python counts them, of the candidate as it stands behind its context: its space is one. */
const lengthOf = (text: string) => Array.from(text).length;
