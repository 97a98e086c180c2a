/** What rules share: matches in a stretch by their places, what stands around a place (in time that does not depend on the text's length), and how a finding names it. */

const near = 16;
/** Of a line, what is looked at on each side. */
const nearInLine = 400;
/** No rule that goes by lines looks at more units before and behind the stretch it searches. */
export const nearby = 512;

/** Does what stands before a place fit an expression that ends in `$`? */
export const endsWith = (text: string, at: number, pattern: RegExp): boolean =>
  pattern.test(wellCut(text.slice(Math.max(0, at - near), at)));

/** Does what stands behind a place fit an expression that begins with `^`? */
export const startsWith = (text: string, at: number, pattern: RegExp): boolean =>
  pattern.test(text.slice(at, at + near));

/** The line that holds a place, or of a long one what is near. */
export function lineAround(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - nearInLine), at);
  const after = text.slice(at, at + nearInLine);
  const end = after.indexOf('\n');
  return wellCut(before.slice(before.lastIndexOf('\n') + 1)) + (end < 0 ? after : after.slice(0, end));
}

/** Without the half of a character that a cut left at the start. */
const wellCut = (text: string): string => (/^[\udc00-\udfff]/.test(text) ? text.slice(1) : text);

/** Matches of a global expression in a stretch of a text, by their places in the whole text. */
export function* matchesOf(
  text: string,
  from: number,
  to: number,
  pattern: RegExp,
): Iterable<{ readonly found: RegExpExecArray; readonly start: number; readonly end: number }> {
  for (const found of text.slice(from, to).matchAll(pattern)) {
    const start = from + found.index;
    yield { found, start, end: start + found[0].length };
  }
}

/** `U+200B`, of the first character. */
export const codePointName = (text: string): string =>
  `U+${text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;

const mostQuoted = 24;

/** A quotation for a message, cut where it is long. */
export const shortened = (text: string): string => (text.length > mostQuoted ? `${text.slice(0, mostQuoted)}…` : text);
