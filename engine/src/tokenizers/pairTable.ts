/** A hash table from two non-negative 31-bit numbers to one: what a merge or a step in a trie is looked up in. */
export class PairTable {
  private keys: Int32Array;
  private values: Int32Array;
  private mask: number;
  private count = 0;

  constructor(expected: number) {
    let capacity = 16;
    while (capacity < 2 * expected) capacity *= 2;
    this.mask = capacity - 1;
    this.keys = new Int32Array(2 * capacity).fill(-1);
    this.values = new Int32Array(capacity);
  }

  /** The value, or -1. */
  get(a: number, b: number): number {
    for (let i = this.slot(a, b); ; i = (i + 1) & this.mask) {
      const key = this.keys[2 * i]!;
      if (key === a && this.keys[2 * i + 1] === b) return this.values[i]!;
      if (key < 0) return -1;
    }
  }

  set(a: number, b: number, value: number): void {
    if (2 * this.count > this.mask) this.grow();
    let i = this.slot(a, b);
    while (this.keys[2 * i]! >= 0 && (this.keys[2 * i] !== a || this.keys[2 * i + 1] !== b)) i = (i + 1) & this.mask;
    if (this.keys[2 * i]! < 0) this.count++;
    this.keys[2 * i] = a;
    this.keys[2 * i + 1] = b;
    this.values[i] = value;
  }

  private slot(a: number, b: number): number {
    const mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & this.mask;
  }

  private grow(): void {
    const { keys, values } = this;
    this.mask = 2 * this.mask + 1;
    this.keys = new Int32Array(2 * (this.mask + 1)).fill(-1);
    this.values = new Int32Array(this.mask + 1);
    this.count = 0;
    for (let i = 0; i < values.length; i++) if (keys[2 * i]! >= 0) this.set(keys[2 * i]!, keys[2 * i + 1]!, values[i]!);
  }
}
