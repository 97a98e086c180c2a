/** Chunks of texts as they would be with changes made: encoded once, and again only where what stands before them bears on their tokens. */
import { Recent } from '../base/recent.ts';
import { finish } from '../base/steps.ts';
import type { PartSums } from './scoreSums.ts';
import type { PartChain } from './tokenizer.ts';

export interface TriedChunk {
  readonly tokens: number;
  readonly sums: PartSums;
}

/** Units of chunks that are kept, for each of two generations. */
const mostUnits = 2 ** 21;

export class TriedChunks {
  private readonly known = new Recent<TriedChunk>(mostUnits);

  constructor(private readonly chain: PartChain) {}

  /** A chunk behind a sum of scores; `first` and `last`: of the text. */
  of(text: string, first: boolean, last: boolean, before: number): TriedChunk {
    const key = `${first ? 1 : 0}${last ? 1 : 0}${text}`;
    const known = this.known.get(key);
    if (known !== undefined) {
      const sums = known.sums.before === before ? known.sums : this.chain.moved(known.sums, before);
      if (sums !== undefined) return { tokens: known.tokens, sums };
    }
    const { encoding, sums } = finish(this.chain.encodeInSteps(text, first, last, before));
    const tried = { tokens: encoding.ids.length, sums };
    this.known.set(key, tried);
    return tried;
  }
}
