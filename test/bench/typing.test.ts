/** The recorded typing is what a two-set keyboard does, and leaves the text that was meant. */
import { expect, it } from 'vitest';
import { recording } from './recording.ts';
import { type Act, strokesOf } from './typing.ts';

/** The text after each stroke. */
function played(acts: readonly Act[]): string[] {
  let text = '';
  return strokesOf(acts).map(({ before, text: typed }) => (text = text.slice(0, text.length - before) + typed));
}

it('composes as an input method does', () => {
  expect(played([{ type: '가까' }])).toEqual(['ㄱ', '가', '갂', '가까']);
  expect(played([{ type: '값이' }])).toEqual(['ㄱ', '가', '갑', '값', '값ㅇ', '값이']);
  expect(played([{ type: '넓으' }]).at(-1)).toBe('넓으');
  expect(played([{ type: '달가' }])).toEqual(['ㄷ', '다', '달', '닭', '달가']);
  expect(played([{ type: '뭐' }, { backspaces: 3 }])).toEqual(['ㅁ', '무', '뭐', '무', 'ㅁ', '']);
  expect(strokesOf([{ type: '안녕' }]).slice(2)).toEqual([
    { before: 1, text: '안' },
    { before: 0, text: 'ㄴ' },
    { before: 1, text: '녀' },
    { before: 1, text: '녕' },
  ]);
});

it('writes every syllable, whatever follows', () => {
  for (let code = 0xac00; code <= 0xd7a3; code += 7)
    for (const next of ['아', '가', '까', '스', ' ', 'a']) {
      const text = String.fromCharCode(code) + next;
      expect(played([{ type: text }]).at(-1)).toBe(text);
    }
});

it('takes back a paste, and whole characters', () => {
  expect(played([{ type: 'ab' }, { paste: '둘\n셋' }, { undo: true }])).toEqual(['a', 'ab', 'ab둘\n셋', 'ab']);
  expect(played([{ type: 'a' }, { paste: '🌸' }, { backspaces: 2 }])).toEqual(['a', 'a🌸', 'a', '']);
});

it('is recorded so that what is typed is typed', () => {
  for (const acts of recording) for (const act of acts) if ('type' in act) expect(played([act]).at(-1)).toBe(act.type);
  expect(recording.flatMap(strokesOf).length).toBeGreaterThan(300);
});
