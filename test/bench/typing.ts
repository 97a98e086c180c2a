/**
 * Typing as an editor tells it to a language server: each stroke takes back some units before the caret and puts others there. Hangul
 * is typed on a two-set keyboard, where every key replaces the syllable that is being composed: ㄱ, 가, 갂, 가까.
 */
import { places } from '../../engine/src/lint/data/jamo.ts';

export interface Stroke {
  /** UTF-16 units before the caret that give way. */
  readonly before: number;
  /** What stands there now; the caret is behind it. */
  readonly text: string;
}

/** What a person does, in order, in one place. */
export type Act =
  | { readonly type: string }
  | { readonly backspaces: number }
  | { readonly paste: string }
  /** Takes the last paste back. */
  | { readonly undo: true };

const leads = places.lead.letters;
const vowels = places.vowel.letters;
const tails = places.tail.letters;

/** Letters that two keys make. */
const pairs: Readonly<Record<string, string>> = {
  ...{ ㅘ: 'ㅗㅏ', ㅙ: 'ㅗㅐ', ㅚ: 'ㅗㅣ', ㅝ: 'ㅜㅓ', ㅞ: 'ㅜㅔ', ㅟ: 'ㅜㅣ', ㅢ: 'ㅡㅣ' },
  ...{ ㄳ: 'ㄱㅅ', ㄵ: 'ㄴㅈ', ㄶ: 'ㄴㅎ', ㄺ: 'ㄹㄱ', ㄻ: 'ㄹㅁ', ㄼ: 'ㄹㅂ', ㄽ: 'ㄹㅅ', ㄾ: 'ㄹㅌ', ㄿ: 'ㄹㅍ', ㅀ: 'ㄹㅎ', ㅄ: 'ㅂㅅ' },
}; // prettier-ignore
const ofPair = new Map(Object.entries(pairs).map(([letter, keys]) => [keys, letter]));

interface Syllable {
  readonly lead: string;
  readonly vowel: string;
  readonly tail: string;
}

const first = 0xac00;
const last = 0xd7a3;

function partsOf(character: string): Syllable | undefined {
  const code = character.charCodeAt(0) - first;
  if (character.length !== 1 || code < 0 || code > last - first) return undefined;
  const tail = code % (tails.length + 1);
  const vowel = Math.floor(code / (tails.length + 1)) % vowels.length;
  const lead = Math.floor(code / (tails.length + 1) / vowels.length);
  return { lead: leads[lead]!, vowel: vowels[vowel]!, tail: tail === 0 ? '' : tails[tail - 1]! };
}

const syllable = (lead: string, vowel: string, tail = ''): string => {
  const at = leads.indexOf(lead) * vowels.length + vowels.indexOf(vowel);
  return String.fromCharCode(first + at * (tails.length + 1) + (tail === '' ? 0 : tails.indexOf(tail) + 1));
};

/** The keys of a character of the two-set keyboard; undefined for what is typed without composing. */
function keysOf(character: string): readonly string[] | undefined {
  const parts = partsOf(character);
  if (parts === undefined) return leads.includes(character) || vowels.includes(character) ? [character] : undefined;
  return Array.from(parts.lead + (pairs[parts.vowel] ?? parts.vowel) + (pairs[parts.tail] ?? parts.tail));
}

/** What stands in place of the syllable being composed once a key is pressed; its last character is composed on. */
export function pressed(composing: string, key: string): string {
  const parts = partsOf(composing);
  if (vowels.includes(key)) {
    if (parts === undefined) {
      if (composing !== '' && leads.includes(composing)) return syllable(composing, key);
      return ofPair.get(composing + key) ?? composing + key;
    }
    const { lead, vowel, tail } = parts;
    if (tail === '') {
      const both = ofPair.get(vowel + key);
      return both === undefined ? composing + key : syllable(lead, both);
    }
    // The consonant that closed the syllable opens the next one.
    const [stays, moves] = pairs[tail] === undefined ? ['', tail] : Array.from(pairs[tail]);
    return syllable(lead, vowel, stays) + syllable(moves!, key);
  }
  if (parts === undefined) return composing + key;
  const { lead, vowel, tail } = parts;
  const closing = tail === '' ? key : ofPair.get(tail + key);
  return closing !== undefined && tails.includes(closing) ? syllable(lead, vowel, closing) : composing + key;
}

/** What is left of the syllable being composed after a backspace: its last key is taken back. */
function unpressed(composing: string): string {
  const parts = partsOf(composing);
  if (parts === undefined) return '';
  const { lead, vowel, tail } = parts;
  if (tail !== '') return syllable(lead, vowel, pairs[tail]?.[0] ?? '');
  const one = pairs[vowel]?.[0];
  return one === undefined ? lead : syllable(lead, one);
}

export function strokesOf(acts: readonly Act[]): Stroke[] {
  const strokes: Stroke[] = [];
  let composing = '';
  /** All that was written here, to know what a backspace takes. */
  let written = '';
  let pasted = 0;
  const put = (before: number, text: string): void => {
    strokes.push({ before, text });
    written = written.slice(0, written.length - before) + text;
  };
  for (const act of acts) {
    if ('type' in act)
      for (const character of act.type) {
        const keys = keysOf(character);
        if (keys === undefined) {
          composing = '';
          put(0, character);
          continue;
        }
        // A syllable is begun anew where the letters would run into the one before: the space bar of the input method.
        if (!continues(composing, keys, character)) composing = '';
        for (const key of keys) {
          const now = pressed(composing, key);
          const same = composing !== '' && now.startsWith(composing) ? composing.length : 0;
          put(composing.length - same, now.slice(same));
          composing = now.at(-1)!;
        }
      }
    else if ('backspaces' in act)
      for (let i = 0; i < act.backspaces; i++) {
        if (composing !== '') {
          const left = unpressed(composing);
          put(composing.length, left);
          composing = left;
        } else
          put(String.fromCodePoint(written.codePointAt(Math.max(0, written.length - 2)) ?? 0).length === 2 ? 2 : 1, '');
      }
    else if ('paste' in act) {
      composing = '';
      put(0, act.paste);
      pasted = act.paste.length;
    } else {
      put(pasted, '');
      pasted = 0;
    }
  }
  return strokes;
}

/** Do the keys of a character, pressed behind a syllable, leave it as it is and make the character? */
function continues(composing: string, keys: readonly string[], character: string): boolean {
  let shown = composing;
  for (const key of keys) shown = shown.slice(0, -1) + pressed(shown.slice(-1), key);
  return shown === composing + character;
}
