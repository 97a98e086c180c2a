/**
 * Asks a judge all that is open, several questions at a time, and writes each verdict as it comes. What fails in passing is asked
 * again after a while that grows (exponential backoff with jitter, Brooker, "Exponential Backoff and Jitter", AWS 2015: "equal
 * jitter"), a bounded number of times; what fails for good is a line with its error, counted and asked again by the next run.
 */
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { plural } from '../base/plural.ts';
import { bad, ok, type Result } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { Random } from '../base/random.ts';
import { isLock, tryLock } from '../runs/lock.ts';
import { openVerdicts } from './directory.ts';
import { type Judge, JudgeError, type JudgeMessage, type JudgeReply } from './judge.ts';
import { type JudgeCache, settingsKey } from './judgeCache.ts';
import type { JudgeLanguage } from './judgePrompts.ts';
import { type JudgeQuestion, judgeRater, openQuestions, questionMessages } from './judgeWork.ts';
import { choiceOf } from './people.ts';
import { TimeLeft } from './timeLeft.ts';
import type { Choice, ComparisonData, Prompt, VerdictLine } from './types.ts';
import { verdictOf } from './verdict.ts';

export interface RunJudgeOptions {
  readonly language?: JudgeLanguage;
  readonly cache?: JudgeCache | undefined;
  /** How often a question is asked at most; 6 where absent. */
  readonly attempts?: number;
  /** The first wait, doubled with each; 1000 where absent. */
  readonly waitMs?: number;
  /** No wait of ours is longer; 60,000 where absent. */
  readonly mostWaitMs?: number;
  /** What to do where the judge cannot go on: what it says of that, and how to go on; with `--resume` where absent. */
  readonly remedy?: (said: string | undefined) => string;
}

export interface JudgeRun {
  /** Verdicts that came, those from the cache included. */
  readonly verdicts: number;
  readonly cached: number;
  /** Questions that stayed without a verdict. */
  readonly errors: number;
  /** Requests that were sent, retries included. */
  readonly requests: number;
  /** As the judge counted them, where it did. */
  readonly promptTokens: number;
  readonly replyTokens: number;
}

/** A reply that says no verdict is asked for again so often. */
const nonsenseAttempts = 3;
/** So many questions in a row that fail in passing each time: nobody is there. */
const mostInARow = 3;
/** Who says to come back later than this is not waited for. */
const longestRetryAfterMs = 600_000;
/** Of a judge's words. */
const longestReason = 4000;

/** A problem where no further question can be answered; what came before it is kept. Throws the signal's reason when stopped. */
export async function runJudge(
  data: ComparisonData,
  judge: Judge,
  options: RunJudgeOptions = {},
  work: Work = {},
): Promise<Result<JudgeRun>> {
  const rater = judgeRater(judge);
  const lock = tryLock(path.join(data.directory, '.lock', `judge-${rater.name}`), data.directory);
  if (!isLock(lock))
    return bad(
      `another process (pid ${lock.pid}) asks this judge about this comparison`,
      { file: data.directory },
      'Stop it first, or wait for its end.',
    );
  try {
    const questions = openQuestions(data, judge, options.language ?? 'auto');
    const opened = await openVerdicts(data.directory, rater);
    if (!opened.ok) return opened;
    const writer = opened.value;
    const by = settingsKey(judge, options.language ?? 'auto');
    const asking = new Asking(data, judge, options, (line) => writer.append({ ...line, by }), questions, work);
    return await asking.all().finally(() => writer.close());
  } finally {
    lock.release();
  }
}

class Asking {
  readonly #data: ComparisonData;
  readonly #judge: Judge;
  readonly #options: RunJudgeOptions;
  readonly #write: (line: VerdictLine) => Promise<void>;
  readonly #questions: readonly JudgeQuestion[];
  readonly #prompts: ReadonlyMap<string, Prompt>;
  readonly #work: Work;
  readonly #left: TimeLeft;
  /** Ends every question under way: the user's word, or the first that no other can outlive. */
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #done = { verdicts: 0, cached: 0, errors: 0, requests: 0, promptTokens: 0, replyTokens: 0 };
  #next = 0;
  #inARow = 0;
  /** Nobody asks before: the judge said so, in milliseconds of `performance.now`. */
  #notBefore = 0;

