/** Texts as arrays of UTF-16 units: what encoders read, so that no character costs a look into a string. */

/** The space inside pieces, U+2581. */
export const spaceSymbol = '\u2581';
export const spaceUnit = 0x2581;

/** Writes a text's units from `at` on, each lone surrogate as U+FFFD and each space as `space`. */
export function writeUnits(text: string, into: Uint16Array, at: number, space: number): void {
  const length = text.length;
  for (let i = 0; i < length; i++) {
    let unit = text.charCodeAt(i);
    if (unit === 0x20) unit = space;
    else if ((unit & 0xf800) === 0xd800) {
      const next = unit < 0xdc00 && i + 1 < length ? text.charCodeAt(i + 1) : 0;
      if ((next & 0xfc00) === 0xdc00) {
        into[at + i++] = unit;
        unit = next;
      } else unit = 0xfffd;
    }
    into[at + i] = unit;
  }
}

export function unitsOf(text: string): Uint16Array {
  const units = new Uint16Array(text.length);
  writeUnits(text, units, 0, 0x20);
  return units;
}

/** The text of units [from, to). */
export function textOfUnits(units: Uint16Array, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i += 4096) text += String.fromCharCode(...units.subarray(i, Math.min(to, i + 4096)));
  return text;
}

/** The code point at a place of well-formed units. */
export function codePointAt(units: Uint16Array, at: number): number {
  const unit = units[at]!;
  return (unit & 0xfc00) === 0xd800 ? 0x10000 + ((unit & 0x3ff) << 10) + (units[at + 1]! & 0x3ff) : unit;
}

export const utf8Length = (codePoint: number): number =>
  codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

/** Byte `index` of the `count` that UTF-8 spells a code point with. */
export function utf8Byte(codePoint: number, index: number, count: number): number {
  if (count === 1) return codePoint;
  if (index === 0) return ((0xf00 >> count) & 0xff) | (codePoint >> (6 * (count - 1)));
  return 0x80 | ((codePoint >> (6 * (count - 1 - index))) & 0x3f);
}
