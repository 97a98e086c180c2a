/** Characters that fall to bytes: what the editor underlines. */
import type { Encoding, Tokenizer } from './tokenizer.ts';

/** A character that falls to byte pieces, in UTF-16 units of the document. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
  /** Number of byte pieces. */
  readonly bytes: number;
}

/** The characters that an encoding spells in byte pieces; the pieces of one character share its span. */
export function byteSpans(tokenizer: Tokenizer, encoding: Encoding): ByteSpan[] {
  const spans: { start: number; end: number; bytes: number }[] = [];
  let previous: { start: number; end: number; bytes: number } | undefined;
  for (let i = 0; i < encoding.ids.length; i++) {
    const byte = tokenizer.byteOf(encoding.ids[i]!);
    const start = encoding.starts[i]!;
    const end = encoding.ends[i]!;
    if (byte === undefined) {
      previous = undefined;
    } else if (previous !== undefined && (byte & 0xc0) === 0x80) {
      previous.bytes++;
      previous.end = end;
    } else {
      previous = { start, end, bytes: 1 };
      spans.push(previous);
    }
  }
  return spans;
}
