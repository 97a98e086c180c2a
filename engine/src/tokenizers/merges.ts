/**
 * Merging: of all neighbours that make a piece together, those of the best rank are joined, leftmost first, until none are
 * left. Two ways to the same end: a short row is looked through again for every merge, a long one keeps a queue.
 */
import type { Steps } from '../base/steps.ts';
import { MergeQueue } from './mergeQueue.ts';
import type { PairTable } from './pairTable.ts';

/** Up to this many symbols, looking through all pairs for the best is faster than a queue. */
export const shortRow = 40;
/** Merges between two pauses. */
const mergesAtOnce = 16384;
const noRank = 0x7fffffff;

/** Symbols in a row, and where each begins. Negative symbols merge with nothing. */
export interface Row {
  readonly symbols: Int32Array;
  readonly positions: Int32Array;
}

/** The two symbols that a piece was last made of, by piece. */
export type Origins = Map<number, readonly [left: number, right: number]>;

export class Merger {
  private readonly pieces = new Int32Array(shortRow);
  private readonly best = new Int32Array(shortRow);

  constructor(
    /** Two symbols to the piece they make. */
    private readonly pairs: PairTable,
    /** Order of the pieces by score, the highest 0; equal scores share a rank. */
    private readonly ranks: Int32Array,
  ) {}

  /** Merges symbols [from, from + count) in place, at most `shortRow` of them; answers how many are left. */
  mergeShort({ symbols, positions }: Row, from: number, count: number): number {
    const { pieces, best, ranks } = this;
    let any = false;
    for (let i = 0; i + 1 < count; i++) {
      const piece = this.pair(symbols[from + i]!, symbols[from + i + 1]!);
      pieces[i] = piece;
      best[i] = piece < 0 ? noRank : ranks[piece]!;
      if (piece >= 0) any = true;
    }
    if (!any) return count;
    let n = count;
    while (n > 1) {
      let at = -1;
      let rank = noRank;
      for (let i = 0; i + 1 < n; i++) {
        if (best[i]! < rank) {
          rank = best[i]!;
          at = i;
        }
      }
      if (at < 0) break;
      const merged = pieces[at]!;
      symbols[from + at] = merged;
      n--;
      for (let i = at + 1; i < n; i++) {
        symbols[from + i] = symbols[from + i + 1]!;
        positions[from + i] = positions[from + i + 1]!;
        pieces[i - 1] = pieces[i]!;
        best[i - 1] = best[i]!;
      }
      if (at + 1 < n) this.look(at, merged, symbols[from + at + 1]!);
      if (at > 0) this.look(at - 1, symbols[from + at - 1]!, merged);
    }
    return n;
  }

  /** As `mergeShort`, for rows of any length. `origins`, if given, learns what each piece marked in `noted` was made of. */
  *mergeLong(
    { symbols, positions }: Row,
    from: number,
    count: number,
    noted?: Uint8Array,
    origins?: Origins,
  ): Steps<number> {
    const { ranks } = this;
    const next = new Int32Array(count);
    const previous = new Int32Array(count);
    const row = symbols.subarray(from, from + count);
    const queue = new MergeQueue();
    const consider = (left: number, right: number) => {
      const piece = this.pair(row[left]!, row[right]!);
      if (piece < 0) return;
      queue.add(ranks[piece]!, left);
      if (noted?.[piece] === 1) origins?.set(piece, [row[left]!, row[right]!]);
    };
    for (let i = 0; i < count; i++) {
      next[i] = i + 1 < count ? i + 1 : -1;
      previous[i] = i - 1;
      if (i + 1 < count) consider(i, i + 1);
      if (i % mergesAtOnce === mergesAtOnce - 1) yield;
    }
    // A symbol that was merged into the one before it has `next` = -2.
    for (let taken = 1; queue.take(); taken++) {
      if (taken % mergesAtOnce === 0) yield;
      const { left } = queue;
      const right = next[left]!;
      if (right < 0) continue;
      // The pair that now stands there counts if it has that rank; else this is a leftover of an earlier merge.
      const piece = this.pair(row[left]!, row[right]!);
      if (piece < 0 || ranks[piece] !== queue.rank) continue;
      row[left] = piece;
      const after = next[right]!;
      next[left] = after;
      next[right] = -2;
      if (after >= 0) previous[after] = left;
      if (previous[left]! >= 0) consider(previous[left]!, left);
      if (after >= 0) consider(left, after);
    }
    let n = 0;
    for (let i = 0; i >= 0; i = next[i]!, n++) {
      symbols[from + n] = row[i]!;
      positions[from + n] = positions[from + i]!;
    }
    return n;
  }

  private look(at: number, left: number, right: number): void {
    const piece = this.pair(left, right);
    this.pieces[at] = piece;
    this.best[at] = piece < 0 ? noRank : this.ranks[piece]!;
  }

  private pair(left: number, right: number): number {
    return left < 0 || right < 0 ? -1 : this.pairs.get(left, right);
  }
}
