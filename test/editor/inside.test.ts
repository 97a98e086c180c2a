/** Each Mocha test that ran in the extension host, as a test here. */
import { describe, inject, it } from 'vitest';
import { runInside } from './insideLane.ts';

const results = await runInside(inject('ready'));

describe('in the extension host', () => {
  it('ran tests', ({ expect }) => {
    expect(results.length).toBeGreaterThan(0);
  });
  for (const { title, error } of results) {
    it(title, () => {
      if (error !== undefined) throw new Error(error);
    });
  }
});
