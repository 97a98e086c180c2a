/**
 * In which language a side answers, as far as scripts tell: a reply in Latin letters to a question in Hangul is a finding, and so
 * is one that begins in Hangul and goes over into Latin letters. Code, addresses, quotations and what stands in brackets is
 * passed over: it may be in any language. Languages of one script (English and French) are not told apart.
 */
import { isCode, mayAskFor } from '../instructions/language.ts';
import { classNames, otherClass, scriptsOfLine } from '../vocab/scriptsOfText.ts';
import { scriptNames } from '../vocab/scripts.ts';
import type { Prompt } from './types.ts';

export interface AnswerLanguage {
  /** A script's name, `mixed`, or `none`. */
  readonly script: string;
  /** That of the prompt; absent where it is not known, or the prompt may ask for an answer in another. */
  readonly expected?: string;
  /** Where another language begins, as a share of the answer's length: 0 for an answer that is in it from the first word on. */
  readonly other?: number;
}

/** ISO 15924 codes that CLDR's likely subtags give, and the script that one sees. */
const seen: Readonly<Record<string, string>> = {
  ...{ Kore: 'Hangul', Jpan: 'Han', Hans: 'Han', Hant: 'Han', Latn: 'Latin', Cyrl: 'Cyrillic', Grek: 'Greek' },
  ...{ Arab: 'Arabic', Hebr: 'Hebrew', Deva: 'Devanagari', Beng: 'Bengali', Gujr: 'Gujarati', Guru: 'Gurmukhi' },
  ...{ Knda: 'Kannada', Mlym: 'Malayalam', Orya: 'Odia', Sinh: 'Sinhala', Taml: 'Tamil', Telu: 'Telugu', Thai: 'Thai' },
  ...{ Laoo: 'Lao', Khmr: 'Khmer', Mymr: 'Myanmar', Tibt: 'Tibetan', Mong: 'Mongolian', Armn: 'Armenian' },
  ...{ Geor: 'Georgian', Ethi: 'Ethiopic' },
};

/** The script that a language (BCP 47) is written in; undefined where it is not known. */
export function scriptOfLanguage(language: string): string | undefined {
  try {
    return seen[new Intl.Locale(language).maximize().script ?? ''];
  } catch {
    return undefined; // not a language's tag
  }
}

/** So many of all letters make a text one of a script. */
const share = 0.7;
/** Letters from which on a stretch in another script is a finding: a syllable or a sign says more than a letter. */
const leastLetters = (script: string): number => (dense.has(script) ? 15 : 40);
const dense: ReadonlySet<string> = new Set(['Hangul', 'Han']);
/** A stretch of names is in no language: so many of its words begin small, where a script has capitals. */
const leastSmall = 5;
/** An answer that is wholly in another script may be shorter. */
const shortened = 4;

export function languageOfAnswer(
  { prompt, language }: Pick<Prompt, 'prompt' | 'language'>,
  answer: string,
): AnswerLanguage {
  const prose = proseOf(answer);
  const { words, wordClasses, letters } = scriptsOfLine(prose);
  const script = mainScript(weighed(letters));
  const asked = scriptOfPrompt({ prompt, ...(language === undefined ? {} : { language }) });
  if (asked === undefined || script === 'none') return { script };
  const own = classNames.indexOf(asked);
  const stretch = longestOther(prose, words, wordClasses, own);
  const found = stretch === undefined ? undefined : classNames[stretch.script]!;
  if (found !== undefined && mayAskFor(prompt, found)) return { script };
  if (stretch === undefined || found === undefined) return { script, expected: asked };
  const whole = (letters.get(own) ?? 0) <= stretch.letters / 20;
  const least = leastLetters(found) / (whole ? shortened : 1);
  const small = !hasCase(found) || stretch.small >= (whole ? leastSmall / 2 : leastSmall);
  if (stretch.letters < least || !small || isCode(prose.slice(stretch.start, stretch.end)))
    return { script, expected: asked };
  const begins = whole || stretch.ownBefore === 0;
  return { script, expected: asked, other: begins ? 0 : stretch.start / answer.length };
}

/**
 * The script in which a prompt is asked: that of its language, or of most of its letters. Names, code and terms stand in Latin letters
 * in any language, so a fifth in another script makes it one of that.
 */
export function scriptOfPrompt({ prompt, language }: Pick<Prompt, 'prompt' | 'language'>): string | undefined {
  const named = language === undefined ? undefined : scriptOfLanguage(language);
  if (named !== undefined) return named;
  const letters = weighed(scriptsOfLine(proseOf(prompt)).letters);
  const main = mainScript(letters);
  if (main !== 'Latin' && main !== 'mixed') return scriptNames.includes(main) ? main : undefined;
  const all = [...letters.values()].reduce((sum, count) => sum + count, 0);
  const others = [...letters].filter(([found, count]) => classNames[found] !== 'Latin' && count >= all / 5);
  const [only] = others;
  return only === undefined
    ? main === 'Latin'
      ? main
      : undefined
    : others.length === 1
      ? classNames[only[0]]
      : undefined;
}

