/** Where a document is cut into chunks: at lines' ends where that may be, else at the next place that may be cut. */

/** What says where a text may be cut: between which two code points. */
export interface Cuts {
  canCut(left: number, right: number): boolean;
}

/** Chunks are cut at the first place behind this many units, at a line's end where there is one nearby. */
const chunkLength = 1024;
const lineSearch = 512;
/** The encoding of a longer chunk is kept. */
export const longChunk = 8 * chunkLength;

/** Places of a text, from the first to the last, where it is known not to be cut. */
export interface Uncut {
  readonly from: number;
  readonly to: number;
}

/** Where a chunk that begins at `from` ends. */
export function chunkEnd(cuts: Cuts | undefined, text: string, from: number, uncut: readonly Uncut[]): number {
  if (cuts === undefined || text.length - from <= 2 * chunkLength) return text.length;
  // Looked for in a slice: in a text of one endless line, each search would go to its end.
  const near = text.slice(from + chunkLength, from + chunkLength + lineSearch).indexOf('\n');
  const lineEnd = from + chunkLength + near + 1;
  if (near >= 0 && isCutAt(cuts, text, lineEnd)) return lineEnd;
  let at = from + chunkLength;
  for (; at < text.length; at++) {
    const known = uncut.find((range) => range.from <= at && at <= range.to);
    if (known !== undefined) at = known.to;
    else if (isCutAt(cuts, text, at)) break;
  }
  return Math.min(at, text.length);
}

/**
 * Where chunks, joined, are still not to be cut after [start, end) gave way to a text that is `shift` longer: a long chunk has
 * been searched for cuts, and whether a place is one depends on two units on each side of it.
 */
export function uncutAfter(
  chunks: readonly { readonly text: string }[],
  start: number,
  end: number,
  shift: number,
): Uncut[] {
  const uncut: Uncut[] = [];
  let offset = 0;
  for (const { text } of chunks) {
    const from = offset + chunkLength;
    offset += text.length;
    if (text.length <= longChunk) continue;
    uncut.push({ from, to: Math.min(offset - 1, start - 2) });
    uncut.push({ from: Math.max(from, end + 2) + shift, to: offset - 1 + shift });
  }
  return uncut.filter((range) => range.from <= range.to);
}

/** Answers of the same pairs again, which in a text without a cut are few. */
export class RememberedCuts implements Cuts {
  private readonly keys = new Int32Array(2 * 4096).fill(-1);
  private readonly answers = new Uint8Array(4096);

  constructor(private readonly cuts: Cuts) {}

  canCut(left: number, right: number): boolean {
    const at = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 20;
    const { keys, answers } = this;
    if (keys[2 * at] !== left || keys[2 * at + 1] !== right) {
      answers[at] = this.cuts.canCut(left, right) ? 1 : 0;
      keys[2 * at] = left;
      keys[2 * at + 1] = right;
    }
    return answers[at] === 1;
  }
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
