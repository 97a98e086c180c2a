import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isComposing, onText } from './_typing.ts';

describe('typing with an input method', () => {
  it('tells keys of the input method by their flag, and by their code where a browser sets no flag', () => {
    expect(isComposing({ isComposing: false, keyCode: 13 })).toBe(false);
    expect(isComposing({ isComposing: true, keyCode: 13 })).toBe(true);
    expect(isComposing({ isComposing: false, keyCode: 229 })).toBe(true);
  });

  it('takes a syllable when it is whole, and plain letters at once', () => {
    const box = new EventTarget();
    let taken = 0;
    onText(box, () => taken++);
    const input = (composing: boolean) => box.dispatchEvent(Object.assign(new Event('input'), { isComposing: composing })); // prettier-ignore
    for (let i = 0; i < 3; i++) input(true); // ㅎ 하 한
    expect(taken).toBe(0);
    box.dispatchEvent(new Event('compositionend'));
    expect(taken).toBe(1);
    input(false);
    box.dispatchEvent(new Event('input')); // cleared by its own button: no composition is told of
    expect(taken).toBe(3);
  });

  it('is heeded by every page that hears of text or of Enter and Escape', () => {
    for (const name of readdirSync(import.meta.dirname)) {
      if (!/^_?\w+\.ts$/.test(name)) continue;
      const text = readFileSync(path.join(import.meta.dirname, name), 'utf8');
      if (/addEventListener\('keydown'/.test(text) && /'(Enter|Escape)'/.test(text))
        expect(text, name).toContain('isComposing(event)');
      if (/type: 'search'/.test(text) && text.includes("element('input'")) expect(text, name).toContain('onText(');
    }
  });
});
