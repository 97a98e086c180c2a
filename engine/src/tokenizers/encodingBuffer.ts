/** Where tokens are collected: three growing columns, and the rules for characters that no piece spells. */
import { utf8Byte, utf8Length } from './normalizer.ts';
import type { Encoding } from './tokenizer.ts';

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
    if (n === this.ids.length) this.grow();
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

  /** Appends tokens whose spans count from `shift`; spans stay within [minimum, ∞). */
  append(tokens: Encoding, shift: number, minimum: number): void {
    const { ids, starts, ends } = tokens;
    for (let i = 0; i < ids.length; i++) {
      this.push(ids[i]!, Math.max(starts[i]! + shift, minimum), Math.max(ends[i]! + shift, minimum));
    }
  }

  finish(): Encoding {
    return {
      ids: this.ids.slice(0, this.length),
      starts: this.starts.slice(0, this.length),
      ends: this.ends.slice(0, this.length),
    };
  }

  private grow(): void {
    const size = 2 * this.ids.length;
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
