/** Is an answer in another language than its question? Told by the scripts of their letters. */
import { characterClass } from '../vocab/scripts.ts';
import { codeWords, languageWords, translationWords } from './languageWords.ts';

/** Units of a text that are looked at: enough to know its script. */
const looked = 600;
/** So many letters tell a script, and so many of all must be of it. */
const leastAsked = 6;
const leastAnswered = 25;
const share = 0.7;
/** An answer of names, `Quickbooks, Xero, Zoho`, is in no language: so many words must be none, where a script tells. */
const leastWords = 4;
/** So many letters of the answer's script in a question make it a mixed one. */
const mixed = 4;

export interface LanguagesDiffer {
  readonly asked: string;
  readonly answered: string;
}

/** Undefined where they are the same, or too little is there to know, or the question may ask for another. */
export function languagesDiffer(question: string, input: string, answer: string): LanguagesDiffer | undefined {
  if (!beyondLatin.test(answer) && !beyondLatin.test(question)) return undefined;
  const ofAnswer = lettersOf(answer);
  const answered = mainOf(ofAnswer, leastAnswered);
  if (answered === undefined || isCode(answer) || (!unspaced.has(answered) && isNames(answer))) return undefined;
  const ofQuestion = lettersOf(question);
  const asked = mainOf(ofQuestion, leastAsked);
  if (asked === undefined || asked === answered) return undefined;
  if ((ofQuestion.get(answered) ?? 0) >= mixed || (lettersOf(input).get(answered) ?? 0) >= mixed) return undefined;
  return mayAskFor(question, answered) ? undefined : { asked, answered };
}

/** True where a question has a word by which it may ask for an answer in a script: a language's name, a translation, code. */
export function mayAskFor(question: string, script: string): boolean {
  const words = question.toLowerCase();
  const leave = [...translationWords, ...(languageWords[script] ?? []), ...(script === 'Latin' ? codeWords : [])];
  return leave.some((word) => words.includes(word));
}

/** Scripts that put no spaces between words. */
const unspaced: ReadonlySet<string> = new Set(['Han', 'Thai', 'Lao', 'Khmer', 'Myanmar', 'Tibetan']);

const beyondLatin = /[^\0-\u024f\u2000-\u2bff]/;

/** Letters by script, without code and addresses. */
function lettersOf(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const prose = text
    .slice(0, looked)
    .replace(/```[^]*?(```|$)|`[^`\n]*`|\b(?:https?:\/\/|www\.)\S+/g, ' ')
    .replace(/[\0-@[-`{-\u00bf]+/g, '');
  for (const character of prose) {
    const script = characterClass(character);
    if (Object.hasOwn(languageWords, script)) found.set(script, (found.get(script) ?? 0) + 1);
  }
  return found;
}

function mainOf(letters: ReadonlyMap<string, number>, least: number): string | undefined {
  let all = 0;
  let main: string | undefined;
  let most = 0;
  for (const [script, count] of letters) {
    all += count;
    if (count > most) [main, most] = [script, count];
  }
  return most >= least && most >= share * all ? main : undefined;
}

/** Words in a row that begin with a capital or stand between commas. */
function isNames(text: string): boolean {
  const part = text.slice(0, looked);
  const words =
    part.match(/(?<![\p{L}\p{N}'-])[\p{Ll}\p{Lo}][\p{L}\p{M}'-]*(?![\p{L}\p{M}'-]|\s*[,|:])/gu)?.length ?? 0;
  return words < leastWords;
}

/** Code without a fence around it: many signs that prose does not have. */
export function isCode(text: string): boolean {
  const part = text.slice(0, looked);
  return (part.match(/[{}();=<>[\]_\\]/g)?.length ?? 0) > part.length / 25;
}
