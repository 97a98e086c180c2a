/** Where a document is cut into chunks: at lines' ends where that may be, else at the next place that may be cut. */

/** What says where a text may be cut: between which two code points. */
export interface Cuts {
  canCut(left: number, right: number): boolean;
}

/** Chunks are cut at the first place behind this many units, at a line's end where there is one nearby. */
export const chunkLength = 1024;
const lineSearch = 512;

/** Where a chunk that begins at `from` ends. */
export function chunkEnd(cuts: Cuts | undefined, text: string, from: number): number {
  if (cuts === undefined || text.length - from <= 2 * chunkLength) return text.length;
  // Looked for in a slice: in a text of one endless line, each search would go to its end.
  const near = text.slice(from + chunkLength, from + chunkLength + lineSearch).indexOf('\n');
  const lineEnd = from + chunkLength + near + 1;
  if (near >= 0 && isCutAt(cuts, text, lineEnd)) return lineEnd;
  let at = from + chunkLength;
  while (at < text.length && !isCutAt(cuts, text, at)) at++;
  return at;
}

/** May the text be cut at a place inside it? Never inside of a surrogate pair. */
export function isCutAt(cuts: Cuts | undefined, text: string, at: number): boolean {
  if (cuts === undefined) return false;
  if (at >= text.length) return true;
  const right = text.codePointAt(at)!;
  const low = text.charCodeAt(at - 1);
  const before = at >= 2 ? text.codePointAt(at - 2)! : low;
  const left = before > 0xffff ? before : low;
  if (isLow(right) && isHigh(low)) return false;
  return cuts.canCut(isHigh(left) || isLow(left) ? 0xfffd : left, isHigh(right) || isLow(right) ? 0xfffd : right);
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
