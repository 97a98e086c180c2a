/** Lines of a text cut into tokens: tokens that spell the same character stand together, each in the line where it ends. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Encoding, TokenizedText, Tokenizer } from '../../engine/src/tokenizers/index.ts';
import { PieceType } from '../../engine/src/tokenizers/index.ts';
import { TokenLines } from './protocol.ts';

interface Place {
  /** Where the line begins, where its text ends, and where the next one begins. */
  readonly start: number;
  readonly textEnd: number;
  readonly next: number;
}

/** Lines from `from`, at least one, up to `to` or until about `units` UTF-16 units are looked at. */
export function tokenLines(
  tokenizer: Tokenizer,
  tokenized: TokenizedText,
  text: TextDocument,
  from: number,
  to: number,
  units: number,
): TokenLines.Line[] {
  const places = [place(text, from)];
  const first = places[0]!;
  while (from + places.length < to) {
    const { start, next } = places.at(-1)!;
    if (next - first.start > units || next - start > TokenLines.longest) break;
    places.push(place(text, from + places.length));
  }
  // Of an endless line only the beginning; its first tokens are those of the whole line all the same.
  const last = places.at(-1)!;
  const end = Math.min(last.next, last.start + TokenLines.longest);
  const encoding = tokenized.tokensIn(first.start, Math.max(end, first.start + 1));
  const source = text.getText({ start: text.positionAt(first.start), end: text.positionAt(end) });
  let index = 0;
  return places.map((line, i) => {
    const cut = line.textEnd - line.start > TokenLines.longest;
    const stop = cut ? line.start + TokenLines.longest : Infinity;
    const isLast = i === places.length - 1;
    const begin = index;
    // A token belongs to the line of its last character; one that stands for nothing, to the line it stands in.
    while (index < encoding.ids.length && (isLast || lastOf(encoding, index) < line.next)) index++;
    const spans = spansOf(tokenizer, encoding, begin, index, line.start).filter(
      ({ end }) => end + line.start <= Math.min(stop, isLast ? line.next : Infinity),
    );
    const textEnd = Math.min(line.textEnd, line.start + TokenLines.longest);
    return {
      text: source.slice(line.start - first.start, textEnd - first.start),
      cut,
      spans,
      tokens: spans.reduce((sum, { ids }) => sum + ids.length, 0),
    };
  });
}

function place(text: TextDocument, line: number): Place {
  const start = text.offsetAt({ line, character: 0 });
  const next = line + 1 < text.lineCount ? text.offsetAt({ line: line + 1, character: 0 }) : text.getText().length;
  // The library puts a position behind a line's end before its line break.
  return { start, textEnd: text.offsetAt({ line, character: next - start }), next };
}

const lastOf = ({ starts, ends }: Encoding, i: number): number => Math.max(starts[i]!, ends[i]! - 1);

/** Tokens [begin, end) of an encoding as spans that follow one another, counted from a line's start. */
function spansOf(
  tokenizer: Tokenizer,
  { ids, starts, ends }: Encoding,
  begin: number,
  end: number,
  lineStart: number,
): TokenLines.Span[] {
  const spans: TokenLines.Span[] = [];
  for (let i = begin; i < end;) {
    const from = i;
    let upTo = ends[i++]!;
    while (i < end && starts[i]! < upTo) upTo = Math.max(upTo, ends[i++]!);
    const own = Array.from(ids.subarray(from, i));
    spans.push({
      start: Math.max(0, starts[from]! - lineStart),
      end: Math.max(0, upTo - lineStart),
      ids: own,
      pieces: own.map((id) => pieceText(tokenizer, id)),
      kind: kindOf(tokenizer, own),
    });
  }
  return spans;
}

/** What a person reads as the piece: SentencePiece's as it is, bytes in another spelling as their text. */
const pieceText = (tokenizer: Tokenizer, id: number): string =>
  (tokenizer.byteLevel ? tokenizer.textOf(id) : undefined) ?? tokenizer.piece(id).piece;

function kindOf(tokenizer: Tokenizer, ids: readonly number[]): TokenLines.Span['kind'] {
  const isBytes = (id: number) => tokenizer.piece(id).type === PieceType.byte || tokenizer.textOf(id) === undefined;
  if (ids.some(isBytes)) return 'bytes';
  return ids.some((id) => tokenizer.piece(id).type === PieceType.unknown) ? 'unknown' : 'piece';
}

/** Characters of a text as Unicode counts them: a pair of surrogates is one. */
export function codePoints(text: string): number {
  let pairs = 0;
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) pairs++;
  }
  return text.length - pairs;
}
