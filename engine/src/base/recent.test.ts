import { expect, it } from 'vitest';
import { Recent } from './recent.ts';

it('keeps what is asked for, and drops what is not', () => {
  const recent = new Recent<number>(10);
  recent.set('asked', 1);
  for (let i = 0; i < 20; i++) {
    recent.set(`k${i}`.padEnd(5), i);
    expect(recent.get('asked')).toBe(1);
  }
  expect(recent.get('k0'.padEnd(5))).toBeUndefined();
  expect(recent.get('k19'.padEnd(5))).toBe(19);
});

it('has the last value of a key', () => {
  const recent = new Recent<number>(100);
  recent.set('a', 1);
  recent.set('a', 2);
  expect(recent.get('a')).toBe(2);
});
