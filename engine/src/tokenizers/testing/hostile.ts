/** Texts that tokenizers get wrong: odd characters of all planes, all kinds of spaces, decomposed Hangul, long lines. */
type Dice = (below: number) => number;

const zeroWidthJoiner = '\u200d';
const people = ['👩', '👨', '👧', '👦', '❤\ufe0f', '💻', '🏽', '🇰', '🇷', '🏳\ufe0f', '🌈'];
const spaces = Array.from(
  ' \u00a0\u1680\u2000\u2003\u2009\u200b\u202f\u205f\u2060\u3000\u2581\u2581  \t\v\f\r\n\u0085\u2028\u2029',
);
const strange = Array.from(
  '\0\u0001\u001f\u007f\u0080\u00ad\ufeff\ufffd\ufffe\uffff\u0378\u0e00\ufdd0\u{1f8ff}\u{e0001}\u{10ffff}\u{2fa1d}',
);
const words = [
  'the',
  'ing',
  'Learning',
  'I’m',
  '한국어',
  '안녕하세요',
  '있습니다.',
  'ﬁ',
  '①',
  'ｶﾞ',
  '㈜',
  '２０２３',
  'Å',
  'ß',
  'İ',
];

/** One text; always well-formed. */
export function hostileText(random: Dice): string {
  let text = '';
  for (let n = 1 + random(25); n > 0; n--) text += part(random).repeat(random(9) === 0 ? 1 + random(60) : 1);
  return text;
}

function part(random: Dice): string {
  const of = (list: readonly string[]) => list[random(list.length)]!;
  switch (random(10)) {
    case 0:
      return of(spaces);
    case 1:
      return of(strange);
    case 2:
      return of(words).normalize('NFD');
    case 3:
      return [of(people), of(people), of(people)].join(random(2) === 0 ? zeroWidthJoiner : '');
    case 4:
      return of(words) + ' ';
    case 5: // Hangul, whole or in its letters
      return String.fromCharCode(0xac00 + random(11172)).normalize(random(3) === 0 ? 'NFD' : 'NFC');
    case 6: // Hangul letters in no order
      return String.fromCharCode(0x1100 + random(256));
    case 7: // any character of the first plane
      return String.fromCharCode(random(0xd800));
    case 8: // any other
      return String.fromCodePoint(random(3) === 0 ? 0xe000 + random(0x2000) : 0x10000 + random(0x100000));
    default:
      return (
        String.fromCharCode(0x20 + random(0x5f)) + (random(4) === 0 ? String.fromCharCode(0x300 + random(0x70)) : '')
      );
  }
}

/** Few and huge: runs, alternations, text without a space. `size` is about their length. */
export function hugeTexts(random: Dice, size: number): string[] {
  return [
    'a'.repeat(size),
    ' '.repeat(size),
    'ab'.repeat(size / 2),
    'a '.repeat(size / 2),
    ' \u2581\u3000\t'.repeat(size / 4),
    '\n'.repeat(size),
    '가'.repeat(size),
    '\u0301'.repeat(size / 4),
    Array.from({ length: size }, () => String.fromCharCode(0xac00 + random(11172))).join(''),
    Array.from({ length: size / 25 }, () => hostileText(random)).join(''),
  ];
}
