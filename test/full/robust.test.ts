/** A line of ten megabytes in the editor: counted, linted, edited, and nobody else kept waiting; then a hundred of its edits. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { readTokenizerFile } from '../../engine/src/tokenizers/index.ts';
import { ByteCharacters, CountRanges, Heat, TokenCounts } from '../../server/src/protocol.ts';
import { LanguageClient, bundle, uriOf } from '../server/languageClient.ts';
import { diagnose, lintCapabilities } from '../server/lintClient.ts';
import { makeWorkspace, type TestWorkspace } from '../server/workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
const hour = 3_600_000;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  client = await LanguageClient.start({ folders: [workspace.folder], capabilities: lintCapabilities });
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  workspace.remove();
});

it.each([
  ['words.md', 'markdown', 'The sky is blue 하늘은 파랗다. '],
  ['one.txt', 'plaintext', 'x'],
  ['row.jsonl', 'jsonl', 'The sky is blue 하늘은 파랗다. '],
])('%s', { timeout: hour }, async (name, languageId, unit) => {
  const tokenizer = unwrap(await readTokenizerFile(workspace.english));
  const uri = uriOf(path.join(workspace.folder, name));
  const words = unit.repeat(Math.ceil(10_000_000 / unit.length));
  let text = languageId === 'jsonl' ? JSON.stringify({ instruction: 'a', output: words }) : words;
  await client.open(uri, text, languageId);
  const counted = (version: number) =>
    client.until(TokenCounts.type, (p) => p.uri === uri && p.version === version, hour / 6);
  const small = uriOf(path.join(workspace.folder, 'small.txt'));
  await client.open(small, 'hello');
  const whole = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
  const near = { start: { line: 0, character: 5_000_000 }, end: { line: 0, character: 5_002_000 } };
  // While it is counted and linted, a small text is answered.
  const state = { done: false };
  const all = Promise.all([counted(1), diagnose(client, uri)]).then(([{ tokens }]) => {
    state.done = true;
    return tokens;
  });
  let meanwhile = 0;
  for (let i = 0; i < 20 && !state.done; i++, meanwhile++)
    await client.request(CountRanges.type, { uri: small, ranges: [whole] });
  expect(meanwhile).toBeGreaterThan(3);
  expect(await all).toBe(tokenizer.count(text));
  await client.request(Heat.type, { uri, range: near });
  const bytes = await client.request(ByteCharacters.type, { uri, range: near });
  expect((bytes?.characters.length ?? 0) > 0).toBe(unit !== 'x');
  expect(
    await client.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: near.start }),
  ).toMatchObject({ contents: {} });
  let version = 1;
  for (let i = 0; i < 100; i++) {
    const at = (i * 97_003) % 9_000_000;
    const change = {
      range: { start: { line: 0, character: at }, end: { line: 0, character: at + (i % 3) } },
      text: '가',
    };
    version = await client.change(uri, [change]);
    text = text.slice(0, at) + '가' + text.slice(at + (i % 3));
  }
  expect((await counted(version)).tokens).toBe(tokenizer.count(text));
  expect((await diagnose(client, uri)).filter(({ code }) => code === 'decomposed')).toEqual([]);
  await client.close(uri);
  await client.close(small);
});
