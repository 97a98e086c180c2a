/**
 * Counts the words of texts as they are read. A word is what stands between two spaces, or a space and an end of a line;
 * in SentencePiece's writing each begins with ▁. Memory grows with the distinct words, up to a limit: beyond it the rarest
 * are forgotten. The same lines give the same counts, in whatever chunks and order they come.
 */
import { LongestMatch, Normalizer, spaceSymbol } from '../../tokenizers/normalizer.ts';
import type { NormalizerSpec } from '../../tokenizers/sentencePieceModel.ts';
import { wellFormed } from '../../tokenizers/unicode.ts';
import { ByteStrings } from './byteStrings.ts';

export interface CountingOptions {
  /** Distinct words kept at most; 2 million by default. */
  readonly maximumWords?: number | undefined;
  /** Rules that each line goes through first. They must escape spaces and put ▁ in front of words. */
  readonly normalizer?: NormalizerSpec | undefined;
  /** Texts that are pieces already; no other piece holds a part of one. */
  readonly userDefined?: readonly string[] | undefined;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;

/** Stands before what does not begin with ▁: the part of a word behind a user-defined piece or behind a cut. */
export const noSpace = 0x20;
/** Longer words are cut, in bytes: no piece is nearly as long, and what has no spaces at all needs no room for a whole. */
const longestWord = 4096;
const noBytes = new Uint8Array(0);

export class WordCounts {
  /** Words in UTF-8 without their ▁; behind `noSpace`, parts of words that have none. */
  words = new ByteStrings();
  /** Lines that are not empty. */
  lines = 0;
  /** How often user-defined pieces stand in the text. */
  userDefinedCount = 0;
  /** Distinct words forgotten for want of room, and how often they had occurred. */
  readonly forgotten = { words: 0, occurrences: 0 };
  private readonly maximumWords: number;
  private readonly normalizer: Normalizer | undefined;
  private readonly userDefined: RegExp | undefined;
  /** The begun word, the words before it in its line, and whether a part of it was taken already. */
  private word = noBytes;
  private wordsInLine = 0;
  private continued = false;
  /** The begun line, where lines are rewritten as a whole. */
  private line: Uint8Array[] = [];

  constructor(options: CountingOptions = {}) {
    const { maximumWords = 2_000_000, normalizer, userDefined = [] } = options;
    this.maximumWords = maximumWords;
    if (normalizer !== undefined) this.normalizer = new Normalizer(normalizer, false, new LongestMatch(userDefined));
    const longestFirst = [...userDefined].sort((a, b) => b.length - a.length);
    if (longestFirst.length > 0) this.userDefined = new RegExp(longestFirst.map(literally).join('|'), 'u');
  }

  /** Adds a line without its end. */
  add(line: string): void {
    if (this.rewrites) this.addRewritten(line);
    else {
      this.addWords(Buffer.from(line));
      this.endWords();
    }
  }

  /**
   * Adds the next bytes of a text. Lines end at \n; a \r before it is dropped, and broken UTF-8 is left to who reads the
   * words. `endText` must follow the last.
   */
  addBytes(chunk: Uint8Array): void {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      this.addPartOfLine(chunk.subarray(from, at));
      this.endLine();
      from = at + 1;
    }
    if (from < chunk.length) this.addPartOfLine(chunk.subarray(from));
  }

  /** Ends a text, whose last line may lack its end. */
  endText(): void {
    this.endLine();
  }

  private get rewrites(): boolean {
    return this.normalizer !== undefined || this.userDefined !== undefined;
  }

  private addPartOfLine(bytes: Uint8Array): void {
    if (this.rewrites) this.line.push(new Uint8Array(bytes));
    else this.addWords(bytes);
  }

  private endLine(): void {
    if (this.rewrites) {
      const line = Buffer.concat(this.line).toString();
      this.line = [];
      this.addRewritten(line.endsWith('\r') ? line.slice(0, -1) : line);
      return;
    }
    if (this.word.at(-1) === carriageReturn) this.word = this.word.subarray(0, -1);
    this.endWords();
  }

  private endWords(): void {
    if (this.word.length > 0 || this.wordsInLine > 0) {
      this.endWord();
      this.lines++;
    }
    this.wordsInLine = 0;
    if (this.words.size > this.maximumWords) this.forget();
  }

  /** Takes the words of a part of a line; the last stays open. */
  private addWords(bytes: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== space) continue;
      if (this.word.length > 0 || this.continued || at - from > longestWord) {
        this.extendWord(bytes.subarray(from, at));
        this.endWord();
      } else {
        this.words.add(bytes, from, at, 1);
        this.wordsInLine++;
      }
      from = at + 1;
    }
    if (from < bytes.length) this.extendWord(bytes.subarray(from));
  }

  private extendWord(bytes: Uint8Array): void {
    this.word = new Uint8Array(this.word.length === 0 ? bytes : Buffer.concat([this.word, bytes]));
    while (this.word.length > longestWord) {
      let cut = longestWord;
      while (cut > longestWord - 4 && (this.word[cut]! & 0xc0) === 0x80) cut--;
      this.addPartOfWord(this.word.subarray(0, cut));
      this.word = this.word.subarray(cut);
      this.continued = true;
    }
  }

  private endWord(): void {
    this.addPartOfWord(this.word);
    this.word = noBytes;
    this.continued = false;
    this.wordsInLine++;
  }

  private addPartOfWord(bytes: Uint8Array): void {
    if (!this.continued) this.words.add(bytes, 0, bytes.length, 1);
    else if (bytes.length > 0) this.words.add(Buffer.from([noSpace, ...bytes]), 0, bytes.length + 1, 1);
  }

  /** Adds a line whose words are known only once rules were applied and user-defined pieces cut out. */
  private addRewritten(line: string): void {
    if (line === '') return;
    const text = this.normalizer?.normalize(wellFormed(line)).text ?? spaceSymbol + wellFormed(line);
    if (text === '') return;
    const parts = this.userDefined === undefined ? [text] : text.split(this.userDefined);
    this.userDefinedCount += parts.length - 1;
    for (const part of parts) {
      const words = part.replaceAll(spaceSymbol, ' ').split(' ');
      for (const [i, word] of words.entries()) {
        if (i === 0 && word === '') continue;
        this.continued = i === 0;
        this.extendWord(Buffer.from(word));
        this.endWord();
      }
    }
    this.wordsInLine = 0;
    this.lines++;
    if (this.words.size > this.maximumWords) this.forget();
  }

  /** Keeps the more frequent half. */
  private forget(): void {
    const counts = new Float64Array(this.words.size);
    let total = 0;
    for (let i = 0; i < counts.length; i++) total += counts[i] = this.words.count(i);
    const before = counts.length;
    this.words = this.words.above(counts.sort()[before - Math.floor(this.maximumWords / 2) - 1]!);
    for (let i = 0; i < this.words.size; i++) total -= this.words.count(i);
    this.forgotten.words += before - this.words.size;
    this.forgotten.occurrences += total;
  }
}

const literally = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
