/** What was encoded to measure savings, under one tokenizer and within a bound, for whoever measures next, in whatever document. */
import { Recent } from '../base/recent.ts';
import { type Tokenizer, TriedChunks } from '../tokenizers/index.ts';

/** Units of parts, for each of two generations. */
const mostUnits = 2 ** 20;

export class Measured {
  /** Tokens of parts, where the tokenizer allows them. */
  readonly counts = new Recent<number>(mostUnits);
  /** Chunks, where it has a chain. */
  readonly tried: TriedChunks | undefined;

  constructor({ chain }: Tokenizer) {
    if (chain !== undefined) this.tried = new TriedChunks(chain);
  }
}
