import { expect, it } from 'vitest';
import { remaining } from './remaining.ts';

it('tells what is left in round units, and nothing where it is too early or too late', () => {
  expect(remaining(0.25, 10)).toBe('about 30 s left');
  expect(remaining(0.1, 60)).toBe('about 9 min left');
  expect(remaining(0.01, 200)).toBe('about 6 h left');
  for (const [share, seconds] of [
    [0, 10],
    [1, 10],
    [0.5, 0.2],
  ] as const)
    expect(remaining(share, seconds)).toBeUndefined();
});
