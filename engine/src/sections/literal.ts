/**
 * What a string literal stands for. Placeholders (`{name}` of an f-string, `${name}` of a template) stay as they are written: what
 * takes their place is not known. An escape that is broken stays too, as it does while it is typed.
 */
import type { Literal } from './section.ts';

const simple: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** JSON (RFC 8259, section 7). */
const json = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
/** Python (Language Reference 2.4.1.1); named characters (`\N{…}`) stay. */
const python = /\\(?:(\r?\n)|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([abfnrtv'"\\]))/g;
/** JavaScript (ECMA-262, 12.9.4); a backslash before any other character means that character. */
const javascript =
  /\\(?:(\r\n|[\n\r\u2028\u2029])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(0)(?![0-9])|([^xu0-9]))/gu;

export function decoded(text: string, literal: Literal): string {
  if (literal === 'raw') return text;
  // Line breaks in a string of several lines are one unit each, whatever the file's are.
  const even = literal === 'json' ? text : text.replaceAll('\r\n', '\n');
  if (!even.includes('\\')) return even;
  switch (literal) {
    case 'json':
      return even.replace(json, (_, hex?: string, one?: string) => (hex === undefined ? one1(one!) : unit(hex)));
    case 'python':
      return even.replace(python, (whole, ...groups: (string | undefined)[]) => escaped(whole, groups, 8));
    case 'javascript':
      return even.replace(javascript, (whole, ...groups: (string | undefined)[]) => escaped(whole, groups, 10));
    default:
      return literal satisfies never;
  }
}

const one1 = (character: string): string => simple[character] ?? character;
const unit = (hex: string): string => String.fromCharCode(Number.parseInt(hex, 16));

function escaped(whole: string, groups: readonly (string | undefined)[], radix: 8 | 10): string {
  const [lineBreak, byte, four, point, number, character] = groups;
  if (lineBreak !== undefined) return '';
  const hex = byte ?? four;
  if (hex !== undefined) return unit(hex);
  if (point !== undefined) {
    const value = Number.parseInt(point, 16);
    return value <= 0x10ffff ? String.fromCodePoint(value) : whole;
  }
  if (number !== undefined) return String.fromCharCode(Number.parseInt(number, radix));
  if (character === 'a' && radix === 8) return '\x07';
  return one1(character!);
}
