/**
 * What a string literal stands for. Placeholders (`{name}` of an f-string, `${name}` of a template) stay as they are written: what
 * takes their place is not known. An escape that is broken stays too, as it does while it is typed.
 */
import type { Literal } from './section.ts';
import { namedCharacter } from './unicodeNames.ts';

const simple: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** JSON (RFC 8259, section 7). */
const json = /\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))/g;
/** Python (Language Reference 2.4.1.1); named characters (`\N{…}`) stay where the name is not known. */
const python =
  /\\(?:(\r?\n)|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([abfnrtv'"\\])|N\{([^{}]+)\})/g;
/** JavaScript (ECMA-262, 12.9.4); a backslash before any other character means that character. */
const javascript =
  /\\(?:(\r\n|[\n\r\u2028\u2029])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(0)(?![0-9])|([^xu0-9]))/gu;

export function decoded(text: string, literal: Literal): string {
  // Line breaks in a string of several lines are one unit each, whatever the file's are.
  const even = literal === 'json' ? text : text.replaceAll('\r\n', '\n');
  switch (literal) {
    case 'raw':
      return text;
    case 'rawFormat':
      return fields(even, (plain) => plain);
    case 'pythonFormat':
      return fields(even, unescaped);
    case 'json':
      return even.replace(json, (_, hex?: string, one?: string) => (hex === undefined ? one1(one!) : unit(hex)));
    case 'python':
      return unescaped(even);
    case 'javascript':
      return even.replace(javascript, (whole, ...groups: (string | undefined)[]) => escaped(whole, groups, 10));
    default:
      return literal satisfies never;
  }
}

const unescaped = (text: string): string =>
  text.replace(python, (whole, ...groups: (string | undefined)[]) => {
    // Behind the groups stand where it was found and in what.
    const name = groups[6];
    return name === undefined ? escaped(whole, groups, 8) : (namedCharacter(name) ?? whole);
  });

/**
 * The text of an f-string (Language Reference 2.4.3): braces that stand twice are one, what stands in single ones is a field, which
 * stays as it is written, with those in its format. Braces are told before escapes are undone: `\x7b` begins no field.
 */
function fields(text: string, plain: (text: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  const upTo = (at: number) => {
    if (at > from) parts.push(plain(text.slice(from, at)));
  };
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    if (unit === '\\' && plain === unescaped) {
      const name = /^N\{[^{}]*\}/.exec(text.slice(at + 1, at + 200));
      // An escape's braces are its own; a brace behind a backslash is no escape.
      at += name !== null ? name[0].length : text[at + 1] === '{' || text[at + 1] === '}' ? 0 : 1;
    } else if ((unit === '{' || unit === '}') && text[at + 1] === unit) {
      upTo(at);
      parts.push(unit);
      from = ++at + 1;
    } else if (unit === '{') {
      upTo(at);
      const end = fieldEnd(text, at);
      parts.push(text.slice(at, end));
      from = end;
      at = end - 1;
    }
  }
  upTo(text.length);
  return parts.join('');
}

/** Behind the brace that closes a field; the text's end where none does. */
function fieldEnd(text: string, start: number): number {
  let depth = 0;
  let quote: string | undefined;
  for (let at = start; at < text.length; at++) {
    const unit = text[at]!;
    if (quote !== undefined) {
      if (unit === quote) quote = undefined;
    } else if ((unit === '"' || unit === "'") && text.indexOf(unit, at + 1) >= 0) quote = unit;
    else if (unit === '{') depth++;
    else if (unit === '}' && --depth === 0) return at + 1;
  }
  return text.length;
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
