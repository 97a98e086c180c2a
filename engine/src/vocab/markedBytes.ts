/** Whether a run of bytes bears a mark of the new language: in whole characters, or in the beginning of one that can be no other. */
import { bytesOfSymbols } from '../tokenizers/byteLevelModel.ts';

/** The beginning of a character may be so many characters at most to be looked at. */
const mostCharacters = 4096;

export class MarkedBytes {
  private readonly known = new Map<string, boolean>();

  constructor(private readonly marks: (text: string) => boolean) {}

  /** Of a piece in the byte spelling. */
  has(piece: string): boolean {
    let found = this.known.get(piece);
    if (found === undefined) this.known.set(piece, (found = this.look(bytesOfSymbols(piece) ?? new Uint8Array())));
    return found;
  }

  private look(bytes: Uint8Array): boolean {
    let from = 0;
    while (from < bytes.length && (bytes[from]! & 0xc0) === 0x80) from++;
    let to = bytes.length;
    for (let i = Math.max(from, to - 3); i < to; i++) if (lengthOf(bytes[i]!) > bytes.length - i) to = i;
    if (this.marks(Buffer.from(bytes.subarray(from, to)).toString('utf8'))) return true;
    return to < bytes.length && this.beginsMark(bytes.subarray(to));
  }

  /** Is every character that begins so a mark? */
  private beginsMark(bytes: Uint8Array): boolean {
    const length = lengthOf(bytes[0]!);
    let low = bytes[0]! & (0x7f >> length);
    for (const byte of bytes.subarray(1)) low = (low << 6) | (byte & 0x3f);
    const free = 6 * (length - bytes.length);
    if (2 ** free > mostCharacters) return false;
    let some = false;
    for (let code = low << free; code < (low + 1) << free && code < 0x110000; code++) {
      const character = String.fromCodePoint(code);
      if (/[\p{Cn}\p{Cs}]/u.test(character)) continue;
      if (!this.marks(character)) return false;
      some = true;
    }
    return some;
  }
}

/** Bytes of the character that a byte begins. */
const lengthOf = (byte: number): number => (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1);
