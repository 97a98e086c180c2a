import { expect, it } from 'vitest';
import { typed } from './preferAnnotate.ts';

it('arrows, function keys and a wheel give no verdict', () => {
  const up = '\u001b[A';
  const [down, application, control, page, f1, alt] = [
    '\u001b[B',
    '\u001bOA',
    '\u001b[1;5B',
    '\u001b[5~',
    '\u001bOP',
    '\u001ba',
  ];
  expect(typed([up, down, application, control, page, f1, alt, '\u001b'].join(''))).toBe('');
  expect(typed(`a${up}B${down}ㅜ`)).toBe('aBㅜ');
});
