/** What no client should send, and files nobody should leave: one clear answer for each, and the server lives on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ErrorCodes, ResponseError } from 'vscode-languageserver-protocol/node';
import {
  ByteCharacters,
  CheckTokenizer,
  CountRanges,
  EngineCommand,
  FollowRun,
  ListRuns,
  ListTokenizers,
  TokenCounts,
  TokenLines,
  TokenTotals,
  TokenizerProblem,
  VocabularyRows,
  VocabularySummary,
} from '../../server/src/protocol.ts';
import { type LanguageClient, uriOf } from './languageClient.ts';
import { startInWorkspace } from './startInWorkspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
let uri: string;

beforeAll(async () => {
  ({ workspace, client } = await startInWorkspace());
  uri = uriOf(path.join(workspace.folder, 'a.txt'));
  await client.open(uri, '안녕하세요 hello\n');
  await client.until(TokenCounts.type, (p) => p.uri === uri);
});

afterAll(async () => {
  expect(await client.stop()).toBe(0);
  workspace.remove();
});

const ask = (method: string, params: unknown): Promise<unknown> => client.connection.sendRequest(method, params);

const refused = async (method: string, params: unknown, name: string) => {
  const error: unknown = await ask(method, params).catch((e: unknown) => e);
  const told = `${method} ${JSON.stringify(params)}`;
  expect(error, told).toBeInstanceOf(ResponseError);
  expect((error as ResponseError<unknown>).code, told).toBe(ErrorCodes.InvalidParams);
  expect((error as Error).message, told).toContain(name);
};

const query = { search: '', regex: false, matchCase: false, scripts: [], kinds: [], sort: 'id', descending: false };
const point = { line: 0, character: 0 };

it.each([[null], [5], [''], ['a\0b'], [[]], [undefined]])('refuses the path %j', async (file) => {
  for (const [method, rest] of [
    [VocabularySummary.method, {}],
    [VocabularyRows.method, { query, from: 0, count: 5 }],
    [TokenTotals.method, { uri }],
    [TokenLines.method, { uri, from: 0, to: 5 }],
    [CheckTokenizer.method, {}],
  ] as const)
    await refused(method, { ...rest, path: file }, '"path"');
});

it('refuses ranges, queries and arguments that are none', async () => {
  const file = workspace.english;
  for (const bad of [-1, 0.5, 1e300, 'a', null]) {
    await refused(VocabularyRows.method, { path: file, query, from: bad, count: 5 }, '"from"');
    await refused(VocabularyRows.method, { path: file, query, from: 0, count: bad }, '"count"');
    await refused(TokenLines.method, { path: file, uri, from: bad, to: 5 }, '"from"');
    await refused(
      CountRanges.method,
      { uri, ranges: [{ start: point, end: { line: bad, character: 0 } }] },
      '"ranges"',
    );
  }
  for (const bad of [null, 5, {}, { ...query, search: 5 }, { ...query, kinds: 5 }, { ...query, sort: '__proto__' }])
    await refused(VocabularyRows.method, { path: file, query: bad, from: 0, count: 5 }, '"query"');
  for (const bad of [null, 5, {}, { start: point }]) {
    await refused(TokenTotals.method, { path: file, uri, range: bad }, '"range"');
    await refused(ByteCharacters.method, { uri, range: bad }, '"range"');
  }
  for (const bad of [null, 5, 'vocab', [5], ['a\0b']]) await refused(EngineCommand.method, { args: bad }, '"args"');
  await refused(ListTokenizers.method, { uri: 5 }, '"uri"');
  await refused(CheckTokenizer.method, null, 'parameters');
  await expect(ask(EngineCommand.method, { args: ['x'.repeat(4_000_000)] })).rejects.toThrow('could not be started');
  // What is asked for beyond the end is none, not an error.
  const far = { path: file, query, from: 1e9, count: 1e12 };
  expect(await ask(VocabularyRows.method, far)).toMatchObject({ total: 500, rows: [] });
  for (const find of [-5, 0.5, 1e9])
    expect(await ask(VocabularyRows.method, { ...far, find })).toMatchObject({ place: -1 });
});

it('says so where a setting can be no path, and goes on', async () => {
  await client.setSettings({ tokenizer: 'a\0b' });
  const { problem } = await client.until(TokenizerProblem.type, (p) => p.uri === uri);
  expect(problem.what).toContain('NUL');
  client.forget();
  await client.setSettings({});
  await client.change(uri, [{ text: 'hello' }]);
  await client.until(TokenCounts.type, (p) => p.uri === uri && p.version === 2);
});

it('says so where the editor fails to tell its settings, and goes on', async () => {
  client.forget();
  const broken = client.connection.onRequest('workspace/configuration', () => new ResponseError(-32803, 'not now'));
  await client.setSettings({});
  const { problem } = await client.until(TokenizerProblem.type, (p) => p.uri === uri);
  expect(problem.what).toContain('not now');
  broken.dispose();
  client.connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => ({})));
  client.forget();
  await client.setSettings({});
  await client.until(TokenCounts.type, (p) => p.uri === uri);
});

it.each([
  ['null', '{"spec":{"kind":"sft"},"startedAt":1}'],
  ['{"state":5}', '{"spec":{"kind":"sft"},"startedAt":1}'],
  ['{"state":"done","step":1}', '{"spec":null,"startedAt":1}'],
])('lists no run whose files are damaged: %s, %s', async (state, record) => {
  const directory = path.join(workspace.folder, 'runs/damaged');
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, 'run.json'), record);
  writeFileSync(path.join(directory, 'state.json'), state);
  expect(await ask(ListRuns.method, {})).toEqual([]);
  await expect(ask(FollowRun.method, { directory })).rejects.toThrow('there is no run here');
});
