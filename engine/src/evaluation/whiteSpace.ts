/**
 * White space as Python has it (str.split, str.strip, `\\s` of its re), so that figures and prompts are those of programs written in it:
 * the separators U+001C to U+001F and U+0085 are among it, the byte order mark is not, other than in JavaScript.
 */

const one = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';

/** A run of it, anywhere. */
export const whiteSpace = new RegExp(`${one}+`, 'g');

const begins = new RegExp(`^${one}+`);
const blank = new RegExp(`^${one}$`);

/** Without it at both ends. */
export function stripped(text: string): string {
  let end = text.length;
  while (end > 0 && blank.test(text[end - 1]!)) end--;
  return text.slice(0, end).replace(begins, '');
}
