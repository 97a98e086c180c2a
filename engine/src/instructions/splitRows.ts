/** Where the rows of a file stand: lines of JSON lines, items of an array of JSON. Broken text is split as far as it goes. */
import type { Steps } from '../base/steps.ts';
import type { RowRange } from './row.ts';

/** Items of the array that a text is; undefined where it is none. Pauses each few thousand signs. */
export function* arrayItems(text: string): Steps<readonly RowRange[] | undefined> {
  const begin = /^\ufeff?\s*\[/.exec(text);
  if (begin === null) return undefined;
  const items: RowRange[] = [];
  const begins = /\s*"(?:instruction|messages|conversations)"\s*:/y;
  const sign = /["[\]{},]/g;
  sign.lastIndex = begin[0].length;
  let depth = 1;
  let start = sign.lastIndex;
  let count = 0;
  const end = (at: number): void => {
    const item = trimmed(text, start, at);
    if (item.start < item.end) items.push(item);
    start = at + 1;
  };
  for (let found = sign.exec(text); found !== null; found = sign.exec(text)) {
    if (++count % 4096 === 0) yield;
    const at = found.index;
    switch (found[0]) {
      case '"':
        sign.lastIndex = stringEnd(text, at + 1);
        break;
      case '{':
        // Inside of a row stands no other: the one before was not finished.
        begins.lastIndex = at + 1;
        if (depth > 1 && begins.test(text)) {
          end(at);
          start = at;
          depth = 1;
        }
        depth++;
        break;
      case '[':
        depth++;
        break;
      case ',':
        if (depth === 1) end(at);
        break;
      default:
        if (--depth > 0) break;
        end(at);
        return items;
    }
  }
  end(text.length);
  return items;
}

/** Behind the quote that ends a string, or at the end of the line where it has none: a line is the most that is lost. */
function stringEnd(text: string, from: number): number {
  const next = /["\\\n]/g;
  next.lastIndex = from;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === '"') return found.index + 1;
    if (found[0] === '\n') return found.index;
    if (text[found.index + 1] === '\n') return found.index + 1;
    next.lastIndex = found.index + 2;
  }
  return text.length;
}

function trimmed(text: string, from: number, to: number): RowRange {
  let [start, end] = [from, to];
  while (start < end && /\s/.test(text[start]!)) start++;
  while (end > start && /[\s,]/.test(text[end - 1]!)) end--;
  return { start, end };
}
