import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import { PartTable } from './partTable.ts';

describe('a table of parts', () => {
  it('finds just what a map of strings finds, at every place of a text', () => {
    const random = new Random(7);
    const units = ['a', 'b', '가', '\ud83d', '\ude00', '\0'];
    const text = (length: number) => Array.from({ length }, () => units[random.below(units.length)]!).join('');
    const table = new PartTable(400);
    const map = new Map<string, number>();
    for (let n = 0; n < 400; n++) {
      const around = text(1 + random.below(6));
      if (map.has(around)) continue;
      map.set(around, n);
      table.read(`${around}b`);
      table.add(0, around.length, n);
    }
    let found = 0;
    for (let n = 0; n < 200; n++) {
      // Longer than any before, at last.
      const whole = text(1 + n);
      table.read(whole);
      for (let from = 0; from < whole.length; from++) {
        for (let to = from + 1; to <= Math.min(whole.length, from + 8); to++) {
          const value = table.find(from, to);
          if (value >= 0) found++;
          expect(value).toBe(map.get(whole.slice(from, to)) ?? -1);
        }
      }
    }
    expect(found).toBeGreaterThan(1000);
  });
});
