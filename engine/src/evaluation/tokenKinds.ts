/** Of what kinds the tokens of a question are: what a page groups rows by, to show where a vocabulary costs answers. */
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Question } from './task.ts';

export interface TokenKinds {
  /** Tokens before the answer, uncut. */
  readonly context: number;
  /** Of the context and the right candidate: pieces that stand for one byte. */
  readonly byte: number;
  /** Of the context and the right candidate: ids past the base vocabulary; 0 where it is not known what was added. */
  readonly new: number;
  /** Tokens of each candidate, encoded by itself. */
  readonly candidates: readonly number[];
}

/** `newFrom`: the first id that an expansion added. */
export function tokenKinds(
  { context, candidates, gold }: Question,
  tokenizer: Pick<Tokenizer, 'encode' | 'byteOf'>,
  newFrom = Number.POSITIVE_INFINITY,
): TokenKinds {
  const before = tokenizer.encode(context).ids;
  const answers = candidates.map((candidate) => tokenizer.encode(candidate).ids);
  let byte = 0;
  let added = 0;
  for (const ids of [before, answers[gold]!]) {
    for (const id of ids) {
      if (id >= newFrom) added++;
      if (tokenizer.byteOf(id) !== undefined) byte++;
    }
  }
  return { context: before.length, byte, new: added, candidates: answers.map((ids) => ids.length) };
}
