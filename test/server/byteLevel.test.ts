/** A byte-level tokenizer.json in a workspace: found, counted, shown and read again when it changes, over the real protocol. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Hover } from 'vscode-languageserver-protocol';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, type Tokenizer } from '../../engine/src/tokenizers/index.ts';
import { byteLevelJson, jsonBytes } from '../../engine/src/tokenizers/testing/byteLevel.ts';
import { english, korean } from '../../engine/src/tokenizers/testing/models.ts';
import { parseTokenizerJson } from '../../engine/src/tokenizers/tokenizerJson.ts';
import { ByteCharacters, ListTokenizers, TokenCounts, TokenizerProblem } from '../../server/src/protocol.ts';
import { bundle, LanguageClient, uriOf } from './languageClient.ts';
import { sampleModel } from './workspace.ts';

let folder: string;
let client: LanguageClient;
let tokenizer: Tokenizer;
const file = (): string => path.join(folder, 'llama3/tokenizer.json');
const bytes = (merges: number) => jsonBytes(byteLevelJson({ lines: [...english, ...korean, ...english], merges }));

beforeAll(async () => {
  await bundle();
  folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'byte-level-')));
  mkdirSync(path.join(folder, 'llama3'));
  mkdirSync(path.join(folder, 'models/both'), { recursive: true });
  writeFileSync(file(), bytes(200));
  writeFileSync(path.join(folder, 'models/both/tokenizer.json'), bytes(10));
  writeFileSync(path.join(folder, 'models/both/tokenizer.model'), sampleModel('en'));
  tokenizer = createTokenizer(unwrap(parseTokenizerJson(bytes(200), 'x')));
  client = await LanguageClient.start({ folders: [folder] });
});

afterAll(async () => {
  expect(await client.stop()).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});

const text = 'The weather was fine.\n햄버거 🥨 토큰은';

it('counts a document, and tells the characters that several tokens share', async () => {
  const uri = uriOf(path.join(folder, 'a.txt'));
  await client.open(uri, text);
  const counts = await client.until(TokenCounts.type, (p) => p.uri === uri);
  expect(counts.tokens).toBe(tokenizer.count(text));
  expect(counts.tokenizer).toEqual({ path: file(), name: 'llama3', algorithm: 'byte-level bpe', size: tokenizer.size });
  const whole = { start: { line: 0, character: 0 }, end: { line: 2, character: 0 } };
  const answer: ByteCharacters.Answer = await client.connection.sendRequest(ByteCharacters.type, { uri, range: whole });
  const { starts, ends } = tokenizer.encode('🥨');
  expect(answer?.characters).toContainEqual({
    range: { start: { line: 1, character: 4 }, end: { line: 1, character: 6 } },
    bytes: starts.length,
  });
  expect(ends.at(-1)).toBe(2);
  expect(counts.byteCharacters).toBe(answer?.characters.length);
});

it('shows the tokens of a character, with their bytes, and words as text', async () => {
  const uri = uriOf(path.join(folder, 'b.txt'));
  await client.open(uri, text);
  const hover = async (line: number, character: number) => {
    const answer: Hover | null = await client.connection.sendRequest('textDocument/hover', {
      textDocument: { uri },
      position: { line, character },
    });
    return (answer?.contents as { value: string } | undefined)?.value;
  };
  const { ids } = tokenizer.encode('🥨');
  expect(await hover(1, 4)).toContain(`ids ${[...ids].join(' ')} · ${ids.length} tokens`);
  expect(await hover(1, 4)).toContain('<0xA8>');
  expect(await hover(1, 4)).toContain('4 bytes `F0 9F A5 A8`');
  expect(await hover(0, 12)).toContain('`▁was`');
});

it('lists a directory once, by its tokenizer.model, and reads a file again that has changed', async () => {
  const uri = uriOf(path.join(folder, 'c.txt'));
  await client.open(uri, text);
  const entries = await client.connection.sendRequest(ListTokenizers.type, { uri });
  const name = (p: string) => path.relative(folder, p);
  expect(entries.map((entry) => [name(entry.path), entry.tokens, entry.problem?.what])).toEqual([
    [name(file()), tokenizer.count(text), undefined],
    ['models/both/tokenizer.model', expect.any(Number), undefined],
  ]);
  writeFileSync(file(), bytes(20));
  const fewer = createTokenizer(unwrap(parseTokenizerJson(bytes(20), 'x')));
  await client.until(TokenCounts.type, (p) => p.uri === uri && p.tokens === fewer.count(text));
  writeFileSync(file(), '{"model":{"type":"WordPiece"}}');
  const { problem } = await client.until(TokenizerProblem.type, (p) => p.uri === uri);
  expect(problem.what).toContain('WordPiece');
  expect(problem.where?.name).toBe('model.type');
});