  constructor(
    data: ComparisonData,
    judge: Judge,
    options: RunJudgeOptions,
    write: (line: VerdictLine) => Promise<void>,
    questions: readonly JudgeQuestion[],
    work: Work,
  ) {
    this.#data = data;
    this.#judge = judge;
    this.#options = options;
    this.#write = write;
    this.#questions = questions;
    this.#prompts = new Map(data.prompts.map((prompt) => [prompt.id, prompt]));
    this.#work = work;
    this.#left = new TimeLeft(questions.length);
    this.#signal = work.signal === undefined ? this.#end.signal : AbortSignal.any([work.signal, this.#end.signal]);
    setMaxListeners(0, this.#signal); // each question under way listens
  }

  async all(): Promise<Result<JudgeRun>> {
    const workers = Math.max(1, Math.min(this.#judge.concurrency ?? 1, this.#questions.length));
    const ended = await Promise.allSettled(Array.from({ length: workers }, () => this.#worker()));
    this.#work.signal?.throwIfAborted();
    // The first that failed ended the others.
    const first: unknown = this.#end.signal.reason;
    if (first instanceof JudgeError) {
      const { remedy = withResume } = this.#options;
      return bad(first.message, { name: this.#judge.name }, remedy(first.remedy));
    }
    if (ended.some((one) => one.status === 'rejected')) throw first;
    return ok(this.#done);
  }

  async #worker(): Promise<void> {
    try {
      for (let i = this.#next++; i < this.#questions.length; i = this.#next++) {
        this.#signal.throwIfAborted();
        const question = this.#questions[i]!;
        await this.#write(await this.#line(question));
        const about = this.#left.step();
        const { verdicts, errors } = this.#done;
        const said = `${this.#judge.name}: ${verdicts} of ${plural(this.#questions.length, 'verdict')}`;
        const failed = errors === 0 ? [] : [plural(errors, 'error')];
        this.#work.onProgress?.({
          message: [said, ...failed].join(', ') + about,
          fraction: this.#left.fraction,
        });
      }
    } catch (error) {
      if (!this.#end.signal.aborted) this.#end.abort(error);
      throw error;
    }
  }

  async #line({ id, order, key }: JudgeQuestion): Promise<VerdictLine> {
    const { cache, language = 'auto' } = this.#options;
    const head = { id, order };
    const now = () => new Date().toISOString();
    const kept = cache?.get(key);
    if (kept !== undefined) {
      this.#done.verdicts++;
      this.#done.cached++;
      return {
        ...head,
        verdict: kept.verdict === 'tie' ? 'tie' : choiceOf(kept.verdict === 'first' ? 'left' : 'right', order),
        at: now(),
        ...(kept.reason === undefined ? {} : { reason: kept.reason }),
        key,
      };
    }
    const prompt = this.#prompts.get(id)!;
    const found = await this.#verdict(questionMessages(this.#data, prompt, order, language), { id, order, key });
    if ('error' in found) {
      this.#done.errors++;
      return {
        ...head,
        at: now(),
        error: found.error,
        ...(found.reason === undefined ? {} : { reason: found.reason }),
        key,
      };
    }
    this.#done.verdicts++;
    const place = found.verdict === 'tie' ? 'tie' : found.verdict === order[0] ? 'first' : 'second';
    await cache?.put(key, { verdict: place, reason: found.reason });
    return { ...head, verdict: found.verdict, at: now(), reason: found.reason, key };
  }

  async #verdict(
    messages: readonly JudgeMessage[],
    { order, key }: JudgeQuestion,
  ): Promise<
    { readonly verdict: Choice; readonly reason: string } | { readonly error: string; readonly reason?: string }
  > {
    const { attempts = 6 } = this.#options;
    // Its own jitter to each question, so that those that failed together do not come back together.
    const random = new Random(this.#data.comparison.seed, `backoff ${key}`);
    let nonsense = 0;
    for (let attempt = 1; ; attempt++) {
      await this.#turn();
      let fault: JudgeError;
      try {
        this.#done.requests++;
        const reply = await this.#ask(messages);
        this.#inARow = 0;
        this.#done.promptTokens += reply.promptTokens ?? 0;
        this.#done.replyTokens += reply.replyTokens ?? 0;
        const cut = reply.finish === 'length';
        const verdict = verdictOf(reply.text, order, cut);
        const reason = reply.text.trim().slice(-longestReason);
        if (verdict !== undefined) return { verdict, reason };
        const error = cut ? 'the reply was cut off before its verdict' : 'the reply says no verdict';
        if (++nonsense >= nonsenseAttempts || attempt >= attempts) return { error, reason };
        continue;
      } catch (error) {
        if (!(error instanceof JudgeError)) throw error;
        fault = error;
      }
      if (fault.fault === 'stop') throw fault;
      if (fault.fault === 'item') return { error: fault.message };
      if (attempt >= attempts) {
        if (++this.#inARow >= mostInARow) throw fault;
        return { error: fault.message };
      }
      await this.#back(fault, attempt, random);
    }
  }

  /** What the judge says, or at once the reason why it shall stop, also of a judge that does not heed the signal. */
  async #ask(messages: readonly JudgeMessage[]): Promise<JudgeReply> {
    const signal = this.#signal;
    signal.throwIfAborted();
    let stop!: () => void;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason as Error);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([this.#judge.ask(messages, signal), stopped]);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Waits until the judge may be asked. */
  async #turn(): Promise<void> {
    for (let ms = this.#notBefore - performance.now(); ms > 0; ms = this.#notBefore - performance.now())
      await this.#wait(ms);
  }

  async #back(fault: JudgeError, attempt: number, random: Random): Promise<void> {
    const { waitMs = 1000, mostWaitMs = 60_000 } = this.#options;
    const { retryAfterMs } = fault;
    if (retryAfterMs !== undefined && retryAfterMs > longestRetryAfterMs)
      throw new JudgeError(
        'stop',
        `${fault.message}, and asks to come back in ${Math.ceil(retryAfterMs / 60_000)} min`,
      );
    if (retryAfterMs !== undefined) this.#notBefore = Math.max(this.#notBefore, performance.now() + retryAfterMs);
    const most = Math.min(mostWaitMs, waitMs * 2 ** (attempt - 1));
    await this.#wait(most / 2 + (random.uniform() * most) / 2);
  }

  async #wait(ms: number): Promise<void> {
    await wait(Math.ceil(ms), undefined, { signal: this.#signal }).catch(() => undefined);
    this.#signal.throwIfAborted();
  }
}

const withResume = (said: string | undefined): string =>
  `${said === undefined ? '' : `${said} `}What was judged is kept: go on later with --resume.`;
