/** Stored formats: what they round to, how far that is off, and how many bytes they take. */
import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { byteCount } from '../graph/index.ts';
import { encode, nf4Levels, throughFormat } from './formats.ts';

const random = new Random(4);
const normal = (n: number) => Float32Array.from({ length: n }, () => 0.02 * random.normal());

describe('stored formats', () => {
  it('take two bytes, 8.5 bits and 4.5 bits a weight, each row in blocks of its own', () => {
    expect(byteCount([10, 128], 'float32')).toBe(10 * 128 * 4);
    expect(byteCount([10, 128], 'bfloat16')).toBe(10 * 128 * 2);
    expect(byteCount([10, 128], 'q8_0')).toBe((10 * 128 * 8.5) / 8);
    expect(byteCount([10, 128], 'nf4')).toBe((10 * 128 * 4.5) / 8);
    expect(byteCount([10, 33], 'q8_0')).toBe(10 * 2 * 34);
    expect(byteCount([3, 65], 'nf4')).toBe(3 * 2 * 36);
    expect(byteCount([7], 'bfloat16')).toBe(14);
  });

  it('q8_0: the scale in float16, then signed bytes, halves away from zero', () => {
    const values = Float32Array.of(127, -127, 2.5, -2.5, 0.4, -0, ...new Array<number>(26).fill(1), 0.001);
    const bytes = new Uint8Array(byteCount([1, 33], 'q8_0'));
    encode('q8_0', values, 33, bytes);
    expect([...bytes.subarray(0, 8)]).toEqual([0, 0x3c, 127, 256 - 127, 3, 256 - 3, 0, 0]);
    // The second block: 0.001 / 127 is subnormal in float16: 132 · 2^-24.
    expect([...bytes.subarray(34, 37)]).toEqual([132, 0, 127]);
    expect(throughFormat('q8_0', values, 33).at(-1)).toBeCloseTo(0.001, 5);
  });

  it('nf4: the largest magnitude, then the nearest levels, the first in the upper half of a byte', () => {
    const values = Float32Array.from(nf4Levels, (level) => 3 * level);
    const bytes = new Uint8Array(byteCount([1, 16], 'nf4'));
    encode('nf4', values, 16, bytes);
    expect(new Float32Array(bytes.buffer.slice(0, 4))[0]).toBe(3);
    expect([...bytes.subarray(4, 12)]).toEqual([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
    expect(throughFormat('nf4', values, 16)).toEqual(values.map((x) => Math.fround(x)));
    for (const near of normal(500)) {
      const [rounded] = throughFormat('nf4', Float32Array.of(near, 0.1), 2);
      const nearest = Math.min(...nf4Levels.map((level) => Math.abs(0.1 * level - near)));
      if (Math.abs(near) < 0.1) expect(Math.abs(rounded! - near)).toBeCloseTo(nearest, 6);
    }
  });

  it.each([
    ['bfloat16', 0.002],
    ['q8_0', 0.0065],
    ['nf4', 0.1],
  ] as const)('%s is off by so much of a normal weight’s size, and exact on what it holds', (type, off) => {
    const values = normal(16 * 1024);
    const rounded = throughFormat(type, values, 1024);
    const size = (numbers: Float32Array) => Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0));
    const error = size(values.map((x, i) => x - rounded[i]!)) / size(values);
    expect(error).toBeLessThan(off);
    expect(error).toBeGreaterThan(off / 2);
    if (type !== 'q8_0') expect(throughFormat(type, rounded, 1024).every((x, i) => x === rounded[i])).toBe(true);
    expect(throughFormat(type, new Float32Array(70), 70)).toEqual(new Float32Array(70));
  });
});
