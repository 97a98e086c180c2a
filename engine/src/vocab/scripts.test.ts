import { describe, expect, it } from 'vitest';
import { scriptNames, scriptOf } from './scripts.ts';

describe('the script of a piece', () => {
  it.each([
    ['▁the', 'Latin'],
    ['▁있다', 'Hangul'],
    ['한글2', 'Hangul'],
    ['日本', 'Han'],
    ['カー', 'Han'],
    ['▁Привет', 'Cyrillic'],
    ['สวัสดี', 'Thai'],
    ['हिन्दी', 'Devanagari'],
    ['▁LG전자', 'mixed'],
    ['ⲁⲃ', 'letters'],
    ['▁2024', 'digits'],
    ['٣', 'digits'],
    ['▁(', 'signs'],
    ['😀', 'signs'],
    ['\u0301', 'signs'],
    ['▁▁', 'spaces'],
    ['', 'spaces'],
  ])('%s is %s', (text, script) => expect(scriptOf(text)).toBe(script));

  it('has no name twice', () => expect(new Set(scriptNames).size).toBe(scriptNames.length));
});
