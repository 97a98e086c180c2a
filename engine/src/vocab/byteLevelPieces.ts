/** The pieces of an addition as a byte-level base sees them: which are new, and which of them texts should be encoded to. */
import { type ByteLevelModel, bytesOfSymbols, symbolsOfBytes } from '../tokenizers/byteLevelModel.ts';
import { createTokenizer, type TokenizerModel } from '../tokenizers/modelFile.ts';
import { spaceSymbol } from '../tokenizers/normalizer.ts';
import type { PreTokenizer } from '../tokenizers/preTokenizer.ts';
import { PieceType } from '../tokenizers/tokenizer.ts';
import type { NewLanguage } from './newLanguage.ts';

/** A piece of the addition, and what it is here. */
export interface NewPiece {
  /** As the addition has it, in SentencePiece's or in the byte spelling. */
  readonly piece: string;
  readonly bytes: Uint8Array;
  /** Readable, with spaces; undefined for a part of a character. */
  readonly text: string | undefined;
}

/** The addition's pieces that the base lacks, in its order; how many it has; and the special ones it lacks. */
export function newPieces(
  base: ByteLevelModel,
  addition: TokenizerModel,
): { added: NewPiece[]; shared: number; skipped: string[] } {
  const added: NewPiece[] = [];
  const skipped: string[] = [];
  const seen = new Set<string>();
  let shared = 0;
  const tokenizer = createTokenizer(addition);
  for (const [id, { piece, type }] of addition.pieces.entries()) {
    const isText = type === PieceType.normal || (type === PieceType.userDefined && addition.format === 'sentencepiece');
    if (!isText) {
      if (base.ids.has(piece)) shared++;
      else skipped.push(piece);
      continue;
    }
    const bytes =
      addition.format === 'sentencepiece'
        ? Buffer.from(piece.replaceAll(spaceSymbol, ' '), 'utf8')
        : (bytesOfSymbols(piece) ?? Buffer.from(piece, 'utf8'));
    const symbols = symbolsOfBytes(bytes);
    if (base.ids.has(symbols) || seen.has(symbols)) shared++;
    else added.push({ piece, bytes, text: tokenizer.textOf(id) });
    seen.add(symbols);
  }
  return { added, shared, skipped };
}

/** False for what is all of the base's own language: producing it would change old texts. */
export function isProduced({ text }: NewPiece, language: NewLanguage): boolean {
  // Part of a character: it may stand in any text.
  if (text === undefined) return false;
  return Array.from(text).length === 1 || language.marks(text);
}

/** Does the base's pre-tokenizer leave it whole? Merges stay inside of words. */
export function isOneWord(preTokenizer: PreTokenizer, { text }: NewPiece): boolean {
  if (text === undefined) return false;
  const words = preTokenizer.words(text);
  return words.next() && words.text.endsWith(text) && !words.next();
}
