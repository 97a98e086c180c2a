/**
 * What tells the language that a vocabulary brings from the base's own: a character of its script; where that is the base's
 * main script too (Vietnamese behind English), a character that it brings and none of the base's merges knows.
 */
import { type Piece, PieceType } from '../tokenizers/tokenizer.ts';
import { holdsScript, mainScript } from './scripts.ts';

export interface NewLanguage {
  /** One of `scriptNames`; undefined where it is the base's own main script, or the new pieces have none. */
  readonly script: string | undefined;
  /** True where a text (a piece, a line) bears a mark of the new language. */
  readonly marks: (text: string) => boolean;
}

/** Found by the new pieces' letters. */
export function newLanguageOf(base: readonly Piece[], added: readonly string[]): NewLanguage {
  const script = mainScript(added);
  const own = mainScript(base.map(({ piece }) => piece));
  if (script !== undefined && script !== own) return { script, marks: (text) => holdsScript(text, script) };
  const merged = charactersInMerges(base.filter(({ type }) => type === PieceType.normal).map(({ piece }) => piece));
  const brought = charactersInMerges(added);
  for (const character of merged) brought.delete(character);
  return { script: undefined, marks: (text) => Array.from(text).some((character) => brought.has(character)) };
}

/** The characters that stand in some piece of several. */
function charactersInMerges(pieces: readonly string[]): Set<string> {
  const merged = new Set<string>();
  for (const piece of pieces) {
    const characters = Array.from(piece);
    if (characters.length > 1) for (const character of characters) merged.add(character);
  }
  return merged;
}
