/** A typed array that grows at its end. */

type Numbers = Int32Array | Uint16Array | Float64Array;

export class Growing<T extends Numbers> {
  length = 0;
  private array: T;

  constructor(private readonly type: new (length: number) => T) {
    this.array = new type(1 << 12);
  }

  push(value: number): void {
    if (this.length === this.array.length) {
      const larger = new this.type(2 * this.length);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.length++] = value;
  }

  at(i: number): number {
    return this.array[i]!;
  }

  /** What was pushed, valid until the next push. */
  values(): T {
    return this.array.subarray(0, this.length) as T;
  }
}
