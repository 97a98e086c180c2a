/** Task files in the editor: their faults at their place while typing, and their tasks in the list of what can be scored. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PublishDiagnosticsParams } from 'vscode-languageserver-protocol';
import { ListTasks } from '../../server/src/protocol.ts';
import { LanguageClient, bundle, uriOf } from './languageClient.ts';
import { makeWorkspace } from './workspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;

const task = {
  name: 'capitals',
  title: 'Capitals',
  language: 'en',
  version: 1,
  outputType: 'generate_until',
  files: { test: 'capitals.jsonl' },
  format: 'jsonLines',
  prompt: 'The capital of {{country}} is',
  target: ' {{city}}',
  metrics: ['exact_match'],
};

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  mkdirSync(path.join(workspace.folder, 'rows/tasks'), { recursive: true });
  const put = (name: string, value: object) =>
    writeFileSync(path.join(workspace.folder, 'rows/tasks', name), JSON.stringify(value));
  put('capitals.task.json', task);
  put('again.task.json', { ...task, title: 'Of the same name' });
  put('broken.task.json', { ...task, name: 'broken', metrics: [] });
  client = await LanguageClient.start({ folders: [workspace.folder] });
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  workspace.remove();
});

it('a task file shows its faults at their place, and none when they are mended', async () => {
  const uri = uriOf(path.join(workspace.folder, 'mine.task.json'));
  const text = JSON.stringify({ ...task, prompt: 'The capital of {{country | upper}} is' }, undefined, 2);
  const told = (count: number) =>
    client.until(
      'textDocument/publishDiagnostics',
      (params: PublishDiagnosticsParams) => params.uri === uri && params.diagnostics.length === count,
    );
  await client.open(uri, text, 'jsonc');
  const { diagnostics } = await told(1);
  const line = text.split('\n').findIndex((one) => one.includes('"prompt"'));
  expect(diagnostics[0]).toMatchObject({
    range: { start: { line, character: '  "prompt": '.length } },
    message: expect.stringMatching(/^there is no filter or map 'upper'\. Known are number, strip, /) as string,
  });
  const from = text.split('\n')[line]!.indexOf('upper');
  const at = { start: { line, character: from }, end: { line, character: from + 'upper'.length } };
  await client.change(uri, [{ range: at, text: 'lowercase' }]);
  await told(0);
});

it('tasks of files stand behind the built-in ones, each name once', async () => {
  const list = await client.request(ListTasks.type, {});
  expect(list.slice(0, 8).map(({ name }) => name)).toContain('kobest_copa');
  const { name, files } = { name: 'capitals', files: ['capitals.jsonl'] };
  expect(list.slice(8)).toEqual([{ name, files, title: 'Of the same name' }]);
});
