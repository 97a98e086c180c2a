/** Text at its edges: lone surrogates, and bytes that are no UTF-8, as SentencePiece reads them. */

/** The text with each lone surrogate replaced by U+FFFD; offsets stay. */
export function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, '\ufffd') : text;
}

/** UTF-8 to text; each byte that begins no valid character becomes one U+FFFD (a TextDecoder would join some of them). */
export function decodeBytes(bytes: readonly number[]): string {
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const character = characterAt(bytes, i);
    text += character === undefined ? '\ufffd' : String.fromCodePoint(character.codePoint);
    i += character?.length ?? 1;
  }
  return text;
}

function characterAt(bytes: readonly number[], at: number): { codePoint: number; length: number } | undefined {
  const first = bytes[at]!;
  const length =
    first < 0x80 ? 1 : (first & 0xe0) === 0xc0 ? 2 : (first & 0xf0) === 0xe0 ? 3 : (first & 0xf8) === 0xf0 ? 4 : 0;
  if (length === 0) return undefined;
  let codePoint = length === 1 ? first : first & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return undefined;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  // Longer spellings than needed, surrogates and numbers beyond Unicode are no characters.
  const least = [0, 0, 0x80, 0x800, 0x10000][length]!;
  const valid = codePoint >= least && codePoint <= 0x10ffff && (codePoint & 0x1ff800) !== 0xd800;
  return valid ? { codePoint, length } : undefined;
}
