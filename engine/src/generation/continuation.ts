/** One prompt on its way: its ids, its draws and its text, from one token's logits to the next. */
import { type Problem, ProblemError } from '../base/problem.ts';
import { Random } from '../base/random.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Generation, GenerationRequest } from './request.ts';
import { sample } from './sample.ts';
import { TextStream } from './textStream.ts';

/** Of a model whose weights, or what is computed from them, are not finite. */
export const noNumber: Problem = {
  what: 'the model answers with no number',
  remedy: 'Check its weights: a run may have diverged.',
};

/** A loop of its own: `some` calls a function a score, six times as long for each token of 32,000 scores. */
function holdsNaN(scores: Float32Array): boolean {
  for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i])) return true;
  return false;
}

export class Continuation {
  /** Its place among the requests. */
  readonly index: number;
  readonly #request: GenerationRequest;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #random: Random;
  readonly #stream: TextStream | undefined;
  readonly #ids: number[];
  readonly #began = performance.now();

  constructor(index: number, request: GenerationRequest, tokenizer: Tokenizer | undefined) {
    this.index = index;
    this.#request = request;
    this.#tokenizer = tokenizer;
    // From its own seed alone, so that no other request can change what is drawn.
    this.#random = new Random(request.seed, 'generate');
    this.#stream =
      tokenizer === undefined ? undefined : new TextStream(tokenizer, request.promptIds, request.stop ?? []);
    this.#ids = [...request.promptIds];
  }

  /** The last id. */
  get last(): number {
    return this.#ids.at(-1)!;
  }

  /** Picks the token that follows; answers with the reason where it is the last. A ProblemError where the logits are no numbers. */
  take(logits: Float32Array): 'stop' | 'length' | undefined {
    const { eosIds, maxTokens, promptIds } = this.#request;
    // Rows beyond the tokenizer's pieces only fill the table up.
    const scores = logits.subarray(0, this.#tokenizer?.size);
    if (holdsNaN(scores)) throw new ProblemError(noNumber);
    const id = sample(scores, this.#request, this.#random, this.#ids);
    this.#ids.push(id);
    if (eosIds.includes(id)) return 'stop';
    this.#tell(this.#stream?.push(id) ?? '');
    if (this.#stream?.stopped === true) return 'stop';
    return this.#ids.length - promptIds.length < maxTokens ? undefined : 'length';
  }

  ended(reason: Generation['reason']): Generation {
    this.#tell(this.#stream?.end() ?? '');
    const newTokens = this.#ids.length - this.#request.promptIds.length;
    const seconds = Math.max((performance.now() - this.#began) / 1000, 1e-9);
    return {
      ids: this.#ids,
      text: this.#stream?.text ?? '',
      newTokens,
      tokensPerSecond: newTokens / seconds,
      reason,
    };
  }

  #tell(text: string): void {
    if (text !== '') this.#request.onText?.(text);
  }
}
