import { describe, expect, it } from 'vitest';
import { Heights } from './_heights.ts';

describe('heights of lines', () => {
  it('say where each line stands, as adding them up does', () => {
    const heights = new Heights(1000, 20);
    const plain = new Array<number>(1000).fill(20);
    for (let i = 0; i < 1000; i += 3) {
      plain[i] = 20 + ((i * 37) % 90);
      heights.set(i, plain[i]!);
    }
    let top = 0;
    for (let i = 0; i < 1000; i++) {
      expect(heights.get(i)).toBe(plain[i]);
      expect(heights.top(i)).toBe(top);
      expect(heights.at(top)).toBe(i);
      expect(heights.at(top + plain[i]! - 0.5)).toBe(i);
      top += plain[i]!;
    }
    expect(heights.top(1000)).toBe(top);
    expect(heights.at(top + 100)).toBe(999);
    expect(heights.at(-5)).toBe(0);
  });

  it('hold for no line at all', () => {
    const heights = new Heights(0, 20);
    expect([heights.top(0), heights.at(10)]).toEqual([0, 0]);
  });
});
