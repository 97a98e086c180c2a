/** Cuts text into the words that merges stay inside of: the regular expressions of a tokenizer.json, one after another. */
import type { PreTokenizerStep } from './byteLevelModel.ts';
import { parseOniguruma, type RegexFault } from './oniguruma.ts';
import { javaScriptSource, RegexAnalysis } from './regexAnalysis.ts';

/** GPT-2's expression, which the pre-tokenizer `ByteLevel` brings along. */
export const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** Why an expression cannot be used; undefined for one that can. */
export function patternFault(pattern: string): RegexFault | undefined {
  const node = parseOniguruma(pattern);
  if ('what' in node) return node;
  return new RegexAnalysis(node).matchesEmpty ? { what: 'the expression matches the empty text', at: 0 } : undefined;
}

interface Split {
  readonly kind: 'split';
  /** Matches at a place, and from a place on. */
  readonly sticky: RegExp;
  readonly global: RegExp;
  readonly analysis: RegexAnalysis;
  readonly dropsOthers: boolean;
}
type Step = Split | { readonly kind: 'prefixSpace' };

export class PreTokenizer {
  readonly steps: readonly Step[];
  /** True where a space is put before pieces of text, so that a cut would make another one. */
  readonly addsSpaces: boolean;

  /** Of steps whose expressions have no fault. */
  constructor(steps: readonly PreTokenizerStep[]) {
    this.steps = steps.map((step): Step => {
      if (step.kind === 'prefixSpace') return step;
      const node = parseOniguruma(step.pattern);
      if ('what' in node) throw new Error(`an expression that was not checked: ${node.what}`);
      const source = javaScriptSource(node);
      return {
        kind: 'split',
        sticky: new RegExp(source, 'yv'),
        global: new RegExp(source, 'gv'),
        analysis: new RegexAnalysis(node),
        dropsOthers: step.keep === 'matches',
      };
    });
    this.addsSpaces = steps.some(({ kind }) => kind === 'prefixSpace');
  }

  /** Do the words of a text that holds a|b always come out the same when it is cut there? */
  canCut(a: number, b: number): boolean {
    const splits = this.steps.filter((step) => step.kind === 'split');
    return (
      !this.addsSpaces &&
      splits.every(({ analysis }) => analysis.canCut(a, b)) &&
      // In one of the steps a word must end here: text that no step matches would run on across.
      splits.some(({ analysis }) => analysis.alwaysMatches(a) || analysis.alwaysMatches(b))
    );
  }

  words(text: string): Words {
    return new Words(this.steps, text);
  }
}

/** What one step has under way: a text that lies at `offset` of the whole, `shift` of its first units put before it. */
interface Level {
  text: string;
  offset: number;
  shift: number;
  at: number;
  /** A match that was found behind a stretch without one. */
  matchFrom: number;
  matchTo: number;
}

/** The words of one text, in order. */
export class Words {
  /** The word: its text, and where it begins in the whole text; `shift` is 1 where a space was put before it, else 0. */
  text = '';
  start = 0;
  shift = 0;

  private readonly levels: Level[];
  private depth = 0;

  constructor(
    private readonly steps: readonly Step[],
    text: string,
  ) {
    this.levels = steps.map(() => ({ text: '', offset: 0, shift: 0, at: 0, matchFrom: -1, matchTo: -1 }));
    if (steps.length > 0) this.enter(0, text, 0, 0);
    else this.whole = text;
  }

  /** The text itself, where there is no step; undefined once it was given. */
  private whole: string | undefined;

  /** Goes to the next word; false behind the last one. */
  next(): boolean {
    if (this.steps.length === 0) {
      this.text = this.whole ?? '';
      this.whole = undefined;
      return this.text !== '';
    }
    while (this.depth >= 0) {
      const level = this.levels[this.depth]!;
      if (!this.piece(level, this.steps[this.depth]!)) {
        this.depth--;
      } else if (this.depth + 1 < this.steps.length) {
        this.enter(this.depth + 1, this.text, this.start, this.shift);
      } else {
        return true;
      }
    }
    return false;
  }

  private enter(depth: number, text: string, offset: number, shift: number): void {
    const level = this.levels[depth]!;
    level.text = text;
    level.offset = offset;
    level.shift = shift;
    level.at = 0;
    level.matchFrom = -1;
    this.depth = depth;
    if (this.steps[depth]!.kind !== 'prefixSpace' || text.startsWith(' ')) return;
    level.text = ` ${text}`;
    level.shift++;
  }

  /** The next piece that a step makes of its text. */
  private piece(level: Level, step: Step): boolean {
    const { text, at } = level;
    if (at >= text.length) return false;
    if (step.kind === 'prefixSpace') return this.give(level, 0, text.length);
    if (level.matchFrom >= 0) {
      const from = level.matchFrom;
      level.matchFrom = -1;
      return this.give(level, from, level.matchTo);
    }
    const { sticky, global } = step;
    sticky.lastIndex = at;
    // By far the most common case; a test makes no array of what it found.
    if (sticky.test(text)) return this.give(level, at, sticky.lastIndex);
    global.lastIndex = at;
    const match = global.exec(text);
    const from = match === null ? text.length : match.index;
    const to = match === null ? text.length : from + match[0].length;
    if (step.dropsOthers) return match !== null && this.give(level, from, to);
    if (match !== null) {
      level.matchFrom = from;
      level.matchTo = to;
    }
    return this.give(level, at, from);
  }

  private give(level: Level, from: number, to: number): true {
    level.at = to;
    this.text = from === 0 && to === level.text.length ? level.text : level.text.slice(from, to);
    this.shift = Math.max(0, level.shift - from);
    this.start = level.offset + Math.max(0, from - level.shift);
    return true;
  }
}
