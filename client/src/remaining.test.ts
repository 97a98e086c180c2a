import { expect, it } from 'vitest';
import { secondsLeft } from './remaining.ts';

it('goes by the pace so far', () => {
  expect(secondsLeft(30, 0.25)).toBe(90);
  expect(secondsLeft(30, 1)).toBe(0);
});

it('says nothing of what has hardly begun', () => {
  expect(secondsLeft(1, 0.5)).toBeUndefined();
  expect(secondsLeft(60, 0)).toBeUndefined();
  expect(secondsLeft(60, Number.NaN)).toBeUndefined();
});
