/**
 * A multiset of byte strings: what a text's words are counted in. The bytes lie one behind the other in a single array
 * and are found through an open hash table, so that a word costs its bytes and some twenty more, and no string object.
 */

export class ByteStrings {
  /** Number of distinct strings. */
  size = 0;
  private bytes = new Uint8Array(1 << 16);
  /** String i is bytes[starts[i], starts[i + 1]). */
  private starts = new Uint32Array(1 << 10);
  private hashes = new Int32Array(1 << 10);
  private counts = new Float64Array(1 << 10);
  /** Number of a string plus one; 0 is free. At least a third is free. */
  private slots = new Int32Array(1 << 11);

  /** Adds `count` times what stands in `from[start, end)`. */
  add(from: Uint8Array, start: number, end: number, count: number): void {
    let hash = 0x811c9dc5 | 0; // FNV-1a
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ from[i]!, 0x01000193);
    hash ^= hash >>> 15;
    const { slots, hashes, starts, bytes } = this;
    const mask = slots.length - 1;
    const length = end - start;
    let slot = hash & mask;
    search: for (let entry = slots[slot]!; entry !== 0; entry = slots[(slot = (slot + 1) & mask)]!) {
      const known = entry - 1;
      if (hashes[known] !== hash) continue;
      const at = starts[known]!;
      if (starts[known + 1]! - at !== length) continue;
      for (let i = 0; i < length; i++) if (bytes[at + i] !== from[start + i]) continue search;
      this.counts[known] = this.counts[known]! + count;
      return;
    }
    this.insert(from, start, end, count, hash, slot);
  }

  count(i: number): number {
    return this.counts[i]!;
  }

  /** Length of all strings together. */
  get byteLength(): number {
    return this.starts[this.size]!;
  }

  /** Calls `visit` with strings [from, to): the bytes they stand in, where, and their counts. */
  forEach(
    visit: (bytes: Uint8Array, start: number, end: number, count: number) => void,
    from = 0,
    to = this.size,
  ): void {
    const last = Math.min(to, this.size);
    for (let i = from; i < last; i++) visit(this.bytes, this.starts[i]!, this.starts[i + 1]!, this.counts[i]!);
  }

  /** Those that occur more than `count` times. */
  above(count: number): ByteStrings {
    const kept = new ByteStrings();
    this.forEach((bytes, start, end, times) => {
      if (times > count) kept.add(bytes, start, end, times);
    });
    return kept;
  }

  private insert(from: Uint8Array, start: number, end: number, count: number, hash: number, slot: number): void {
    const i = this.size++;
    if (i + 2 > this.starts.length) {
      this.starts = grown(this.starts, new Uint32Array(2 * this.starts.length));
      this.hashes = grown(this.hashes, new Int32Array(2 * this.hashes.length));
      this.counts = grown(this.counts, new Float64Array(2 * this.counts.length));
    }
    const at = this.starts[i]!;
    const to = at + end - start;
    if (to > this.bytes.length) this.bytes = grown(this.bytes, new Uint8Array(2 * to));
    for (let k = start; k < end; k++) this.bytes[at + k - start] = from[k]!;
    this.starts[i + 1] = to;
    this.hashes[i] = hash;
    this.counts[i] = count;
    this.slots[slot] = i + 1;
    if (3 * this.size > 2 * this.slots.length) this.rehash();
  }

  private rehash(): void {
    const slots = new Int32Array(2 * this.slots.length);
    const mask = slots.length - 1;
    for (let i = 0; i < this.size; i++) {
      let slot = this.hashes[i]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = i + 1;
    }
    this.slots = slots;
  }
}

/** A larger array that begins with a smaller one. */
export function grown<T extends { set(from: ArrayLike<number>): void }>(from: ArrayLike<number>, to: T): T {
  to.set(from);
  return to;
}
