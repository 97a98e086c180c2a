/** A number with its noun. */
import { expect, it } from 'vitest';
import { plural } from './plural.ts';

it('has one of a thing and several of it', () => {
  expect([0, 1, 2].map((n) => plural(n, 'row'))).toEqual(['0 rows', '1 row', '2 rows']);
  expect(plural(1000, 'token', '1,000')).toBe('1,000 tokens');
});
