/** How a vocabulary spells a piece that it does not have: what a new piece stood for before it was one. */
import { finish } from '../../base/steps.ts';
import { bytesOfSymbols, byteSymbols } from '../../tokenizers/byteLevelModel.ts';
import { createTokenizer, type Piece, PieceType, type Tokenizer, type TokenizerModel } from '../../tokenizers/index.ts';
import { unreachablePieces } from '../../vocab/unreachable.ts';

/** Tells how a vocabulary spells pieces of another one of its kind: ids, none where it has nothing for them. */
export function speller(model: TokenizerModel): (piece: Piece) => Int32Array {
  const tokenizer = createTokenizer(model);
  switch (model.format) {
    case 'sentencepiece':
      return ({ piece }) => subpieces(tokenizer, model.normalizer.addDummyPrefix, piece);
    case 'tokenizer.json':
      return ({ piece, type }) => {
        const bytes = type === PieceType.normal ? bytesOfSymbols(piece) : Buffer.from(piece, 'utf8');
        if (bytes === undefined) return new Int32Array();
        const text = wholeText(bytes);
        if (text !== undefined) return tokenizer.encode(text).ids;
        // Part of a character: no text is just that, so its bytes stand one by one.
        const ids = Array.from(bytes, (byte) => model.ids.get(byteSymbols[byte]!));
        return Int32Array.from(ids.filter((id) => id !== undefined));
      };
    default:
      model satisfies never;
      throw new Error('unknown format');
  }
}

/** Number of pieces from id `first` on that no text leads to: their rows never train. */
export function unreachableFrom(model: TokenizerModel, first: number): number {
  if (model.format === 'sentencepiece') return finish(unreachablePieces(model, first, model.pieces.length)).length;
  const tokenizer = createTokenizer(model);
  let count = 0;
  for (let id = first; id < model.pieces.length; id++) {
    const { piece, type } = model.pieces[id]!;
    const bytes = type === PieceType.normal ? bytesOfSymbols(piece) : Buffer.from(piece, 'utf8');
    const text = bytes === undefined ? undefined : wholeText(bytes);
    if (text === undefined) continue; // part of a character: no text is just that, and some text may lead to it
    const { ids } = tokenizer.encode(text);
    if (ids.length !== 1 || ids[0] !== id) count++;
  }
  return count;
}

function wholeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

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
