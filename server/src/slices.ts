/** Long work in slices, so that the server answers in between. */
import { setImmediate } from 'node:timers/promises';
import { TokenizedText } from '../../engine/src/tokenizers/index.ts';
import type { Tokenizer } from '../../engine/src/tokenizers/index.ts';

/** Milliseconds that the server computes at a stretch. */
const slice = 8;

/** Counts what a text has left to count; false where `wanted` said no before the end. */
export async function countRest(text: TokenizedText, wanted: () => boolean): Promise<boolean> {
  while (!text.work(slice)) {
    await setImmediate();
    if (!wanted()) return false;
  }
  return true;
}

/** Tokens of a text; undefined where `wanted` said no before the end. */
export async function countInSlices(
  tokenizer: Tokenizer,
  text: string,
  wanted: () => boolean = () => true,
): Promise<number | undefined> {
  const tokenized = new TokenizedText(tokenizer, text);
  return (await countRest(tokenized, wanted)) ? tokenized.tokens : undefined;
}
