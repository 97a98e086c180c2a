/** A binary heap of numbers in one typed array, the smallest on top. */
export class KeyHeap {
  size = 0;
  private keys: Float64Array;

  constructor(expected: number) {
    this.keys = new Float64Array(expected + 16);
  }

  /** The smallest; there must be one. */
  get top(): number {
    return this.keys[0]!;
  }

  push(key: number): void {
    if (this.size === this.keys.length) {
      const grown = new Float64Array(2 * this.size);
      grown.set(this.keys);
      this.keys = grown;
    }
    const { keys } = this;
    let i = this.size++;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (keys[parent]! <= key) break;
      keys[i] = keys[parent]!;
      i = parent;
    }
    keys[i] = key;
  }

  pop(): number {
    const { keys } = this;
    const top = keys[0]!;
    const key = keys[--this.size]!;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[i] = keys[child]!;
      i = child;
    }
    keys[i] = key;
    return top;
  }
}
