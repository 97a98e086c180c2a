/** What a text costs in tokens, before and after a merge, by language: all of it, for each letter, for each word. */
import type { Encoding, Tokenizer } from '../tokenizers/tokenizer.ts';
import { classNames, type LineScripts, otherClass } from './scriptsOfText.ts';

export interface Cost {
  readonly tokens: number;
  /** Share of the tokens that are byte pieces, or parts of a character. */
  readonly bytesShare: number;
  /** Tokens for each letter (a syllable of Hangul), and for each word between spaces (an eojeol); null where there is none. */
  readonly perLetter: number | null;
  readonly perWord: number | null;
}

/**
 * The part of a text in one script. A token belongs to the script of its last letter; one of spaces alone to what follows; one
 * of digits and signs to `other`. A word belongs to the script of most of its letters, with all of its tokens.
 */
export interface ScriptCost {
  /** One of `scriptNames`, `letters` for those of other scripts, `other` for digits, signs and spaces. */
  readonly script: string;
  readonly letters: number;
  readonly words: number;
  readonly before: Cost;
  readonly after: Cost;
}

/** Counts one tokenizer's tokens by class of character and of word. */
class TokenCounter {
  readonly tokens = new Float64Array(classNames.length);
  readonly bytes = new Float64Array(classNames.length);
  readonly inWords = new Float64Array(classNames.length);

  constructor(private readonly tokenizer: Tokenizer) {}

  add(encoding: Encoding, line: LineScripts): void {
    const { ids, starts, ends } = encoding;
    for (let i = 0; i < ids.length; i++) {
      const found = classOf(starts[i]!, ends[i]!, line);
      this.tokens[found]!++;
      if ((this.tokenizer.byteOf(ids[i]!) ?? this.tokenizer.bytesOf(ids[i]!)) !== undefined) this.bytes[found]!++;
      const word = wordOf(starts[i]!, ends[i]!, line);
      if (word >= 0) this.inWords[line.wordClasses[word]!]!++;
    }
  }
}

/** A token of white space alone, or of nothing, counts as what stands behind it. */
function classOf(start: number, end: number, { classes, words }: LineScripts): number {
  for (let i = end - 1; i >= start; i--) if (classes[i] !== otherClass) return classes[i]!;
  for (let i = start; i < end; i++) if (words[i]! >= 0) return otherClass;
  return classes[end] ?? otherClass;
}

function wordOf(start: number, end: number, { words }: LineScripts): number {
  for (let i = end - 1; i >= start; i--) if (words[i]! >= 0) return words[i]!;
  return words[end] ?? -1;
}

export class TextCosts {
  private readonly letters = new Float64Array(classNames.length);
  private readonly words = new Float64Array(classNames.length);
  private readonly before: TokenCounter;
  private readonly after: TokenCounter;

  constructor(before: Tokenizer, after: Tokenizer) {
    this.before = new TokenCounter(before);
    this.after = new TokenCounter(after);
  }

  add(line: LineScripts, before: Encoding, after: Encoding): void {
    for (const [found, count] of line.letters) this.letters[found]! += count;
    for (const found of line.wordClasses) this.words[found]!++;
    this.before.add(before, line);
    this.after.add(after, line);
  }

  get tokensBefore(): number {
    return sum(this.before.tokens);
  }

  get tokensAfter(): number {
    return sum(this.after.tokens);
  }

  get bytesShareBefore(): number {
    return share(sum(this.before.bytes), this.tokensBefore);
  }

  get bytesShareAfter(): number {
    return share(sum(this.after.bytes), this.tokensAfter);
  }

  /** Of the scripts that occur, the one with the most tokens before first. */
  byScript(): ScriptCost[] {
    const { letters, words } = this;
    const cost = (counter: TokenCounter, i: number): Cost => ({
      tokens: counter.tokens[i]!,
      bytesShare: share(counter.bytes[i]!, counter.tokens[i]!),
      perLetter: letters[i] === 0 ? null : counter.tokens[i]! / letters[i]!,
      perWord: words[i] === 0 ? null : counter.inWords[i]! / words[i]!,
    });
    return classNames
      .map((script, i) => ({
        script,
        letters: letters[i]!,
        words: words[i]!,
        before: cost(this.before, i),
        after: cost(this.after, i),
      }))
      .filter((row) => row.letters + row.words + row.before.tokens + row.after.tokens > 0)
      .sort((a, b) => b.before.tokens - a.before.tokens);
  }
}

const sum = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0);
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
