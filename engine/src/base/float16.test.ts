import { describe, expect, it } from 'vitest';
import { narrowBfloat16, narrowFloat16, widenBfloat16, widenFloat16 } from './float16.ts';

const formats = [
  { name: 'bfloat16', widen: widenBfloat16, narrow: narrowBfloat16 },
  { name: 'float16', widen: widenFloat16, narrow: narrowFloat16 },
];

describe.each(formats)('$name', ({ widen, narrow }) => {
  const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const values = new Float32Array(words.length);
  widen(words, values);
  const round = (numbers: Float32Array) => {
    const out = new Uint16Array(numbers.length);
    narrow(numbers, out);
    return out;
  };

  it('gives every pattern back, and of NaN a NaN', () => {
    const back = new Float32Array(words.length);
    widen(round(values), back);
    expect(values.findIndex((value, i) => !Object.is(value, back[i]))).toBe(-1);
  });

  it('takes the nearest number, and of two as near the even one', () => {
    const positive = [...values.subarray(0, 0x8000)].filter(Number.isFinite);
    const check = (x: number, word: number) => {
      expect(round(Float32Array.of(x, -x)), String(x)).toEqual(Uint16Array.of(word, word | 0x8000));
    };
    for (let word = 0; word + 1 < positive.length; word += 61) {
      const [a, b] = [positive[word]!, positive[word + 1]!];
      const middle = Math.fround(a + (b - a) / 2);
      if (middle === a || middle === b) continue; // among the smallest, where float32 has no number between
      check(middle, word % 2 === 0 ? word : word + 1);
      const [less, more] = [Math.fround(a + (b - a) * 0.49), Math.fround(a + (b - a) * 0.51)];
      if (less < middle) check(less, word);
      if (more > middle) check(more, word + 1);
    }
  });
});

// Values that PyTorch gives for torch.tensor(x).half() and .bfloat16().
it('meets PyTorch at the edges', () => {
  const numbers = Float32Array.of(65504, 65519, 65520, 1e-8, 2 ** -25, 2 ** -24 * 1.5, -0, 3.4e38, 1 / 3, Infinity);
  const [half, brain] = [new Uint16Array(numbers.length), new Uint16Array(numbers.length)];
  narrowFloat16(numbers, half);
  narrowBfloat16(numbers, brain);
  expect([...half]).toEqual([0x7bff, 0x7bff, 0x7c00, 0, 0, 2, 0x8000, 0x7c00, 0x3555, 0x7c00]);
  expect([...brain]).toEqual([0x4780, 0x4780, 0x4780, 0x322c, 0x3300, 0x33c0, 0x8000, 0x7f80, 0x3eab, 0x7f80]);
});
