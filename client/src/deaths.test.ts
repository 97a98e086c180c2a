/** Five deaths in three minutes are the end, four or slower ones are not. */
import { describe, expect, it } from 'vitest';
import { deathReason, Deaths } from './deaths.ts';

const minute = 60_000;

describe('Deaths', () => {
  it('ends at the fifth within three minutes', () => {
    const deaths = new Deaths(5, 3 * minute);
    expect([0, 1, 2, 3, 4].map((i) => deaths.note(i * 1000))).toEqual([false, false, false, false, true]);
  });

  it('goes on where they are further apart', () => {
    const deaths = new Deaths(5, 3 * minute);
    expect(Array.from({ length: 20 }, (_, i) => deaths.note(i * minute)).includes(true)).toBe(false);
  });

  it('begins anew when somebody starts it by hand', () => {
    const deaths = new Deaths(5, 3 * minute);
    for (let i = 0; i < 4; i++) deaths.note(i);
    deaths.forget();
    expect(deaths.note(5)).toBe(false);
  });

  it('has a reason', () => {
    expect(deathReason({ code: null, signal: 'SIGKILL' })).toBe('SIGKILL');
    expect(deathReason({ code: 7, signal: null })).toBe('exit status 7');
    expect(deathReason({ code: null, signal: null })).toBeUndefined();
  });
});
