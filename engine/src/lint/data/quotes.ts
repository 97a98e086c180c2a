/** Typographic signs and the plain ones that stand for them on a keyboard. */
export const quotes: Readonly<Record<string, string>> = {
  '\u201c': '"',
  '\u201d': '"',
  '\u2018': "'",
  '\u2019': "'",
  '\u2026': '...',
  '\u2032': "'",
  '\u2033': '"',
};
