/** The two 16-bit formats that checkpoints come in, widened exactly to float32. Values come as raw 16-bit patterns. */

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
