/**
 * Places that wait for a merge: the best rank first, the leftmost of a rank first. Merges run from left to right, so the
 * places of one rank come in order nearly always: they wait in a list per rank, whose ends cost nothing; only what comes out
 * of order costs a heap. So a million equal characters take linear time.
 */
import { KeyHeap } from './keyHeap.ts';

const leftLimit = 2 ** 31;

export class MergeQueue {
  /** The place that `take` took. */
  left = -1;
  rank = -1;

  private readonly heads = new Map<number, List>();
  /** Ranks whose list is not empty. */
  private readonly ranks = new KeyHeap(64);
  /** What came out of order, under rank · 2^31 + place. */
  private readonly late = new KeyHeap(64);
  private last: List | undefined;

  add(rank: number, left: number): void {
    let list = this.last;
    if (list?.rank !== rank) {
      list = this.heads.get(rank);
      if (list === undefined) {
        list = new List(rank);
        this.heads.set(rank, list);
      }
      this.last = list;
    }
    if (list.isEmpty) this.ranks.push(rank);
    else if (list.latest > left) {
      this.late.push(rank * leftLimit + left);
      return;
    }
    list.push(left);
  }

  /** Takes the first place out, into `left` and `rank`; false where none is left. */
  take(): boolean {
    const rank = this.ranks.size > 0 ? this.ranks.top : -1;
    const list = rank < 0 ? undefined : this.last?.rank === rank ? this.last : this.heads.get(rank);
    const key = list === undefined ? Infinity : rank * leftLimit + list.first;
    if (this.late.size > 0 && this.late.top < key) {
      const late = this.late.pop();
      this.left = late % leftLimit;
      this.rank = Math.floor(late / leftLimit);
      return true;
    }
    if (list === undefined) return false;
    this.left = list.shift();
    this.rank = rank;
    if (list.isEmpty) this.ranks.pop();
    return true;
  }
}

/** Numbers in rising order, taken from the front. */
class List {
  private items = new Int32Array(8);
  private from = 0;
  private to = 0;

  constructor(readonly rank: number) {}

  get isEmpty(): boolean {
    return this.from === this.to;
  }

  get first(): number {
    return this.items[this.from]!;
  }

  get latest(): number {
    return this.items[this.to - 1]!;
  }

  push(item: number): void {
    if (this.to === this.items.length) {
      const kept = this.items.subarray(this.from, this.to);
      if (kept.length > this.items.length >> 1) this.items = new Int32Array(2 * this.items.length);
      this.items.set(kept);
      this.from = 0;
      this.to = kept.length;
    }
    this.items[this.to++] = item;
  }

  shift(): number {
    const item = this.items[this.from++]!;
    if (this.from === this.to) this.from = this.to = 0;
    return item;
  }
}
