/** White space against Python's own. */
import { expect, it } from 'vitest';
import { stripped, whiteSpace } from './whiteSpace.ts';

/** `[c for c in range(0x10000) if chr(c).isspace()]` by Python 3.11; re's `\\s` takes the same, and so do split and strip. */
const python = [
  ...[
    9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201,
  ],
  ...[8202, 8232, 8233, 8239, 8287, 12288],
];

it('is what Python takes for it', () => {
  const all = Array.from({ length: 0x10000 }, (_, c) => c);
  expect(all.filter((c) => String.fromCharCode(c).replaceAll(whiteSpace, '') === '')).toEqual(python);
  expect(all.filter((c) => stripped(`x${String.fromCharCode(c)}`) === 'x')).toEqual(python);
  expect(all.filter((c) => stripped(`${String.fromCharCode(c)}x`) === 'x')).toEqual(python);
});

it('goes from both ends and from nowhere else', () => {
  expect(stripped('\u0085 a b\t\u3000')).toBe('a b');
  expect(stripped('\ufeffa')).toBe('\ufeffa');
  expect(stripped(' \n')).toBe('');
});
