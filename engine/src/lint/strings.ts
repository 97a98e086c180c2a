/** String literals in files that are no text themselves: the values of JSON, and strings of code under a comment that marks them. */

/** Between the quotes, in UTF-16 units. */
export interface StringSpan {
  readonly start: number;
  readonly end: number;
}

/** The strings of JSON, JSON with comments and JSON lines that are values, not names. Also of a file that is not valid. */
export function jsonStrings(text: string): StringSpan[] {
  const spans: StringSpan[] = [];
  const token = /["/]/g;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (found[0] === '/') {
      token.lastIndex = commentEnd(text, found.index);
      continue;
    }
    const start = found.index + 1;
    const end = stringEnd(text, start, '"');
    token.lastIndex = end + 1;
    if (!/^\s*:/.test(text.slice(end + 1, end + 40))) spans.push({ start, end });
  }
  return spans;
}

const commentEnd = (text: string, at: number): number => {
  const closing = text.startsWith('//', at) ? '\n' : text.startsWith('/*', at) ? '*/' : undefined;
  if (closing === undefined) return at + 1;
  const end = text.indexOf(closing, at + 2);
  return end < 0 ? text.length : end + closing.length;
};

/** Where a string that begins at `from` ends: at its quote, or where it must have been forgotten, at the line's end. */
function stringEnd(text: string, from: number, quote: string): number {
  const acrossLines = quote.length === 3 || quote === '`';
  for (let at = from; at < text.length; at++) {
    const unit = text[at]!;
    if (unit === '\\') at++;
    else if (unit === '\n' && !acrossLines) return at;
    else if (unit === quote[0] && text.startsWith(quote, at)) return at;
  }
  return text.length;
}

const marker = 'bllossom: prompt';
/** What may stand between the comment and the string: the rest of the line, a name, an opening bracket. */
const lookedThrough = 500;

/** The string after each comment `bllossom: prompt`. */
export function markedStrings(
  text: string,
  comments: readonly (readonly [begin: string, end: string])[],
): StringSpan[] {
  const spans: StringSpan[] = [];
  for (let at = text.indexOf(marker); at >= 0; at = text.indexOf(marker, at)) {
    const mark = at;
    at += marker.length;
    const begins = comments.find(([begin]) =>
      text
        .slice(Math.max(0, mark - 20), mark)
        .trimEnd()
        .endsWith(begin),
    );
    if (begins === undefined) continue;
    const closed = text.indexOf(begins[1], at);
    if (closed < 0) return spans;
    const from = closed + begins[1].length;
    const quote = /"""|'''|["'`]/.exec(text.slice(from, from + lookedThrough));
    if (quote === null) continue;
    const start = from + quote.index + quote[0].length;
    const end = stringEnd(text, start, quote[0]);
    spans.push({ start, end });
    at = end;
  }
  return spans;
}
