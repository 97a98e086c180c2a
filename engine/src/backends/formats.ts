/**
 * Weights that do not train, in fewer bytes: encoded once when a buffer is filled, and what each encoding stands for. Encoded are
 * rows (the last dimension), each in blocks of its own; a row's last block may be only partly used. All in float32 arithmetic.
 */
import { narrowBfloat16, narrowFloat16, widenBfloat16, widenFloat16 } from '../base/float16.ts';
import { byteCount, formats } from '../graph/index.ts';
import type { StoredType } from '../graph/index.ts';

/** Fills `out` (byteCount bytes) from whole rows of so many columns. */
export function encode(format: StoredType, values: Float32Array, columns: number, out: Uint8Array): void {
  switch (format) {
    case 'bfloat16': {
      narrowBfloat16(values, words(out));
      return;
    }
    case 'q8_0': {
      eachBlock(format, values.length, columns, (from, n, at) => encodeQ8(values, from, n, out, at));
      return;
    }
    case 'nf4': {
      eachBlock(format, values.length, columns, (from, n, at) => encodeNf4(values, from, n, out, at));
      return;
    }
  }
  format satisfies never;
}

/** The numbers that encoded rows stand for. */
export function decode(format: StoredType, bytes: Uint8Array, columns: number, out: Float32Array): void {
  switch (format) {
    case 'bfloat16': {
      widenBfloat16(words(bytes), out);
      return;
    }
    case 'q8_0': {
      eachBlock(format, out.length, columns, (from, n, at) => decodeQ8(bytes, at, out, from, n));
      return;
    }
    case 'nf4': {
      eachBlock(format, out.length, columns, (from, n, at) => decodeNf4(bytes, at, out, from, n));
      return;
    }
  }
  format satisfies never;
}

/** The nearest numbers that a format has: what a backend that holds `values` in it computes with. */
export function throughFormat(type: StoredType, values: Float32Array, columns: number): Float32Array {
  const bytes = new Uint8Array(byteCount([values.length / columns, columns], type));
  encode(type, values, columns, bytes);
  const out = new Float32Array(values.length);
  decode(type, bytes, columns, out);
  return out;
}

const words = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint16Array =>
  new Uint16Array(buffer, byteOffset, byteLength / 2);

/** use(first element, how many, byte where the block begins), block by block. */
function eachBlock(
  type: StoredType,
  count: number,
  columns: number,
  use: (from: number, n: number, at: number) => void,
): void {
  const { elements, bytes } = formats[type];
  let at = 0;
  for (let row = 0; row < count; row += columns)
    for (let i = 0; i < columns; i += elements, at += bytes) use(row + i, Math.min(elements, columns - i), at);
}

const word = new Uint16Array(1);
const wordBytes = new Uint8Array(word.buffer);
const float = new Float32Array(1);
const floatBytes = new Uint8Array(float.buffer);

const largest = (values: Float32Array, from: number, n: number): number => {
  let most = 0;
  for (let i = from; i < from + n; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
};

/**
 * Q8_0 as in ggml (quantize_row_q8_0_ref): d = largest magnitude / 127, q[i] = x[i] / d rounded, halves away from zero. A block is d
 * in float16, then 32 signed bytes; it stands for d · q[i].
 */
function encodeQ8(values: Float32Array, from: number, n: number, out: Uint8Array, at: number): void {
  const d = Math.fround(largest(values, from, n) / 127);
  const inverse = d === 0 ? 0 : Math.fround(1 / d);
  float[0] = d;
  narrowFloat16(float, word);
  out.set(wordBytes, at);
  for (let i = 0; i < n; i++) {
    const x = Math.fround(values[from + i]! * inverse);
    const size = Math.floor(Math.abs(x) + 0.5);
    out[at + 2 + i] = x < 0 ? -size : size;
  }
}

function decodeQ8(bytes: Uint8Array, at: number, out: Float32Array, from: number, n: number): void {
  wordBytes.set(bytes.subarray(at, at + 2));
  widenFloat16(word, float);
  const d = float[0]!;
  for (let i = 0; i < n; i++) out[from + i] = d * ((bytes[at + 2 + i]! << 24) >> 24);
}

/**
 * The 16 levels of NF4, the 4-bit NormalFloat of QLoRA (Dettmers et al., 2023, arXiv 2305.14314, appendix E): quantiles of the normal
 * distribution, scaled to [-1, 1].
 */
export const nf4Levels: readonly number[] = Array.from(
  Float32Array.of(
    ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334],
    ...[-0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
    ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
  ),
);
/** Between one level and the next. */
const middles = nf4Levels.slice(1).map((level, i) => (level + nf4Levels[i]!) / 2);

/**
 * NF4: the largest magnitude in float32, then 64 numbers of four bits, the first of two in the upper half of its byte: the level
 * nearest to x[i] / largest. Not quantised a second time.
 */
function encodeNf4(values: Float32Array, from: number, n: number, out: Uint8Array, at: number): void {
  const most = largest(values, from, n);
  float[0] = most;
  out.set(floatBytes, at);
  out.fill(0x77, at + 4, at + formats.nf4.bytes); // zeros
  if (most === 0) return;
  for (let i = 0; i < n; i++) {
    const x = Math.fround(values[from + i]! / most);
    let level = 0;
    for (let step = 8; step > 0; step >>= 1) if (x > middles[level + step - 1]!) level += step;
    const place = at + 4 + (i >> 1);
    out[place] = i % 2 === 0 ? (level << 4) | (out[place]! & 15) : (out[place]! & 0xf0) | level;
  }
}

function decodeNf4(bytes: Uint8Array, at: number, out: Float32Array, from: number, n: number): void {
  floatBytes.set(bytes.subarray(at, at + 4));
  const most = float[0]!;
  for (let i = 0; i < n; i++) {
    const pair = bytes[at + 4 + (i >> 1)]!;
    out[from + i] = most * nf4Levels[i % 2 === 0 ? pair >> 4 : pair & 15]!;
  }
}
