/**
 * Heights of the lines of a long text, of which few are measured and the others taken to be as high as the rest: where a
 * line stands, and which line stands at a place, in the logarithm of their number (a Fenwick tree). No browser in here.
 */
export class Heights {
  readonly #heights: Float64Array;
  readonly #sums: Float64Array;

  constructor(
    readonly length: number,
    height: number,
  ) {
    this.#heights = new Float64Array(length).fill(height);
    this.#sums = new Float64Array(length + 1);
    for (let i = 1; i <= length; i++) {
      this.#sums[i]! += height;
      const parent = i + (i & -i);
      if (parent <= length) this.#sums[parent]! += this.#sums[i]!;
    }
  }

  get(line: number): number {
    return this.#heights[line] ?? 0;
  }

  set(line: number, height: number): void {
    const change = height - this.#heights[line]!;
    if (change === 0) return;
    this.#heights[line] = height;
    for (let i = line + 1; i <= this.length; i += i & -i) this.#sums[i]! += change;
  }

  /** Where a line begins; the whole height for `length`. */
  top(line: number): number {
    let sum = 0;
    for (let i = Math.min(line, this.length); i > 0; i -= i & -i) sum += this.#sums[i]!;
    return sum;
  }

  /** The line at a place: the last one that begins at or above it. */
  at(place: number): number {
    let line = 0;
    let left = place;
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, this.length))); step >= 1; step /= 2) {
      const next = line + step;
      if (next > this.length || this.#sums[next]! > left) continue;
      line = next;
      left -= this.#sums[next]!;
    }
    return Math.max(0, Math.min(line, this.length - 1));
  }
}
