/** Unicode's composed form (NFC) with the way back: which stretch of the text each unit of the normalised text came from. */

export interface NfcText {
  readonly text: string;
  /** By unit of `text`: the stretch [start, end) it came from. Undefined where nothing changed. */
  readonly starts: Int32Array | undefined;
  readonly ends: Int32Array | undefined;
}

/** A character, and what may compose with it: marks, conjoining jamo, and (from Unicode 16 on) the vowel signs of Kirat Rai. */
const stretch = /[^][\p{M}\u1160-\u11ff\ud7b0-\ud7ff\u{16d40}-\u{16d7f}]*/gu;
const joins = /[\p{M}\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\u{16d40}-\u{16d7f}]/u;

/** Does a character stay as it is in every text, and compose with none? */
export function isStable(codePoint: number): boolean {
  if (codePoint < 0x300) return true;
  const character = String.fromCodePoint(codePoint);
  return !joins.test(character) && character.normalize('NFC') === character;
}

/** Well-formed text, normalised. */
export function normalizeNfc(source: string): NfcText {
  const text = source.normalize('NFC');
  if (text === source) return { text, starts: undefined, ends: undefined };
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  let at = 0;
  const put = (length: number, start: number, end: number) => {
    starts.fill(start, at, at + length);
    ends.fill(end, at, at + length);
    at += length;
  };
  let from = 0;
  for (const [part] of source.matchAll(stretch)) {
    const to = from + part.length;
    const normal = part.normalize('NFC');
    if (!text.startsWith(normal, at)) break;
    if (normal === part) {
      for (const character of part) {
        put(character.length, from, from + character.length);
        from += character.length;
      }
    } else {
      put(normal.length, from, to);
    }
    from = to;
  }
  // Characters that compose though the table above does not know them: the rest is one stretch.
  if (at < text.length) put(text.length - at, from, source.length);
  return { text, starts, ends };
}
