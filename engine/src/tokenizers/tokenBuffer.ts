/** Tokens as they are found: three arrays that grow together. */
import type { Encoding } from './tokenizer.ts';

export class TokenBuffer {
  length = 0;
  private ids: Int32Array;
  private starts: Int32Array;
  private ends: Int32Array;

  constructor(expected: number) {
    this.ids = new Int32Array(expected);
    this.starts = new Int32Array(expected);
    this.ends = new Int32Array(expected);
  }

  push(id: number, start: number, end: number): void {
    if (this.length === this.ids.length) this.grow();
    this.ids[this.length] = id;
    this.starts[this.length] = start;
    this.ends[this.length++] = end;
  }

  /** Other spans for the tokens from `first` on. */
  map(first: number, span: (start: number, end: number) => readonly [start: number, end: number]): void {
    for (let i = first; i < this.length; i++) {
      [this.starts[i], this.ends[i]] = span(this.starts[i]!, this.ends[i]!);
    }
  }

  finish(): Encoding {
    const { ids, starts, ends, length } = this;
    return { ids: ids.slice(0, length), starts: starts.slice(0, length), ends: ends.slice(0, length) };
  }

  private grow(): void {
    const larger = (old: Int32Array) => {
      const grown = new Int32Array(2 * old.length);
      grown.set(old);
      return grown;
    };
    this.ids = larger(this.ids);
    this.starts = larger(this.starts);
    this.ends = larger(this.ends);
  }
}
