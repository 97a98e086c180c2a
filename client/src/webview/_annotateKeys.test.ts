import { describe, expect, it } from 'vitest';
import { commandOf, type Key } from './_annotateKeys.ts';

const press = (key: string, code: string, more: Partial<Key> = {}) =>
  commandOf({ key, code, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...more });

describe('keys of the page of blind verdicts', () => {
  it('choose by letter', () => {
    expect(press('a', 'KeyA')).toEqual({ choose: 'left' });
    expect(press('B', 'KeyB', { shiftKey: true })).toEqual({ choose: 'right' });
    expect(press('n', 'KeyN')).toEqual({ choose: 'neither' });
    expect(press('u', 'KeyU')).toBe('undo');
    expect(press('?', 'Slash', { shiftKey: true })).toBe('help');
  });

  it('do the same while Hangul is typed, and while an input method is at work', () => {
    expect(press('ㅁ', 'KeyA')).toEqual({ choose: 'left' });
    expect(press('ㅠ', 'KeyB')).toEqual({ choose: 'right' });
    expect(press('ㅜ', 'KeyN')).toEqual({ choose: 'neither' });
    expect(press('Process', 'KeyU')).toBe('undo');
  });

  it('go by the layout where it has Latin letters: on AZERTY the A lies where others have the Q', () => {
    expect(press('a', 'KeyQ')).toEqual({ choose: 'left' });
    expect(press('q', 'KeyA')).toBeUndefined();
  });

  it('leave scrolling, shortcuts of the editor and keys held down alone', () => {
    for (const key of ['ArrowDown', 'ArrowUp', 'PageDown', ' ', 'Tab', 'Enter', '1', ';'])
      expect(press(key, key), key).toBeUndefined();
    expect(press('a', 'KeyA', { ctrlKey: true })).toBeUndefined();
    expect(press('b', 'KeyB', { metaKey: true })).toBeUndefined();
    expect(press('a', 'KeyA', { repeat: true })).toBeUndefined();
  });
});
