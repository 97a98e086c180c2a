/**
 * Characters that show nothing, and where they mean something all the same. A row says which; another script's joiners are
 * another entry here.
 */

export interface Invisible {
  /** For a character class of a regular expression with the flag u. */
  readonly characters: string;
  /** What stands before and behind one that means something; undefined: anything. */
  readonly means?: readonly { readonly before?: string; readonly after?: string; readonly inLine?: string }[];
  /** True where taking it away can change what is seen. */
  readonly seen?: boolean;
}

/** Letters that take another form beside a joiner, or that it keeps apart (Unicode 16, chapters 9, 12-14, 23.2). */
const joining = String.raw`[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Mandaic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Tibetan}\p{Script=Myanmar}]\p{M}*`;
/** Scripts without spaces between words, where a zero-width space says where a line may break. */
const spaceless = String.raw`[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{Script=Javanese}\p{Script=Balinese}]`;
const rightToLeft = String.raw`[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]`;
const emoji = String.raw`[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\ufe0f\u20e3]`;
const jamo = String.raw`[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]`;

export const invisible: readonly Invisible[] = [
  // The joiner of emoji, and of letters.
  { characters: String.raw`\u200d`, means: [{ before: emoji, after: emoji }, { before: joining }] },
  { characters: String.raw`\u200c`, means: [{ before: joining }] },
  { characters: String.raw`\u200b`, means: [{ before: spaceless }, { after: spaceless }] },
  // Word joiner, byte order mark inside a text, soft hyphen, combining grapheme joiner, invisible operators.
  { characters: String.raw`\u2060\ufeff\u00ad\u034f\u2061-\u2064` },
  // Marks of direction: of use where a line runs from right to left.
  { characters: String.raw`\u200e\u200f\u061c`, means: [{ inLine: rightToLeft }] },
  { characters: String.raw`\u202a-\u202e\u2066-\u2069`, means: [{ inLine: rightToLeft }], seen: true },
  {
    characters: String.raw`\u206a-\u206f\ufff9-\ufffb\u180e`,
    means: [{ inLine: String.raw`\p{Script=Mongolian}` }],
    seen: true,
  },
  // Hangul fillers hold a place in a syllable of old letters.
  { characters: String.raw`\u115f\u1160`, means: [{ before: jamo }, { after: jamo }] },
  { characters: String.raw`\u3164\uffa0`, seen: true },
  // Control characters but for tab, line feed, form feed and carriage return.
  { characters: String.raw`\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f`, seen: true },
  // Tags spell flags of regions behind a black flag.
  {
    characters: String.raw`\u{e0001}\u{e0020}-\u{e007f}`,
    means: [{ before: String.raw`[\u{1f3f4}\u{e0020}-\u{e007f}]` }],
  },
];
