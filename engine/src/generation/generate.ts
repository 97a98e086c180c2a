/** Continues a prompt, token by token, until an end that is told. */
import { Random } from '../base/random.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type SamplingOptions, sample } from './sample.ts';
import { TextStream } from './textStream.ts';

export interface GenerationOptions extends SamplingOptions {
  readonly promptIds: readonly number[];
  readonly maxTokens: number;
  readonly seed: number;
  /** Ids that end the text; they stand in `ids` and not in `text`. */
  readonly eosIds: readonly number[];
  /** Generation ends before any of these texts. */
  readonly stop?: readonly string[];
  readonly signal?: AbortSignal;
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

/** The prompt has one id at least and fits the context window (RangeError otherwise). Without a tokenizer only ids come. */
export async function generate(
  session: InferenceSession,
  tokenizer: Tokenizer | undefined,
  options: GenerationOptions,
): Promise<Generation> {
  const { promptIds, maxTokens, signal } = options;
  if (promptIds.length === 0) throw new RangeError('a prompt has one id at least');
  const random = new Random(options.seed, 'generate');
  const stream = tokenizer === undefined ? undefined : new TextStream(tokenizer, promptIds, options.stop ?? []);
  const ids = [...promptIds];
  const tell = (text: string): void => {
    if (text !== '') options.onText?.(text);
  };
  const began = performance.now();
  let reason: Generation['reason'] = 'length';
  const sequence = session.start();
  try {
    let next: readonly number[] = promptIds;
    while (ids.length - promptIds.length < maxTokens) {
      if (signal?.aborted === true) {
        reason = 'cancelled';
        break;
      }
      if (sequence.length + next.length > session.contextLength) {
        reason = 'context';
        break;
      }
      // Rows beyond the tokenizer's pieces only fill the table up.
      const logits = (await sequence.append(next)).subarray(0, tokenizer?.size);
      const id = sample(logits, options, random, ids);
      ids.push(id);
      next = [id];
      if (options.eosIds.includes(id)) {
        reason = 'stop';
        break;
      }
      tell(stream?.push(id) ?? '');
      if (stream?.stopped === true) {
        reason = 'stop';
        break;
      }
      await new Promise((done) => setImmediate(done)); // a cancellation gets its turn
    }
  } finally {
    sequence.dispose();
  }
  tell(stream?.end() ?? '');
  const newTokens = ids.length - promptIds.length;
  const seconds = Math.max((performance.now() - began) / 1000, 1e-9);
  return { ids, text: stream?.text ?? '', newTokens, tokensPerSecond: newTokens / seconds, reason };
}
