/** How a vocabulary spells a piece that it does not have: what a new piece stood for before it was one. */
import type { Tokenizer } from '../../tokenizers/index.ts';

/** A character that no piece joins with what follows: where it stays a token of its own, the text behind it starts afresh. */
const anchor = '\n';

/**
 * Ids that stand for `piece` in a text. `▁` is a space. A piece that begins with it begins a word, so it is encoded as a text
 * that starts with that word: the tokenizer's dummy prefix is its `▁`. Any other piece stands inside a word, where no `▁`
 * comes before it: it is encoded behind a line break, whose tokens are left out. Ids of the unknown piece are left out; the
 * result is empty where nothing is left.
 */
export function subpieces(tokenizer: Tokenizer, addDummyPrefix: boolean, piece: string): Int32Array {
  const text = piece.replaceAll('▁', ' ');
  const begins = piece.startsWith('▁');
  const ids =
    !addDummyPrefix || begins
      ? tokenizer.encode(addDummyPrefix ? text.slice(1) : text).ids
      : (behindAnchor(tokenizer, text) ?? withoutPrefix(tokenizer, text));
  return ids.filter((id) => id !== tokenizer.unkId);
}

/** Ids of a text behind a line break, or undefined where the line break does not stay a token of its own. */
function behindAnchor(tokenizer: Tokenizer, text: string): Int32Array | undefined {
  const { ids, starts, ends } = tokenizer.encode(anchor + text);
  const first = starts.findIndex((start) => start >= anchor.length);
  if (first <= 0 || ends[first - 1] !== anchor.length) return undefined;
  return ids.subarray(first);
}

/** Ids of a text, without a `▁` of its own at the start. */
function withoutPrefix(tokenizer: Tokenizer, text: string): Int32Array {
  const { ids } = tokenizer.encode(text);
  const alone = ids.length > 0 && tokenizer.piece(ids[0]!).piece === '▁';
  return alone ? ids.subarray(1) : ids;
}
