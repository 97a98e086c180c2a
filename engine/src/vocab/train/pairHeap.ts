/** A heap of pairs by how often they stand together, in typed arrays. Entries are never changed: who pops one looks whether it still holds. */

export class PairHeap {
  size = 0;
  /** Of the entry last popped: the pair and the count it was pushed with. */
  pair = -1;
  count = 0;
  private pairs = new Int32Array(1 << 12);
  private counts = new Float64Array(1 << 12);

  /** `before` says which of two pairs with the same count comes first. */
  constructor(private readonly before: (a: number, b: number) => boolean) {}

  push(pair: number, count: number): void {
    if (this.size === this.pairs.length) {
      const pairs = new Int32Array(2 * this.size);
      pairs.set(this.pairs);
      this.pairs = pairs;
      const counts = new Float64Array(2 * this.size);
      counts.set(this.counts);
      this.counts = counts;
    }
    const { pairs, counts } = this;
    let i = this.size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = counts[parent]!;
      if (above > count || (above === count && !this.before(pair, pairs[parent]!))) break;
      pairs[i] = pairs[parent]!;
      counts[i] = above;
      i = parent;
    }
    pairs[i] = pair;
    counts[i] = count;
  }

  /** False where the heap is empty. */
  pop(): boolean {
    if (this.size === 0) return false;
    const { pairs, counts } = this;
    this.pair = pairs[0]!;
    this.count = counts[0]!;
    const last = --this.size;
    const pair = pairs[last]!;
    const count = counts[last]!;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= last) break;
      if (child + 1 < last && this.isBefore(child + 1, child)) child++;
      const below = counts[child]!;
      if (below < count || (below === count && !this.before(pairs[child]!, pair))) break;
      pairs[i] = pairs[child]!;
      counts[i] = below;
      i = child;
    }
    pairs[i] = pair;
    counts[i] = count;
    return true;
  }

  private isBefore(i: number, j: number): boolean {
    const a = this.counts[i]!;
    const b = this.counts[j]!;
    return a > b || (a === b && this.before(this.pairs[i]!, this.pairs[j]!));
  }
}
