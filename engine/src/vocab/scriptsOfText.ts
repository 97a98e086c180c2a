/**
 * A line of text, unit by unit: the script of each letter, and the words that spaces part. For counting what tokens cost in
 * each language of a text that mixes several.
 */
import { characterClass, scriptNames } from './scripts.ts';

/** Names of the classes that characters are counted in: the scripts, then letters of others, then all that is no letter. */
export const classNames: readonly string[] = [...scriptNames, 'letters', 'other'];
const letters = classNames.indexOf('letters');
export const otherClass = classNames.indexOf('other');

export interface LineScripts {
  /** For each UTF-16 unit the number of its class in `classNames`; a mark has that of the letter before it. */
  readonly classes: Uint8Array;
  /** For each unit the number of its word, from 0; -1 for white space. */
  readonly words: Int32Array;
  /** For each word the class that most of its letters have; `otherClass` where it has none. */
  readonly wordClasses: readonly number[];
  /** Letters by class: a syllable of Hangul counts as one, composed or not; marks and vowel signs do not count. */
  readonly letters: ReadonlyMap<number, number>;
}

/** What continues a letter: marks, and the vowels and finals of decomposed Hangul. */
const continues = /[\p{M}\u1160-\u11ff\ud7b0-\ud7ff]/u;
const white = /\s/u;

/** By code unit of the Basic Multilingual Plane: class + 1, with 0x80 for what continues a letter; 0: not looked at yet. */
const known = new Uint8Array(0x10000);

function lookUp(codePoint: number): number {
  const found = codePoint < 0x10000 ? known[codePoint]! : 0;
  if (found !== 0) return found;
  const character = String.fromCodePoint(codePoint);
  const name = characterClass(character);
  const script = scriptNames.indexOf(name);
  const number = script >= 0 ? script : name === 'letter' ? letters : otherClass;
  const value = (number + 1) | (continues.test(character) ? 0x80 : 0);
  if (codePoint < 0x10000) known[codePoint] = value;
  return value;
}

export function scriptsOfLine(line: string): LineScripts {
  const classes = new Uint8Array(line.length);
  const words = new Int32Array(line.length);
  const wordClasses: number[] = [];
  const all = new Map<number, number>();
  let inWord = new Map<number, number>();
  let before = otherClass;
  let open = false;
  const close = () => {
    if (!open) return;
    wordClasses.push(mostOf(inWord));
    inWord = new Map();
    open = false;
  };
  for (let i = 0; i < line.length;) {
    const codePoint = line.codePointAt(i)!;
    const units = codePoint > 0xffff ? 2 : 1;
    const value = lookUp(codePoint);
    const isMark = (value & 0x80) !== 0;
    const found = isMark && before !== otherClass ? before : (value & 0x7f) - 1;
    const isWhite = codePoint <= 0x20 || (codePoint >= 0x85 && white.test(line[i]!));
    if (isWhite) close();
    else {
      open = true;
      if (!isMark && found !== otherClass) {
        all.set(found, (all.get(found) ?? 0) + 1);
        inWord.set(found, (inWord.get(found) ?? 0) + 1);
      }
    }
    classes.fill(found, i, i + units);
    words.fill(isWhite ? -1 : wordClasses.length, i, i + units);
    before = found;
    i += units;
  }
  close();
  return { classes, words, wordClasses, letters: all };
}

/** The class with the most letters, the first of equals. */
function mostOf(counts: ReadonlyMap<number, number>): number {
  let best = otherClass;
  let most = 0;
  for (const [found, count] of counts) {
    if (count > most) {
      most = count;
      best = found;
    }
  }
  return best;
}
