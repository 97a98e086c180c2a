/**
 * Texts with a number each, looked up as parts of another text without making strings of the parts: every piece is asked
 * for all its beginnings and ends when merges are found. A part's hash follows from two sums over what stands before its
 * ends (Rabin and Karp), so reading a text once pays for all its parts.
 */

/** Any odd number with its bits well spread. */
const base = 0x01000193;

export class PartTable {
  /** Cells of two: a hash, and an index into `texts` (-1: empty). */
  private readonly cells: Int32Array;
  private readonly mask: number;
  private readonly texts: string[] = [];
  private readonly values: number[] = [];
  private text = '';
  /** Hash of the first i units of `text`. */
  private sums = new Int32Array(64);
  /** `base` to the power of i. */
  private powers = powersOf(64);

  /** A table of at most so many texts. */
  constructor(most: number) {
    let capacity = 16;
    while (capacity < 2 * most) capacity *= 2;
    this.mask = capacity - 1;
    this.cells = new Int32Array(2 * capacity).fill(-1);
  }

  /** Adds the part [from, to) of the text read last, which is not in the table yet. `value` is 0 or more. */
  add(from: number, to: number, value: number): void {
    if (2 * this.texts.length > this.mask) throw new RangeError('the table is full');
    const { cells, mask } = this;
    const hash = this.hash(from, to);
    let i = spread(hash) & mask;
    while (cells[2 * i + 1]! >= 0) i = (i + 1) & mask;
    cells[2 * i] = hash;
    cells[2 * i + 1] = this.texts.length;
    this.texts.push(this.text.slice(from, to));
    this.values.push(value);
  }

  /** Takes a text, whose parts can be added and found then. */
  read(text: string): void {
    if (text.length >= this.sums.length) {
      this.sums = new Int32Array(2 * text.length);
      this.powers = powersOf(2 * text.length);
    }
    const { sums } = this;
    this.text = text;
    let sum = 0;
    for (let i = 0; i < text.length; i++) {
      sum = (Math.imul(sum, base) + text.charCodeAt(i) + 1) | 0;
      sums[i + 1] = sum;
    }
  }

  /** The value of the part [from, to) of the text read last, or -1. */
  find(from: number, to: number): number {
    const { cells, mask } = this;
    const hash = this.hash(from, to);
    for (let i = spread(hash) & mask; ; i = (i + 1) & mask) {
      const index = cells[2 * i + 1]!;
      if (index < 0) return -1;
      if (cells[2 * i] === hash && this.isPart(this.texts[index]!, from, to)) return this.values[index]!;
    }
  }

  private hash(from: number, to: number): number {
    return (this.sums[to]! - Math.imul(this.sums[from]!, this.powers[to - from]!)) | 0;
  }

  private isPart(known: string, from: number, to: number): boolean {
    if (known.length !== to - from) return false;
    const { text } = this;
    for (let i = 0; i < known.length; i++) if (known.charCodeAt(i) !== text.charCodeAt(from + i)) return false;
    return true;
  }
}

function powersOf(count: number): Int32Array {
  const powers = new Int32Array(count).fill(1);
  for (let i = 1; i < count; i++) powers[i] = Math.imul(powers[i - 1]!, base);
  return powers;
}

function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}
