/** Characters that are spelled by parts: what the editor underlines. */
import type { Encoding, Tokenizer } from './tokenizer.ts';

/** A character that falls to byte pieces, or to several byte-level tokens; in UTF-16 units of the document. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
  /** Number of byte pieces, or of the tokens that share the character. */
  readonly bytes: number;
}

type Growing = { -readonly [K in keyof ByteSpan]: ByteSpan[K] };

/**
 * The characters that an encoding spells in byte pieces (the pieces of one character share its span), or, where all pieces are
 * runs of bytes, by more than one token.
 */
export function byteSpans(tokenizer: Tokenizer, encoding: Encoding): ByteSpan[] {
  return tokenizer.byteLevel ? sharedCharacters(encoding) : characterInBytes(tokenizer, encoding);
}

/** The tokens that stand in byte spans. */
export function byteTokens(tokenizer: Tokenizer, encoding: Encoding): number {
  if (!tokenizer.byteLevel) {
    let count = 0;
    for (const id of encoding.ids) if (tokenizer.byteOf(id) !== undefined) count++;
    return count;
  }
  let count = 0;
  const { starts, ends } = encoding;
  for (let i = 0; i < starts.length; i++) {
    if ((i > 0 && overlap(starts[i]!, ends[i - 1]!)) || (i + 1 < starts.length && overlap(starts[i + 1]!, ends[i]!)))
      count++;
  }
  return count;
}

function characterInBytes(tokenizer: Tokenizer, encoding: Encoding): ByteSpan[] {
  const spans: Growing[] = [];
  let previous: Growing | undefined;
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

/** Spans are of whole characters, so two tokens whose spans overlap share what lies in both: one character. */
function sharedCharacters({ starts, ends }: Encoding): ByteSpan[] {
  const spans: Growing[] = [];
  for (let i = 1; i < starts.length; i++) {
    const start = starts[i]!;
    const end = ends[i - 1]!;
    if (!overlap(start, end)) continue;
    const last = spans.at(-1);
    if (last?.start === start && last.end === end) last.bytes++;
    else spans.push({ start, end, bytes: 2 });
  }
  return spans;
}

const overlap = (start: number, previousEnd: number): boolean => start < previousEnd;
