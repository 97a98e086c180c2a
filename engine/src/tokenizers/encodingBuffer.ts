/** Where tokens are collected: three growing columns, and the rules for characters that no piece spells. */
import type { Encoding } from './tokenizer.ts';
import { utf8Byte, utf8Length } from './units.ts';

/** What becomes of an unknown character: the ids of its bytes, or `unkId`, one token for a run of them. */
export interface UnknownRule {
  readonly unkId: number;
  /** Ids of the 256 byte pieces; undefined without byte fallback. */
  readonly byteIds: Int32Array | undefined;
}

export class EncodingBuffer {
  ids: Int32Array;
  starts: Int32Array;
  ends: Int32Array;
  length = 0;

  constructor(
    private readonly unknown: UnknownRule,
    capacity = 64,
  ) {
    this.ids = new Int32Array(capacity);
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  push(id: number, start: number, end: number): void {
    const n = this.length;
    if (id === this.unknown.unkId && n > 0 && this.ids[n - 1] === id) {
      this.ends[n - 1] = end;
      return;
    }
    if (n === this.ids.length) this.reserve(1);
    this.ids[n] = id;
    this.starts[n] = start;
    this.ends[n] = end;
    this.length = n + 1;
  }

  pushUnknown(codePoint: number, start: number, end: number): void {
    const { unkId, byteIds } = this.unknown;
    if (byteIds === undefined) {
      this.push(unkId, start, end);
      return;
    }
    const count = utf8Length(codePoint);
    for (let i = 0; i < count; i++) this.push(byteIds[utf8Byte(codePoint, i, count)]!, start, end);
  }

  /** Appends `count` tokens packed as in a WordCache from `from` on, whose spans count from `shift`. */
  append(packed: Int32Array, from: number, count: number, shift: number): void {
    this.reserve(count);
    const { ids, starts, ends } = this;
    let n = this.length;
    let at = from;
    // A run of unknown characters may go on from one word to the next.
    if (count > 0 && n > 0 && packed[at] === ids[n - 1]! && packed[at] === this.unknown.unkId) {
      ends[n - 1] = shift + (packed[at + 1]! & 0xffff);
      at += 2;
    }
    for (const to = from + 2 * count; at < to; at += 2, n++) {
      const span = packed[at + 1]!;
      ids[n] = packed[at]!;
      starts[n] = shift + (span >> 16);
      ends[n] = shift + (span & 0xffff);
    }
    this.length = n;
  }

  /** Moves spans by -1, for a text whose first unit stands for nothing. */
  dropFirstUnit(): void {
    const { starts, ends, length } = this;
    for (let i = 0; i < length; i++) {
      starts[i] = starts[i]! - 1;
      ends[i] = ends[i]! - 1;
    }
    for (let i = 0; i < length && starts[i]! < 0; i++) starts[i] = 0;
  }

  /** Puts for each end of a span what `offsets` has there. */
  mapSpans(offsets: Int32Array): void {
    const { starts, ends, length } = this;
    for (let i = 0; i < length; i++) {
      starts[i] = offsets[starts[i]!]!;
      ends[i] = offsets[ends[i]!]!;
    }
  }

  clear(): void {
    this.length = 0;
  }

  finish(): Encoding {
    return {
      ids: this.ids.slice(0, this.length),
      starts: this.starts.slice(0, this.length),
      ends: this.ends.slice(0, this.length),
    };
  }

  private reserve(more: number): void {
    if (this.length + more <= this.ids.length) return;
    const size = Math.max(2 * this.ids.length, this.length + more);
    const wider = (column: Int32Array) => {
      const copy = new Int32Array(size);
      copy.set(column);
      return copy;
    };
    this.ids = wider(this.ids);
    this.starts = wider(this.starts);
    this.ends = wider(this.ends);
  }
}
