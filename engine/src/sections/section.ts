/** A part of a file that is a text of its own for a model: a prompt's role, a field of a row, a section of Markdown, a marked string. */

export interface Section {
  readonly kind: 'role' | 'field' | 'message' | 'heading' | 'string';
  /** As the file has it: `user`, `instruction`, `사용자`, a heading's words, the name a string is given to (or nothing). */
  readonly name: string;
  /** Where its count belongs, in UTF-16 units: behind a role's or a heading's line, before a string's quote. */
  readonly at: number;
  /** What it is made of, [start, end) in UTF-16 units of the file; in strings, between the quotes. */
  readonly start: number;
  readonly end: number;
  /** How its text is written there. */
  readonly written: 'plain' | Literal;
  /** Of a text in another language: the same in English, in the same row. */
  readonly english?: Section;
}

/**
 * Which language's escapes stand in a string; `raw`: none (Python's r'…', TypeScript's String.raw). Of Python's f-strings braces that
 * stand twice are one: `pythonFormat` f'…', `rawFormat` rf'…'.
 */
export type Literal = 'json' | 'python' | 'pythonFormat' | 'javascript' | 'raw' | 'rawFormat';

/** Sections in the file's order as they are found; undefined is a pause, after some thousand characters without one. */
export type Finding = Generator<Section | undefined, void, undefined>;

/** Lines of a text, [start, end) without the line break, `next` where the next one begins. */
export function* linesOf(
  text: string,
): Generator<{ readonly start: number; readonly end: number; readonly next: number }> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const next = found < 0 ? text.length : found + 1;
    const end = found < 0 ? next : found > start && text[found - 1] === '\r' ? found - 1 : found;
    yield { start, end, next };
    start = next;
  }
}

/** [start, end) without white space at its two ends. */
export function trimmed(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return { start, end };
}

const isSpace = (unit: number): boolean => unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
