/** Typed arrays that grow. */

abstract class List<A extends Int32Array | Uint16Array> {
  #items: A;
  length = 0;
  protected constructor(items: A) {
    this.#items = items;
  }

  protected abstract make(capacity: number): A;

  push(value: number): void {
    if (this.length === this.#items.length) {
      const larger = this.make(this.length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length++] = value;
  }

  /** Forgets what stands at `length` and after. */
  cut(length: number): void {
    this.length = length;
  }

  some(start: number, end: number, test: (value: number) => boolean): boolean {
    for (let i = start; i < end; i++) if (test(this.#items[i]!)) return true;
    return false;
  }

  /** A copy of what stands in it, no larger. */
  array(): A {
    return this.#items.slice(0, this.length) as A;
  }
}

export class Int32List extends List<Int32Array> {
  constructor() {
    super(new Int32Array(1024));
  }
  protected override make(capacity: number): Int32Array {
    return new Int32Array(capacity);
  }
}

/** Values above 65,535 are held as 65,535. */
export class Uint16List extends List<Uint16Array> {
  constructor() {
    super(new Uint16Array(1024));
  }
  override push(value: number): void {
    super.push(Math.min(value, 0xffff));
  }
  protected override make(capacity: number): Uint16Array {
    return new Uint16Array(capacity);
  }
}
