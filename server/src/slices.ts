/** Long work in slices, one at a time for the whole server, so that it answers in between however much is under way. */
import { setImmediate } from 'node:timers/promises';
import { TokenizedText } from '../../engine/src/tokenizers/index.ts';
import type { Tokenizer } from '../../engine/src/tokenizers/index.ts';

/** Milliseconds that the server computes at a stretch. */
const slice = 8;

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

  /** Tokens of a text; undefined where `wanted` said no before the end. */
  async count(tokenizer: Tokenizer, text: string, wanted: () => boolean = () => true): Promise<number | undefined> {
    const tokenized = new TokenizedText(tokenizer, text);
    return (await this.countRest(tokenized, wanted)) ? tokenized.tokens : undefined;
  }
}
