import { describe, expect, it } from 'vitest';
import { philox, Random, streamOf } from './random.ts';

describe('philox', () => {
  // The known answers published with the Random123 library (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as [[number, number, number, number], [number, number], number[]][])('matches %j', (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });
});

describe('Random', () => {
  it('repeats itself for a seed and a stream, and differs for others', () => {
    const draw = (seed: number, stream: string) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 9 }, () => random.word());
    };
    expect(draw(1, 'a')).toEqual(draw(1, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
    expect(draw(1, 'a')).not.toEqual(draw(1, 'b'));
    expect(draw(2 ** 32 + 1, 'a')).not.toEqual(draw(1, 'a'));
  });

  it('hashes names by FNV-1a', () => expect(streamOf('a')).toBe(0xe40c292c));

  it('draws a standard normal', () => {
    const random = new Random(7);
    const values = Array.from({ length: 40_000 }, () => random.normal());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const moment = (k: number) => values.reduce((a, b) => a + (b - mean) ** k, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.15);
  });

  it('shuffles every item to every place alike', () => {
    const random = new Random(3);
    const counts = Array.from({ length: 9 }, () => 0);
    for (let i = 0; i < 9000; i++) {
      const items = [0, 1, 2];
      random.shuffle(items);
      items.forEach((item, place) => counts[item * 3 + place]!++);
    }
    for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(200);
  });

  it('refuses a seed that is no whole number', () => expect(() => new Random(0.5)).toThrow(RangeError));
});
