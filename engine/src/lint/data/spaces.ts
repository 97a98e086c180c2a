/** Spaces that are no plain space, and where a language's typography asks for them. */

export interface ExoticSpace {
  /** For a character class of a regular expression with the flag u. */
  readonly characters: string;
  /** What stands around one that is meant; the line's start is `^`, its end `$`. */
  readonly meant: readonly { readonly before?: string; readonly after?: string }[];
}

const digit = String.raw`\p{Nd}`;
/** Scripts whose own width the ideographic space has. */
const ideographic = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\u3001-\u303f\uff00-\uff0f\uff1a-\uff20]`;

export const spaces: readonly ExoticSpace[] = [
  // French and its neighbours: before high punctuation and inside of guillemets. Everywhere: between groups of digits.
  {
    characters: String.raw`\u00a0\u202f\u2009`,
    meant: [{ after: String.raw`[;:!?»›%‰€]` }, { before: '[«‹]' }, { before: digit, after: digit }],
  },
  { characters: String.raw`\u2000-\u2006\u2008\u200a\u205f`, meant: [] },
  // As wide as a figure: it stands in columns of them.
  { characters: String.raw`\u2007`, meant: [{ before: digit }, { after: digit }] },
  { characters: String.raw`\u3000`, meant: [{ before: ideographic }, { after: ideographic }] },
  {
    characters: String.raw`\u1680`,
    meant: [{ before: String.raw`\p{Script=Ogham}` }, { after: String.raw`\p{Script=Ogham}` }],
  },
];
