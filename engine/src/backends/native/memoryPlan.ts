/** Places values in one piece of memory, so that those in use at the same time never overlap and the whole stays small. */

export interface Lifetime {
  readonly bytes: number;
  /** First and last moment of use, both included. */
  readonly from: number;
  readonly to: number;
}

/** Of every offset and size: what vectors and cache lines want. */
export const alignment = 64;

const rounded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/** Offsets in the order given, and the bytes of the whole: large ones first, each into the first gap that it fits. */
export function planMemory(lifetimes: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: { start: number; end: number; one: Lifetime }[] = [];
  let bytes = 0;
  const order = [...lifetimes.keys()].sort((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b);
  for (const i of order) {
    const one = lifetimes[i]!;
    let start = 0;
    // `placed` is in order of its starts, so the first gap is found in one pass.
    for (const other of placed) {
      if (other.one.to < one.from || other.one.from > one.to) continue;
      if (start + rounded(one.bytes) <= other.start) break;
      start = Math.max(start, other.end);
    }
    offsets[i] = start;
    const end = start + rounded(one.bytes);
    bytes = Math.max(bytes, end);
    const at = placed.findIndex((other) => other.start > start);
    placed.splice(at < 0 ? placed.length : at, 0, { start, end, one });
  }
  return { offsets, bytes };
}
