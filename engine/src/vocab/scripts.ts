/**
 * Which script a text is written in, as far as pieces are concerned. Scripts are data: a line here is all that a further
 * one needs. Those that one language mixes stand together (Japanese).
 */

/** Name and the Unicode scripts it covers (UAX #24). */
const scripts: readonly (readonly [name: string, covers: readonly string[]])[] = [
  ['Latin', ['Latin']],
  ['Hangul', ['Hangul']],
  ['Han', ['Han', 'Hiragana', 'Katakana', 'Bopomofo']],
  ['Cyrillic', ['Cyrillic']],
  ['Greek', ['Greek']],
  ['Arabic', ['Arabic']],
  ['Hebrew', ['Hebrew']],
  ['Devanagari', ['Devanagari']],
  ['Bengali', ['Bengali']],
  ['Gujarati', ['Gujarati']],
  ['Gurmukhi', ['Gurmukhi']],
  ['Kannada', ['Kannada']],
  ['Malayalam', ['Malayalam']],
  ['Odia', ['Oriya']],
  ['Sinhala', ['Sinhala']],
  ['Tamil', ['Tamil']],
  ['Telugu', ['Telugu']],
  ['Thai', ['Thai']],
  ['Lao', ['Lao']],
  ['Khmer', ['Khmer']],
  ['Myanmar', ['Myanmar']],
  ['Tibetan', ['Tibetan']],
  ['Mongolian', ['Mongolian']],
  ['Armenian', ['Armenian']],
  ['Georgian', ['Georgian']],
  ['Ethiopic', ['Ethiopic']],
];

const patterns = scripts.map(
  ([name, covers]) => [name, new RegExp(covers.map((script) => `\\p{Script=${script}}`).join('|'), 'u')] as const,
);
/** What stands with any script: a combining mark, the mark of a long vowel. */
const inherited = /\p{Script=Inherited}|\u30fc/u;
const letter = /\p{L}|\p{M}/u;
const number = /\p{N}/u;

export const scriptNames: readonly string[] = scripts.map(([name]) => name);

/** True where a text has a character of a script. Throws a RangeError for a name that is not in `scriptNames`. */
export function holdsScript(text: string, name: string): boolean {
  const found = patterns.find(([known]) => known === name);
  if (found === undefined) throw new RangeError(`there is no script ${name}`);
  return found[1].test(text);
}

/** The script with the most of these texts holding it; undefined where none holds any. */
export function mainScript(texts: readonly string[]): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const [name, pattern] of patterns) {
    const count = texts.reduce((sum, text) => sum + (pattern.test(text) ? 1 : 0), 0);
    if (count > most) {
      most = count;
      best = name;
    }
  }
  return best;
}

const classes = new Map<string, string>();

/**
 * What a character may stand in a piece with: letters of one script, digits, or other signs. `any` for what inherits its
 * neighbour's.
 */
export function characterClass(character: string): string {
  let found = classes.get(character);
  if (found === undefined) {
    found = classify(character);
    classes.set(character, found);
  }
  return found;
}

function classify(character: string): string {
  if (inherited.test(character)) return 'any';
  if (number.test(character)) return 'number';
  const script = patterns.find(([, pattern]) => pattern.test(character))?.[0];
  return script ?? (letter.test(character) ? 'letter' : 'sign');
}

/**
 * What a text (a piece's, say) is written in: one of `scriptNames`, `mixed` for letters of several, `letters` for those of
 * no script named here, `digits`, `signs`, or `spaces`. Spaces, also SentencePiece's `▁`, digits and signs beside letters
 * do not count.
 */
export function scriptOf(text: string): string {
  let script: string | undefined;
  let digits = false;
  let signs = false;
  for (const character of text) {
    if (character === '\u2581' || character === ' ') continue;
    const found = characterClass(character);
    if (found === 'number') digits = true;
    else if (found === 'sign' || found === 'any') signs = true;
    else if (script === undefined) script = found;
    else if (script !== found) return 'mixed';
  }
  if (script !== undefined) return script === 'letter' ? 'letters' : script;
  if (digits) return 'digits';
  return signs ? 'signs' : 'spaces';
}
