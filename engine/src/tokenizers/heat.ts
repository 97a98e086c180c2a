/** What words cost by their length: where a text is dear, whatever the reason. */
import type { Encoding } from './tokenizer.ts';

/** A word, or a piece of a text without spaces; in UTF-16 units of the document. */
export interface WordCost {
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
  /** Code points. */
  readonly characters: number;
}

/** Of a text without spaces so many characters are looked at together. */
const longestWord = 16;

/**
 * The words of a text whose tokens are `encoding`; `text` begins at `offset` of the document, and spans are in the document. A token
 * that reaches over a word's end (a space and what follows it) counts for the word that holds its last character.
 */
export function wordCosts(text: string, offset: number, { starts, ends }: Encoding): WordCost[] {
  const words: WordCost[] = [];
  let word: { start: number; end: number; tokens: number; characters: number } | undefined;
  const close = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (let i = 0; i < starts.length;) {
    // Tokens that share a character stand together.
    const from = starts[i]!;
    let upTo = ends[i]!;
    const first = i++;
    while (i < starts.length && starts[i]! < upTo) upTo = Math.max(upTo, ends[i++]!);
    const source = text.slice(Math.max(0, from - offset), Math.max(0, upTo - offset));
    const inner = source.trim();
    if (inner === '') {
      close();
      continue;
    }
    const begin = Math.max(from, offset) + (source.length - source.trimStart().length);
    if (begin > from) close();
    const characters = lengthOf(inner);
    if (word !== undefined && word.characters >= longestWord) close();
    word ??= { start: begin, end: begin, tokens: 0, characters: 0 };
    word.tokens += i - first;
    word.characters += characters;
    word.end = begin + inner.length;
    if (source.trimEnd().length < source.length) close();
  }
  close();
  return words;
}

/** Tokens for a character from which on a word has level 1, 2 and 3. */
const levels = [0.7, 1.2, 2] as const;

/** How dear a word is: 0 for what costs little. One token is the least that a word can cost. */
export function heatLevel({ tokens, characters }: Pick<WordCost, 'tokens' | 'characters'>): 0 | 1 | 2 | 3 {
  if (tokens < 2) return 0;
  const cost = tokens / Math.max(1, characters);
  return cost >= levels[2] ? 3 : cost >= levels[1] ? 2 : cost >= levels[0] ? 1 : 0;
}

function lengthOf(text: string): number {
  let pairs = 0;
  for (let i = 1; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs;
}
