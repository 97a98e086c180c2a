/** Long work in slices, one at a time for the whole server, so that it answers in between however much is under way. */
import { setImmediate } from 'node:timers/promises';
import type { Steps } from '../../engine/src/base/steps.ts';
import { TokenizedText } from '../../engine/src/tokenizers/index.ts';
import type { Tokenizer } from '../../engine/src/tokenizers/index.ts';

/** Milliseconds that the server computes at a stretch: a keystroke waits for so much at most before it is counted. */
const slice = 4;

export class Slices {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits for a turn: what came in meanwhile has been read, and no two turns come without that between them. */
  turn(): Promise<unknown> {
    return (this.#last = this.#last.then(() => setImmediate()));
  }

  /** Counts what a text has left to count; false where `wanted` said no before the end. */
  async countRest(text: TokenizedText, wanted: () => boolean): Promise<boolean> {
    for (;;) {
      await this.turn();
      if (!wanted()) return false;
      if (text.work(slice)) return true;
    }
  }

  /** Does work in steps to its end; undefined where `wanted` said no before. */
  async run<T>(steps: Steps<T>, wanted: () => boolean): Promise<{ readonly value: T } | undefined> {
    for (;;) {
      await this.turn();
      if (!wanted()) return undefined;
      for (const until = performance.now() + slice; performance.now() < until;) {
        const step = steps.next();
        if (step.done === true) return { value: step.value };
      }
    }
  }

  /** Tokens of a text; undefined where `wanted` said no before the end. */
  async count(tokenizer: Tokenizer, text: string, wanted: () => boolean = () => true): Promise<number | undefined> {
    const tokenized = new TokenizedText(tokenizer, text);
    return (await this.countRest(tokenized, wanted)) ? tokenized.tokens : undefined;
  }
}
