/** Rows of a task's file through the server: there before anything is scored, and scored alone by their numbers. */
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EngineCommand, EvaluationRows, RunEvaluation, TaskRows } from '../../server/src/protocol.ts';
import { LanguageClient, bundle } from './languageClient.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const sample = path.resolve(import.meta.dirname, '../../client/sample');
const data = path.join(sample, 'eval');
const task = path.join(data, 'tasks/en_sentineg.task.json');

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  client = await LanguageClient.start({
    folders: [workspace.folder],
    env: { BLLOSSOM_STATE_DIR: '', BLLOSSOM_CACHE_DIR: '' },
  });
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

it('rows are there before anything is scored, and what is scored of them alone comes under their numbers', async () => {
  const asked = await client.request(TaskRows.type, { task, data, from: 0, count: 2 });
  expect(asked).toMatchObject({ rows: [{ id: 0, line: 1 }, { id: 1, line: 2 }] }); // prettier-ignore
  expect(asked.groups.reduce((sum, { rows }) => sum + rows, 0)).toBe(asked.available);
  const [, second] = asked.groups;
  const page = { task, data, gold: second!.gold, from: 0, count: 3 };
  const { rows, total, file, split } = await client.request(TaskRows.type, page);
  expect(total).toBe(second!.rows);
  expect(rows).toHaveLength(3);

  const model = path.join(workspace.folder, 'models/tiny');
  const config = path.join(sample, 'model-config.json');
  const init = ['model', 'init', '--config', config, '--tokenizer', workspace.english, '--seed', '3', '--out', model];
  await client.request(EngineCommand.type, { args: init });
  const ids = rows.map(({ id }) => id);
  const out = path.join(workspace.folder, 'rows');
  const params = { model, tasks: [task], data, out, split, samples: { en_sentineg: ids } };
  const scored = await client.request(RunEvaluation.type, params);
  expect(scored.results['en_sentineg']).toMatchObject({ n: 3 });
  const query = { search: '', sort: 'row', descending: false, ids } as const;
  const results = await client.request(EvaluationRows.type, {
    ...{ path: scored.file, task: 'en_sentineg', query, from: 0, count: 50 },
  });
  expect(results.rows.map(({ id, gold, place }) => [id, gold, place])).toEqual(
    rows.map(({ id, line }) => [id, second!.gold, { file, line }]),
  );
  await expect(
    client.request(RunEvaluation.type, { ...params, out: `${out}-2`, samples: { en_sentineg: [1e6] } }),
  ).rejects.toThrow('there is no row 1000000');
}, 60_000);

it('rows that are not there, or asked for amiss, are refused in words', async () => {
  const ask = (params: object) =>
    client.connection.sendRequest(TaskRows.method, { task, data, from: 0, count: 5, ...params });
  await expect(ask({ data: workspace.folder })).rejects.toThrow('rows are missing');
  await expect(ask({ task: 'none' })).rejects.toThrow("there is no task 'none'");
  for (const bad of [{ from: -1 }, { gold: 'x' }, { data: '' }]) await expect(ask(bad)).rejects.toThrow('must be');
});
