/** Where a stretch of a text file is, in lines and columns for people and editors. */
import type { Location } from './problem.ts';

/** Keys and indices from the root of a JSON text to a value. */
export type Segments = readonly (string | number)[];

/** Line and column (both from 1, in UTF-16 units) of an offset. The length is cut where the line ends. */
export function place(text: string, file: string, offset: number, length: number): Location {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset);
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < lineStart; i = text.indexOf('\n', i + 1)) line++;
  const rest = (lineEnd < 0 ? text.length : lineEnd) - offset;
  return { file, line, column: offset - lineStart + 1, length: Math.max(1, Math.min(length, rest)) };
}
