/**
 * Characters by their Unicode names, as Python's `\N{…}` writes them, where a name follows from a rule (Unicode 15, section 4.8) or is
 * one of a few signs that texts are full of. There is no table of all names here: of any other name nothing is known.
 */

const marks: Readonly<Record<string, string>> = {
  GRAVE: '\u0300',
  ACUTE: '\u0301',
  CIRCUMFLEX: '\u0302',
  TILDE: '\u0303',
  MACRON: '\u0304',
  BREVE: '\u0306',
  'DOT ABOVE': '\u0307',
  DIAERESIS: '\u0308',
  'RING ABOVE': '\u030a',
  'DOUBLE ACUTE': '\u030b',
  CARON: '\u030c',
  CEDILLA: '\u0327',
  OGONEK: '\u0328',
};

const digits = ['ZERO', 'ONE', 'TWO', 'THREE', 'FOUR', 'FIVE', 'SIX', 'SEVEN', 'EIGHT', 'NINE'];

const signs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(digits.map((name, value) => [`DIGIT ${name}`, String(value)])),
  SPACE: ' ',
  'NO-BREAK SPACE': '\u00a0',
  'IDEOGRAPHIC SPACE': '\u3000',
  'ZERO WIDTH SPACE': '\u200b',
  'ZERO WIDTH NON-JOINER': '\u200c',
  'ZERO WIDTH JOINER': '\u200d',
  'ZERO WIDTH NO-BREAK SPACE': '\ufeff',
  'WORD JOINER': '\u2060',
  'SOFT HYPHEN': '\u00ad',
  'EN DASH': '\u2013',
  'EM DASH': '\u2014',
  'HYPHEN-MINUS': '-',
  'MINUS SIGN': '\u2212',
  'LEFT SINGLE QUOTATION MARK': '\u2018',
  'RIGHT SINGLE QUOTATION MARK': '\u2019',
  'LEFT DOUBLE QUOTATION MARK': '\u201c',
  'RIGHT DOUBLE QUOTATION MARK': '\u201d',
  'QUOTATION MARK': '"',
  APOSTROPHE: "'",
  'LEFT CURLY BRACKET': '{',
  'RIGHT CURLY BRACKET': '}',
  'REVERSE SOLIDUS': '\\',
  BULLET: '\u2022',
  'MIDDLE DOT': '\u00b7',
  'HORIZONTAL ELLIPSIS': '\u2026',
  'DEGREE SIGN': '\u00b0',
  'MULTIPLICATION SIGN': '\u00d7',
  'COPYRIGHT SIGN': '\u00a9',
  'EURO SIGN': '\u20ac',
  'WON SIGN': '\u20a9',
  'LEFTWARDS ARROW': '\u2190',
  'RIGHTWARDS ARROW': '\u2192',
  'CHECK MARK': '\u2713',
  'REPLACEMENT CHARACTER': '\ufffd',
  'GRINNING FACE': '\u{1f600}',
};

// Romanizations of the jamo of a syllable, in the order of their codes.
const leading = 'G GG N D DD R M B BB S SS  J JJ C K T P H'.split(' ');
const vowels = 'A AE YA YAE EO E YEO YE O WA WAE OE YO U WEO WE WI YU EU YI I'.split(' ');
const trailing = ' G GG GS N NJ NH D L LG LM LB LS LT LP LH M B BS S SS NG J C K T P H'.split(' ');

/** The character of a name, in upper or lower case; undefined where it is not known here. */
export function namedCharacter(name: string): string | undefined {
  const upper = name.toUpperCase();
  if (Object.hasOwn(signs, upper)) return signs[upper];
  const syllable = /^HANGUL SYLLABLE ([A-Z]+)$/.exec(upper)?.[1];
  if (syllable !== undefined) return hangul(syllable);
  const letter = /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])(?: WITH ([A-Z ]+))?$/.exec(upper);
  if (letter !== null) {
    const [, size, plain = '', mark] = letter;
    const one = size === 'SMALL' ? plain.toLowerCase() : plain;
    if (mark === undefined) return one;
    const composed = Object.hasOwn(marks, mark) ? (one + marks[mark]!).normalize('NFC') : '';
    // A letter that is written with a sign of its own has that sign's name.
    return composed.length === 1 ? composed : undefined;
  }
  return undefined;
}

function hangul(name: string): string | undefined {
  const parts = /^([BCDGHJKMNPRST]*)([AEIOUWY]+)([A-Z]*)$/.exec(name);
  if (parts === null) return undefined;
  const [l, v, t] = [leading.indexOf(parts[1]!), vowels.indexOf(parts[2]!), trailing.indexOf(parts[3]!)];
  return l < 0 || v < 0 || t < 0 ? undefined : String.fromCharCode(0xac00 + (l * 21 + v) * 28 + t);
}