/** A syllable or a sign counts as two letters: it says as much. */
const weighed = (letters: ReadonlyMap<number, number>): ReadonlyMap<number, number> =>
  new Map([...letters].map(([found, count]) => [found, dense.has(classNames[found]!) ? 2 * count : count]));

function mainScript(letters: ReadonlyMap<number, number>): string {
  const all = [...letters.values()].reduce((sum, count) => sum + count, 0);
  if (all === 0) return 'none';
  for (const [found, count] of letters) if (count >= share * all) return classNames[found]!;
  return 'mixed';
}

interface Stretch {
  readonly script: number;
  /** In UTF-16 units of the answer. */
  readonly start: number;
  readonly end: number;
  readonly letters: number;
  /** Words that begin with a small letter. */
  readonly small: number;
  /** Letters of the own script before it. */
  readonly ownBefore: number;
}

/**
 * The stretch of words that is most in other scripts: that with the largest sum where a letter of another script counts 1 - share
 * and one of the own script -share (Kadane's algorithm for the maximal sum of a subarray), so that other letters are at least
 * `share` of any of its beginnings and ends.
 */
function longestOther(prose: string, words: Int32Array, classes: readonly number[], own: number): Stretch | undefined {
  const units = new Int32Array(classes.length);
  const starts = new Int32Array(classes.length).fill(-1);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word < 0) continue;
    if (starts[word]! < 0) starts[word] = i;
    units[word]!++;
  }
  let best: { from: number; to: number } | undefined;
  let bestSum = 0;
  let sum = 0;
  let from = 0;
  for (const [word, found] of classes.entries()) {
    const value = found === otherClass ? 0 : units[word]! * (found === own ? -share : 1 - share);
    if (sum <= 0) {
      sum = 0;
      from = word;
    }
    sum += value;
    if (sum > bestSum) {
      bestSum = sum;
      best = { from, to: word };
    }
  }
  if (best === undefined) return undefined;
  while (classes[best.from] === otherClass) best.from++;
  const counts = new Map<number, number>();
  let ownBefore = 0;
  let small = 0;
  for (const [word, found] of classes.entries()) {
    if (word < best.from && found === own) ownBefore += units[word]!;
    if (word < best.from || word > best.to || found === own || found === otherClass) continue;
    counts.set(found, (counts.get(found) ?? 0) + units[word]!);
    const start = starts[word]!;
    // A word of a list is a name as often as not.
    if (/^\P{L}*\p{Ll}.*[^,|:]$/u.test(prose.slice(start, start + units[word]!))) small++;
  }
  const [script, letters] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one));
  return { script, start: starts[best.from]!, end: starts[best.to]! + units[best.to]!, letters, small, ownBefore };
}

const hasCase = (script: string): boolean => ['Latin', 'Cyrillic', 'Greek', 'Armenian'].includes(script);

/** What may be in any language: code, formulas, tags, links, addresses, quotations, brackets, and words with figures in them (`6x7=42`, `4cm`). */
const anyLanguage = new RegExp(
  [
    '```[^]*?(?:```|$)',
    // A fence at a line's beginning alone: `안녕~~~` is none.
    '(?<=^|\\n) {0,3}~~~[^]*?(?:\\n {0,3}~~~|$)',
    '\\$\\$[^$]{0,2000}\\$\\$',
    '\\\\\\[[^]{0,2000}?\\\\\\]',
    '\\[[^\\[\\]\\n]{1,300}\\]\\([^()\\n]{0,300}\\)',
    '`[^`\\n]*`',
    '<[^<>\\n]{1,200}>',
    '\\b(?:https?:\\/\\/|www\\.)\\S+',
    '(?<![\\w.+-])[\\w.+-]+@[\\w-]+\\.[\\w.-]+',
    '"[^"\\n]{0,300}"',
    '“[^”\\n]{0,300}”',
    '‘[^’\\n]{0,300}’',
    "(?<!\\p{L})'[^'\\n]{1,100}'(?!\\p{Script=Latin})",
    '[「『][^」』\\n]{0,300}[」』]',
    '\\([^()\\n]{0,300}\\)',
    '（[^（）\\n]{0,300}）',
    // Runs are begun at their beginning alone: from each of its letters, one without a figure would be gone through anew.
    '(?<![A-Za-z.=*+/-])[A-Za-z.=*+/-]*\\d[A-Za-z0-9.=*+/-]*',
  ].join('|'),
  'gu',
);

/** The text with all that may be in any language as spaces, at its places. */
const proseOf = (text: string): string => text.replace(anyLanguage, (found) => ' '.repeat(found.length));
