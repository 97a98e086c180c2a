/** Where the items of a JSON array stand in its text: JSON.parse tells values and no places. */

/** The line, from 1, in which each item of a top-level array begins. The text must be valid JSON, and an array. */
export function itemLines(text: string): number[] {
  const lines: number[] = [];
  let line = 1;
  let depth = 0;
  let awaiting = false; // an item of the top-level array may begin
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === newline) line++;
    if (c <= space || c === byteOrderMark) continue;
    if (awaiting && c !== closingBracket) lines.push(line);
    awaiting = false;
    if (c === quote) i = endOfString(text, i);
    else if (c === openingBracket || c === openingBrace) awaiting = depth++ === 0;
    else if (c === closingBracket || c === closingBrace) depth--;
    else if (c === comma) awaiting = depth === 1;
  }
  return lines;
}

/** The index of the quotation mark that ends the string begun at `start`; a string holds no line end. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text.charCodeAt(i) !== quote) i += text.charCodeAt(i) === backslash ? 2 : 1;
  return i;
}

const [newline, space, quote, comma, backslash, byteOrderMark] = [10, 32, 34, 44, 92, 0xfeff];
const [openingBracket, closingBracket, openingBrace, closingBrace] = [91, 93, 123, 125];
