/** A hash table from two non-negative 31-bit numbers to one: what a merge or two neighbours are looked up in. */
export class PairTable {
  /** Cells of four: both keys (-1: empty), the value, unused; so that a look-up stays in one cache line. */
  private cells: Int32Array;
  private mask: number;
  private count = 0;

  constructor(expected: number) {
    let capacity = 16;
    while (capacity < 2 * expected) capacity *= 2;
    this.mask = capacity - 1;
    this.cells = new Int32Array(4 * capacity).fill(-1);
  }

  /** The value, or -1. */
  get(a: number, b: number): number {
    const { cells, mask } = this;
    for (let i = slot(a, b) & mask; ; i = (i + 1) & mask) {
      const key = cells[4 * i]!;
      if (key === a && cells[4 * i + 1] === b) return cells[4 * i + 2]!;
      if (key < 0) return -1;
    }
  }

  set(a: number, b: number, value: number): void {
    if (2 * this.count > this.mask) this.grow();
    const { cells, mask } = this;
    let i = slot(a, b) & mask;
    while (cells[4 * i]! >= 0 && (cells[4 * i] !== a || cells[4 * i + 1] !== b)) i = (i + 1) & mask;
    if (cells[4 * i]! < 0) this.count++;
    cells[4 * i] = a;
    cells[4 * i + 1] = b;
    cells[4 * i + 2] = value;
  }

  private grow(): void {
    const { cells } = this;
    this.mask = 2 * this.mask + 1;
    this.cells = new Int32Array(4 * (this.mask + 1)).fill(-1);
    this.count = 0;
    for (let i = 0; i < cells.length; i += 4) if (cells[i]! >= 0) this.set(cells[i]!, cells[i + 1]!, cells[i + 2]!);
  }
}

function slot(a: number, b: number): number {
  const mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
