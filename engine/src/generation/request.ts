/** What is asked of a generation, and what comes of it. */
import type { SamplingOptions } from './sample.ts';

/** A prompt and how it goes on. What comes of it does not depend on which others are asked with it. */
export interface GenerationRequest extends SamplingOptions {
  /** One id at least, and no more than the context window has room for. */
  readonly promptIds: readonly number[];
  readonly maxTokens: number;
  readonly seed: number;
  /** Ids that end the text; they stand in `ids` and not in `text`. */
  readonly eosIds: readonly number[];
  /** Generation ends before any of these texts. */
  readonly stop?: readonly string[];
  /** Text as it comes, in whole characters. */
  readonly onText?: (text: string) => void;
}

export interface Generation {
  /** The prompt's ids and the new ones. */
  readonly ids: readonly number[];
  /** Without the prompt. Empty where there is no tokenizer. */
  readonly text: string;
  readonly newTokens: number;
  readonly tokensPerSecond: number;
  /** `stop`: an end of text or a stop text; `length`: maxTokens; `context`: the window is full. */
  readonly reason: 'stop' | 'length' | 'context' | 'cancelled';
}
