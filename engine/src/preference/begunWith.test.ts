/** Going on with a comparison: what is given again must be what it was begun with, and is named where it is not. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { problemLine, unwrap } from '../base/problem.ts';
import { beginComparison } from './compare.ts';
import type { ComparisonRequest } from './request.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'begun-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => path.join(folder, name);
const rows = (count: number, more: object = {}) =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify({ prompt: `question ${i}`, ...more })}\n`).join('');

const begun = {
  directory: file('out'),
  prompts: file('prompts.jsonl'),
  limit: 3,
  sides: { a: file('a.jsonl'), b: file('b.jsonl') },
  names: { b: 'two' },
  seed: 7,
  generation: { maxTokens: 9 },
  compute: {},
} as const;

beforeAll(async () => {
  writeFileSync(file('prompts.jsonl'), rows(5));
  writeFileSync(file('moved.jsonl'), rows(5));
  writeFileSync(file('others.jsonl'), rows(5, { input: 'x' }));
  writeFileSync(file('a.jsonl'), rows(5, { output: 'one' }));
  writeFileSync(file('b.jsonl'), rows(5, { output: 'two' }));
  unwrap(await beginComparison({ ...begun, resume: false })).release();
});

const again = async (request: Partial<ComparisonRequest>): Promise<string> => {
  const nothing = { directory: begun.directory, sides: {}, names: {}, generation: {}, compute: {} };
  const read = await beginComparison({ ...nothing, ...request, resume: true });
  if (!read.ok) return problemLine(read.problem);
  read.value.release();
  return '';
};

it('goes on where all is as it was, given again or not, at another place or not', async () => {
  expect(await again({})).toBe('');
  expect(await again(begun)).toBe('');
  expect(await again({ prompts: file('moved.jsonl') })).toBe('');
  expect(await again({ names: { a: 'a', b: 'two' } })).toBe('');
});

it.each([
  [{ names: { a: 'other' } }, '--name-a: this comparison was begun with another one: "a"'],
  [{ names: { b: 'other' } }, '--name-b: this comparison was begun with another one: "two"'],
  [{ limit: 4 }, '--limit: this comparison was begun with another one: 3'],
  [{ prompts: begun.prompts, limit: 4 }, '--limit: this comparison was begun with another one: 3'],
  [{ prompts: file('others.jsonl') }, '--prompts: this comparison was begun with another one: "'],
  [{ seed: 8 }, '--seed: this comparison was begun with another one: 7'],
  [{ generation: { maxTokens: 10 } }, '--max-tokens: this comparison was begun with another one: 9'],
  [{ generation: { system: 'Be brief.' } }, '--system: this comparison was begun without it'],
  [{ sides: { b: file('a.jsonl') } }, '--b: this comparison was begun with another one: "'],
] as const)('refuses %j', async (request, told) => {
  const problem = await again(request);
  expect(problem).toContain(told);
  expect(problem).toContain('Leave the option out, or compare in another directory.');
});

it('says of a file that it has changed, not that it is another one; a limit above all prompts is the same', async () => {
  const directory = file('all');
  const before = readFileSync(file('b.jsonl'));
  unwrap(await beginComparison({ ...begun, directory, limit: 100, resume: false })).release();
  expect(await again({ directory, limit: 100 })).toBe('');
  expect(await again({ directory, limit: 4 })).toContain('--limit: this comparison was begun with another one: 5');
  writeFileSync(file('b.jsonl'), rows(5, { output: 'three' }));
  expect(await again({ directory, sides: begun.sides })).toContain(
    'b.jsonl, --b: this has changed since the comparison',
  );
  writeFileSync(file('b.jsonl'), before);
  writeFileSync(begun.prompts, rows(4));
  expect(await again({ directory, prompts: begun.prompts })).toContain(
    '--prompts: this has changed since the comparison',
  );
  expect(await again({ directory })).toBe('');
  writeFileSync(begun.prompts, rows(5));
});

it('sides of one name stay told apart', async () => {
  const directory = file('same');
  const names = { a: 'x', b: 'x' };
  unwrap(await beginComparison({ ...begun, directory, names, resume: false })).release();
  expect(await again({ directory, names })).toBe('');
});

it('has nothing to go on with where nothing was begun', async () => {
  expect(await again({ directory: file('nowhere') })).toContain('nowhere: no comparison stands here');
});
