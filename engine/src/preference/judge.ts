/**
 * What a judge is to this engine: it is asked in words and answers in words. Questions, orders, retries, the cache and the counting
 * are the engine's (`runJudge.ts`), so that a judge behind an address, the local model and the editor's language models are one.
 */

export interface JudgeMessage {
  readonly role: 'system' | 'user';
  readonly content: string;
}

export interface JudgeReply {
  readonly text: string;
  /** `length`: it was cut off at the most tokens. */
  readonly finish?: 'stop' | 'length';
  readonly promptTokens?: number;
  readonly replyTokens?: number;
}

export interface Judge {
  /** Stands in results and, made fit by `raterName`, in the name of the file of its verdicts. */
  readonly name: string;
  /** All that its verdicts depend on, without anything secret: part of the key they are kept under. */
  readonly identity: string;
  /** How many questions may be under way at once; 1 where absent. */
  readonly concurrency?: number;
  /** Throws a JudgeError, or the signal's reason once it is aborted. Anything else that it throws is a bug. */
  ask(messages: readonly JudgeMessage[], signal: AbortSignal): Promise<JudgeReply>;
}

/**
 * `again`: may go better the next time (too many requests, a server's error, a lost connection, half an answer); `item`: this
 * question will always fail (refused, too long), others may not; `stop`: no question will go better (the key, the model's name).
 */
export type JudgeFault = 'again' | 'item' | 'stop';

export class JudgeError extends Error {
  override readonly name = 'JudgeError';
  readonly fault: JudgeFault;
  /** The judge says when to come back, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** What the user can do, for `stop`. */
  readonly remedy: string | undefined;

  /** `what`: one sentence without a final stop, without anything secret. */
  constructor(fault: JudgeFault, what: string, more: { retryAfterMs?: number | undefined; remedy?: string } = {}) {
    super(what);
    this.fault = fault;
    this.retryAfterMs = more.retryAfterMs;
    this.remedy = more.remedy;
  }
}
