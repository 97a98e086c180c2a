/** Bodies that servers send in place of a whole completion. */
import { expect, it } from 'vitest';
import { replyOf } from './completions.ts';

const read = (text: string, type = 'application/json') =>
  replyOf({ status: 200, headers: { 'content-type': type }, text }, (told) => told, 'host', 'judge');
const whole = '{"choices":[{"message":{"content":"Both. [[C]]"},"finish_reason":"stop"}]}';

it('may begin with a byte order mark', () => {
  expect(read(`\ufeff${whole}`)).toEqual({ text: 'Both. [[C]]', finish: 'stop' });
});

it.each([
  ['', 'the answer is empty'],
  [' \n', 'the answer is empty'],
  [whole.slice(0, 40), 'half an answer came: its 40 characters are no whole JSON'],
  ['null', 'the answer holds no message'],
  ['{"choices":[]}', 'the answer holds no message'],
])('%j is asked for again, and why is told', (text, told) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ fault: 'again', message: told }) as Error);
});

it('of another kind are named by it', () => {
  expect(() => read('<p>Log in</p>', 'text/html; charset=utf-8')).toThrow('no chat completion but text/html');
});
