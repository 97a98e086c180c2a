import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { focusWithin } from './_focus.ts';

/** A page as far as the focus goes: elements by name, and which one has it. */
function page(focused: boolean) {
  const body = { name: 'body' };
  const state: { focused: boolean; active: object } = { focused, active: body };
  const defaultView = new EventTarget();
  const ownerDocument = {
    body,
    defaultView,
    hasFocus: () => state.focused,
    get activeElement() {
      return state.active;
    },
  };
  const made = (name: string) => {
    const target = { name, ownerDocument, focus: () => void ((state.focused = true), (state.active = target)) };
    return target as unknown as HTMLElement;
  };
  const come = () => {
    state.focused = true;
    defaultView.dispatchEvent(new Event('focus'));
  };
  const leave = () => (state.focused = false);
  return { state, made, come, leave };
}

describe('the focus of a page', () => {
  it('goes to an element at once where the page has it', () => {
    const { state, made } = page(true);
    const table = made('table');
    focusWithin(table);
    expect(state.active).toBe(table);
  });

  it('is not taken from elsewhere: it goes to the newest element when somebody comes to the page, and only then', () => {
    const { state, made, come, leave } = page(false);
    const [first, second] = [made('first'), made('second')];
    focusWithin(first);
    focusWithin(second);
    expect(state).toMatchObject({ focused: false, active: { name: 'body' } });
    come();
    expect(state.active).toBe(second);
    leave();
    state.active = first;
    come();
    expect(state.active).toBe(first);
  });

  it('stays on what a person has chosen in the page meanwhile', () => {
    const { state, made, come } = page(false);
    const chosen = made('chosen');
    focusWithin(made('table'));
    state.active = chosen;
    come();
    expect(state.active).toBe(chosen);
  });

  it('waits no longer for what an element focused since has made old', () => {
    const { state, made, come, leave } = page(false);
    const newer = made('newer');
    focusWithin(made('older'));
    state.focused = true;
    focusWithin(newer);
    leave();
    state.active = {};
    come();
    expect(state.active).toEqual({});
  });

  it('is set in no other way by any page', () => {
    for (const name of readdirSync(import.meta.dirname)) {
      if (!/^_?\w+\.ts$/.test(name) || name === '_focus.ts') continue;
      const text = readFileSync(path.join(import.meta.dirname, name), 'utf8');
      // Parts of pages that have a way of their own to it, by this one.
      const calls = [...text.matchAll(/([\w#)\]]+)\??\.focus\(/g)].map(([, of]) => of);
      expect(
        calls.filter((of) => !['#grid', '#rows', '#filters'].includes(of ?? '')),
        name,
      ).toEqual([]);
      expect(text, name).not.toMatch(/\bautofocus\b/);
    }
  });
});
