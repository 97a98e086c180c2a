/** The draw of examples: seeded, without repetition, never the row itself. */
import { describe, expect, it } from 'vitest';
import { shuffled } from './fewShot.ts';

describe('shuffled', () => {
  it('draws different numbers below the size, the same for the same seed and stream', () => {
    for (const stream of ['a', 'b', 'c']) {
      const drawn = shuffled(10, 5, 7, stream);
      expect(new Set(drawn).size).toBe(5);
      for (const i of drawn) expect(i).toBeGreaterThanOrEqual(0);
      for (const i of drawn) expect(i).toBeLessThan(10);
      expect(shuffled(10, 5, 7, stream)).toEqual(drawn);
    }
    expect(shuffled(1000, 5, 7, 'a')).not.toEqual(shuffled(1000, 5, 8, 'a'));
    expect(shuffled(1000, 5, 7, 'a')).not.toEqual(shuffled(1000, 5, 7, 'b'));
  });
  it('never draws the excepted number, and all others where all are asked for', () => {
    for (let except = 0; except < 6; except++) {
      expect(shuffled(6, 5, 1, 'x', except).sort()).toEqual([0, 1, 2, 3, 4, 5].filter((i) => i !== except));
    }
  });
  it('draws every number about as often', () => {
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 5000; i++) counts[shuffled(5, 1, 3, `row ${i}`)[0]!]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
  it('throws where there is too little to draw from', () => {
    expect(() => shuffled(3, 3, 1, 'x', 0)).toThrow(RangeError);
  });
});
