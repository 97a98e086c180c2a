/**
 * The wire format of protocol buffers, as far as SentencePiece files and TensorBoard's events use it: fields are read in place, within hard bounds,
 * and written back. Nothing is copied; every fault has its offset. Format: protobuf.dev/programming-guides/encoding.
 */

export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** What is wrong with the bytes, and at which offset in the whole file. */
export interface WireFault {
  readonly what: string;
  readonly offset: number;
  /** What to do about it, where the file is not damaged. */
  readonly remedy?: string;
}

/**
 * Walks over the fields of one message: `while (reader.next()) …`. Each step moves forward by at least two bytes, so a walk
 * ends after at most half as many steps as there are bytes. Where `next()` answers false, `fault` tells why, if not the end.
 */
export class MessageReader {
  /** The field at hand: its number, its wire type, and where its tag starts. */
  field = 0;
  wire = 0;
  start = 0;
  /** Its value where it is a varint (exact up to 2^53). */
  value = 0;
  /** Its payload [from, to), without tag and length. */
  from = 0;
  to = 0;
  fault: WireFault | undefined;

  private position: number;

  constructor(
    private readonly bytes: Uint8Array,
    from = 0,
    private end: number = bytes.length,
  ) {
    this.position = from;
    this.to = from;
  }

  /** Starts again on the message in [from, end): one reader for many. */
  enter(from: number, end: number): void {
    this.position = from;
    this.end = end;
    this.fault = undefined;
  }

  next(): boolean {
    if (this.fault !== undefined || this.position >= this.end) return false;
    this.start = this.position;
    const tag = this.varint();
    if (tag === undefined) return false;
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.field < 1 || this.field > 0x1fffffff) return this.fail(`field number ${this.field} is impossible`);
    this.from = this.position;
    let length: number | undefined;
    switch (this.wire) {
      case wireType.varint: {
        const value = this.varint();
        if (value === undefined) return false;
        this.value = value;
        length = 0;
        break;
      }
      case wireType.fixed64:
        length = 8;
        break;
      case wireType.fixed32:
        length = 4;
        break;
      case wireType.bytes:
        length = this.varint();
        if (length === undefined) return false;
        this.from = this.position;
        break;
      default:
        return this.fail(`wire type ${this.wire} is not used in such files`);
    }
    if (length > this.end - this.position) {
      return this.fail(`a field of ${length} bytes does not fit: ${this.end - this.position} are left`);
    }
    this.position += length;
    this.to = this.position;
    return true;
  }

  /** True where the field at hand is this one; a known field in another wire type is a fault. */
  is(field: number, wire: number): boolean {
    if (this.field !== field) return false;
    if (this.wire === wire) return true;
    this.fail(`field ${field} has wire type ${this.wire} in place of ${wire}`);
    return false;
  }

  private varint(): number | undefined {
    const first = this.bytes[this.position]!;
    if (this.position < this.end && first < 128) {
      this.position++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.position >= this.end) {
        this.fail('the data end in the middle of a number');
        return undefined;
      }
      const byte = this.bytes[this.position++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    this.fail('a number is longer than ten bytes');
    return undefined;
  }

  private fail(what: string): false {
    this.fault ??= { what, offset: this.start };
    return false;
  }
}

/** Collects the bytes of a message. */
export class MessageWriter {
  private readonly chunks: Uint8Array[] = [];

  /** Bytes that are fields already. */
  raw(bytes: Uint8Array): this {
    this.chunks.push(bytes);
    return this;
  }

  varint(field: number, value: number): this {
    return this.raw(Uint8Array.from([...varintBytes(field * 8 + wireType.varint), ...varintBytes(value)]));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.raw(Uint8Array.from([...varintBytes(field * 8 + wireType.fixed32), ...bytes]));
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.raw(Uint8Array.from([...varintBytes(field * 8 + wireType.fixed64), ...bytes]));
  }

  bytes(field: number, payload: Uint8Array): this {
    this.raw(Uint8Array.from([...varintBytes(field * 8 + wireType.bytes), ...varintBytes(payload.length)]));
    return this.raw(payload);
  }

  text(field: number, text: string): this {
    return this.bytes(field, new TextEncoder().encode(text));
  }

  finish(): Uint8Array {
    const whole = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

/** Of a whole number from 0 up to 2^53. */
function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
