/**
 * The two 16-bit formats that checkpoints come in: widened exactly to float32, and narrowed from it to the nearest number, of
 * two as near the even one (as PyTorch does). 16-bit values are raw patterns.
 */

/** bfloat16 is the upper half of a float32. `words` holds the patterns; the result has as many numbers. */
export function widenBfloat16(words: Uint16Array, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < words.length; i++) bits[i] = words[i]! << 16;
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits; subnormals, infinities and NaN included. */
export function widenFloat16(words: Uint16Array, out: Float32Array): void {
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const sign = (word & 0x8000) << 16;
    const exponent = (word >>> 10) & 0x1f;
    const fraction = word & 0x3ff;
    if (exponent === 0) {
      out[i] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    } else {
      bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
    }
  }
}

export function narrowBfloat16(values: Float32Array, out: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const isNaN = (word & 0x7fffffff) > 0x7f800000;
    out[i] = isNaN ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
}

export function narrowFloat16(values: Float32Array, out: Uint16Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    const size = bits[i]! & 0x7fffffff;
    let word: number;
    if (size > 0x7f800000) word = 0x7e00;
    else if (size >= 0x477ff000)
      word = 0x7c00; // from 65520 on: infinity
    else if (size < 0x38800000)
      word = roundToEven(Math.abs(values[i]!) * 2 ** 24); // under 2^-14: subnormal
    else word = (size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13;
    out[i] = sign | word;
  }
}

function roundToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
