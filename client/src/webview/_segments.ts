/** A line under a tokenizer as what is drawn of it: its tokens, and where another tokenizer cuts differently. */
import type { TokenLines } from '../../../server/src/protocol.ts';

type Span = TokenLines.Span;

export interface Segment {
  /** The text it shows; empty for a token that stands for nothing. */
  readonly text: string;
  /** Absent for text that no token stands for (spaces that a normaliser takes away). */
  readonly span?: Span;
  /** True where the other tokenizer has no token, or tokens, for just these characters. */
  readonly differs: boolean;
  /** True for every second token, so that neighbours can be told apart. */
  readonly odd: boolean;
}

const key = ({ start, end, ids }: Span): string => `${start} ${end} ${ids.length}`;

/** `spans` in their order; those of the other tokenizer to be compared with. A line break's own token shows `⏎`. */
export function segments(text: string, spans: readonly Span[], other: readonly Span[]): Segment[] {
  const others = new Set(other.map(key));
  const result: Segment[] = [];
  let at = 0;
  spans.forEach((span, i) => {
    const start = Math.min(Math.max(span.start, at), text.length);
    const end = Math.min(span.end, text.length);
    if (start > at) result.push({ text: text.slice(at, start), differs: false, odd: false });
    const shown = span.start >= text.length && span.end > text.length ? '⏎' : text.slice(start, Math.max(start, end));
    result.push({ text: shown, span, differs: !others.has(key(span)), odd: i % 2 === 1 });
    at = Math.max(at, end);
  });
  if (at < text.length) result.push({ text: text.slice(at), differs: false, odd: false });
  return result;
}

/** UTF-8 of a text as people write bytes: `ED 96 84`; the first `most`. */
export function hex(text: string, most = 16): string {
  const bytes = new TextEncoder().encode(text);
  const some = Array.from(bytes.subarray(0, most), (byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
  return some.join(' ') + (bytes.length > most ? ' …' : '');
}

/** A change as `−55 %`, `+3.2 %`, `±0 %`. */
export function change(before: number, after: number): string {
  if (before === 0) return '–';
  const share = ((after - before) / before) * 100;
  const digits = Math.abs(share).toFixed(Math.abs(share) < 10 ? 1 : 0);
  if (Number(digits) === 0) return '±0 %';
  return `${share < 0 ? '−' : '+'}${digits} %`;
}
