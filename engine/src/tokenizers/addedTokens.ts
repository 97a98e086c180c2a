/**
 * Added tokens in a text: they are found before anything else, the leftmost first and of these the longest, and split it.
 * As Hugging Face's AddedVocabulary does it.
 */
import type { AddedToken } from './byteLevelModel.ts';

interface TrieNode {
  token?: AddedToken;
  readonly next: Map<number, TrieNode>;
}

export class AddedTokenFinder {
  private readonly root: TrieNode = { next: new Map() };
  private readonly firstUnit: RegExp | undefined;
  /** Two characters that stand side by side in some token. */
  private readonly bigrams = new Set<string>();
  /** Characters that tokens which look at their neighbours begin or end with. */
  private readonly sensitive = new Set<number>();
  private readonly strips: boolean;

  constructor(tokens: readonly AddedToken[]) {
    for (const token of tokens) {
      let node = this.root;
      for (let i = 0; i < token.content.length; i++) {
        const unit = token.content.charCodeAt(i);
        let next = node.next.get(unit);
        if (next === undefined) node.next.set(unit, (next = { next: new Map() }));
        node = next;
      }
      node.token = token;
      const characters = Array.from(token.content, (c) => c.codePointAt(0)!);
      characters.forEach((c, i) => i > 0 && this.bigrams.add(`${characters[i - 1]!},${c}`));
      if (token.lstrip || token.rstrip || token.singleWord) {
        this.sensitive.add(characters[0]!).add(characters.at(-1)!);
      }
    }
    this.strips = tokens.some((token) => token.lstrip || token.rstrip);
    const units = Array.from(this.root.next.keys(), (unit) => `\\u${unit.toString(16).padStart(4, '0')}`);
    // Without flags: surrogates are units like others.
    if (units.length > 0) this.firstUnit = new RegExp(`[${units.join('')}]`, 'g');
  }

  /** Can no token, and no white space that one takes along, stand across a|b? */
  canCut(a: number, b: number): boolean {
    if (this.bigrams.has(`${a},${b}`) || this.sensitive.has(a) || this.sensitive.has(b)) return false;
    return !this.strips || !isSpace(String.fromCodePoint(a)) || !isSpace(String.fromCodePoint(b));
  }

  /** The tokens in a text, in order: [start, end) with the white space that they take. */
  find(text: string): { token: AddedToken; start: number; end: number }[] {
    const found: { token: AddedToken; start: number; end: number }[] = [];
    if (this.firstUnit === undefined) return found;
    let taken = 0;
    for (let at = 0; ;) {
      this.firstUnit.lastIndex = at;
      if (!this.firstUnit.test(text)) return found;
      const from = this.firstUnit.lastIndex - 1;
      const token = this.longestAt(text, from);
      if (token === undefined) {
        at = from + 1;
        continue;
      }
      at = from + token.content.length;
      if (token.singleWord && (endsWithWord(text, from) || startsWithWord(text, at))) continue;
      let start = from;
      if (token.lstrip) while (start > taken && isSpace(text[start - 1]!)) start--;
      let end = at;
      if (token.rstrip) while (end < text.length && isSpace(text[end]!)) end++;
      found.push({ token, start, end });
      taken = end;
    }
  }

  private longestAt(text: string, from: number): AddedToken | undefined {
    let node: TrieNode | undefined = this.root;
    let longest: AddedToken | undefined;
    for (let i = from; i < text.length; i++) {
      node = node.next.get(text.charCodeAt(i));
      if (node === undefined) break;
      longest = node.token ?? longest;
    }
    return longest;
  }
}

// White space lies in the basic plane, word characters do not all.
const isSpace = (character: string): boolean => /^\p{White_Space}/u.test(character);
const wordCharacter = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]`;
const startsWord = new RegExp(`^${wordCharacter}`, 'u');

const startsWithWord = (text: string, at: number): boolean => startsWord.test(text.slice(at, at + 2));
function endsWithWord(text: string, at: number): boolean {
  const low = text.charCodeAt(at - 1);
  return at > 0 && startsWord.test(text.slice(low >= 0xdc00 && low < 0xe000 ? at - 2 : at - 1, at));
}
