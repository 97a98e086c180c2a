/** Where tokens are collected: three growing columns, and the rules for characters that no piece spells. */
import { utf8Byte, utf8Length } from './normalizer.ts';
import type { Encoding } from './tokenizer.ts';

/** What becomes of an unknown character: the ids of its bytes, or `unkId`, one token for a run of them. */
export interface UnknownRule {
  readonly unkId: number;
  /** Ids of the 256 byte pieces; undefined without byte fallback. */
  readonly byteIds: Int32Array | undefined;
}

/** Id, start and end of one token after another. */
export type PackedTokens = Int32Array;

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

  /** Appends packed tokens whose spans count from `shift`; spans begin and end at `minimum` or behind it. */
  append(tokens: PackedTokens, shift: number, minimum: number): void {
    for (let i = 0; i < tokens.length; i += 3) {
      const start = tokens[i + 1]! + shift;
      const end = tokens[i + 2]! + shift;
      this.push(tokens[i]!, start < minimum ? minimum : start, end < minimum ? minimum : end);
    }
  }

  /** One small array, for tokens that are kept. */
  pack(): PackedTokens {
    const packed = new Int32Array(3 * this.length);
    for (let i = 0; i < this.length; i++) {
      packed[3 * i] = this.ids[i]!;
      packed[3 * i + 1] = this.starts[i]!;
      packed[3 * i + 2] = this.ends[i]!;
    }
    return packed;
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
