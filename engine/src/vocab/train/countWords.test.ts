import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { english, korean } from '../../tokenizers/testing/models.ts';
import { countWords } from './countWords.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'words-'));
afterAll(() => rmSync(folder, { recursive: true }));

const lines = [...english, ...korean];
const text = `${lines.join('\n\n')}\n`;
const forms: Readonly<Record<string, string | Buffer>> = {
  'a.txt': text,
  'with a mark and other ends.txt': `\ufeff${lines.join('\r\n')}`,
  'packed.txt.gz': gzipSync(text),
  'packed in parts.txt.gz': Buffer.concat([gzipSync(text.slice(0, 1)), gzipSync(text.slice(1))]),
  'texts.jsonl': lines.map((line) => JSON.stringify({ text: line })).join('\n'),
  'one text.jsonl.gz': gzipSync(JSON.stringify({ text })),
  'instructions.json': JSON.stringify(lines.map((line) => ({ instruction: line, input: '', output: '' }))),
};

it.each(Object.keys(forms))('counts the same words in every form of a text: %s', async (name) => {
  const file = path.join(folder, name);
  writeFileSync(file, forms[name]!);
  const counts = await countWords([file], {});
  const found = new Map<string, number>();
  counts.words.forEach((bytes, from, to, count) => found.set(Buffer.from(bytes.subarray(from, to)).toString(), count));
  const expected = new Map<string, number>();
  for (const word of lines.flatMap((line) => line.split(' '))) expected.set(word, (expected.get(word) ?? 0) + 1);
  expect(found).toEqual(expected);
  expect(counts.lines).toBe(lines.length);
});

it('tells how far it is over all files, and stops when asked to', async () => {
  const file = path.join(folder, 'long.txt');
  writeFileSync(file, text.repeat(100));
  const told: number[] = [];
  await countWords([file, file], {}, { onProgress: ({ fraction }) => told.push(fraction!) });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.at(-1)).toBe(1);
  expect(told).toContain(0.5);
  const stop = new AbortController();
  const counting = countWords([file], {}, { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
  await expect(counting).rejects.toThrow('enough');
});
