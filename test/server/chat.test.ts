/** Chat and evaluation through a real inference host: streaming, stopping, and a host that dies. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancellationTokenSource, LSPErrorCodes } from 'vscode-languageserver-protocol/node';
import {
  Chat,
  ChatChunk,
  Diagnostics,
  EngineCommand,
  ListEvaluations,
  ListModels,
  RunEvaluation,
} from '../../server/src/protocol.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { openModelDirectory, writeSafetensors } from '../../engine/src/model/files.ts';
import { LanguageClient, bundle, gone } from './languageClient.ts';
import { makeWorkspace } from './workspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
let model: string;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  client = await LanguageClient.start({ folders: [workspace.folder], settings: { engine: { backend: 'reference' } } });
  const sample = path.resolve(import.meta.dirname, '../../client/sample');
  cpSync(path.join(sample, 'eval'), path.join(workspace.folder, 'eval'), { recursive: true });
  model = path.join(workspace.folder, 'models/base');
  const config = path.join(workspace.folder, 'config.json');
  const small = JSON.parse(readFileSync(path.join(sample, 'model-config.json'), 'utf8')) as object;
  writeFileSync(config, JSON.stringify({ ...small, max_position_embeddings: 2048 }));
  const args = ['model', 'init', '--config', config, '--tokenizer', workspace.english, '--seed', '3', '--out', model];
  await client.request(EngineCommand.type, { args });
});
afterAll(async () => {
  const pid = await hostPid();
  await client.stop();
  if (pid !== undefined) await gone(pid);
  workspace.remove();
});

const hostPid = async (): Promise<number | undefined> => {
  const { lines } = await client.request(Diagnostics.type, {});
  const value = lines.find((line) => line.name === 'inference host')?.value ?? '';
  return value.startsWith('pid ') ? Number.parseInt(value.slice(4), 10) : undefined;
};

const ask = (requestId: string, maxTokens: number): Chat.Params => ({
  requestId,
  model,
  prompt: 'Good morning',
  maxTokens,
  temperature: 0,
});

const streamed = (requestId: string): string =>
  client
    .told(ChatChunk.type)
    .filter((chunk) => chunk.requestId === requestId)
    .map((chunk) => chunk.text)
    .join('');

describe('Chat', () => {
  it('streams the very text that it answers with, the same each time', async () => {
    const first = await client.request(Chat.type, ask('1', 12));
    expect(first).toMatchObject({ newTokens: 12, reason: 'length', backend: 'reference' });
    expect(streamed('1')).toBe(first.text);
    expect((await client.request(Chat.type, ask('2', 12))).text).toBe(first.text);
  });

  it('can be stopped, and keeps what there is', async () => {
    const source = new CancellationTokenSource();
    const answer = client.connection.sendRequest<Chat.Answer>(Chat.method, ask('3', 2000), source.token);
    await client.until(ChatChunk.type, (chunk) => chunk.requestId === '3');
    source.cancel();
    const { reason, text } = await answer;
    expect(reason).toBe('cancelled');
    expect(streamed('3')).toBe(text);
  });

  it('tells a model that is not there by its path', async () => {
    const missing = path.join(workspace.folder, 'models/none');
    await expect(client.request(Chat.type, { ...ask('4', 1), model: missing })).rejects.toMatchObject({
      data: { where: { file: missing } },
    });
  });

  it('says that the host died, and starts it anew at the next question', async () => {
    const pid = await hostPid();
    const answer = client.request(Chat.type, ask('5', 2000));
    answer.catch(() => undefined);
    await client.until(ChatChunk.type, (chunk) => chunk.requestId === '5');
    process.kill(pid!, 'SIGKILL');
    await expect(answer).rejects.toMatchObject({
      data: { what: expect.stringMatching(/ended in the middle of the work \(SIGKILL/) as unknown },
    });
    expect((await client.request(Chat.type, ask('6', 3))).newTokens).toBe(3);
    expect(await hostPid()).not.toBe(pid);
  });
});

describe('evaluations', () => {
  it('are run with progress, answered and listed', async () => {
    expect(await client.request(ListEvaluations.type, {})).toEqual([]);
    const out = path.join(workspace.folder, 'evaluations/first');
    const answer = await client.request(RunEvaluation.type, {
      model,
      tasks: ['kobest_copa'],
      data: path.join(workspace.folder, 'eval'),
      limit: 4,
      out,
      workDoneToken: 'evaluation',
    });
    expect(answer.results['kobest_copa']).toMatchObject({ n: 4 });
    expect(client.told<{ kind: string }>('progress evaluation').map((p) => p.kind)).toContain('report');
    const [listed, ...others] = await client.request(ListEvaluations.type, {});
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ path: answer.file, name: 'first', model });
    expect(listed?.results['kobest_copa']?.['acc']).toBe(answer.results['kobest_copa']?.['acc']);
    const again = client.request(RunEvaluation.type, {
      model,
      tasks: ['none'],
      data: workspace.folder,
      out: `${out}2`,
    });
    await expect(again).rejects.toThrow(/none/);
  });

  it('stop without waiting for the host, and go on when the same is asked again', async () => {
    const out = path.join(workspace.folder, 'evaluations/stopped');
    const params = { model, tasks: ['kobest_copa'], data: path.join(workspace.folder, 'eval'), limit: 6, out };
    const source = new CancellationTokenSource();
    const asked = client.connection.sendRequest<RunEvaluation.Answer>(RunEvaluation.method, params, source.token);
    source.cancel();
    await expect(asked).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled });
    expect((await client.request(RunEvaluation.type, params)).results['kobest_copa']).toMatchObject({ n: 6 });
  });
});

/** An adapter on the model whose tensors are all of one number, as PEFT writes one. */
async function makeAdapter(name: string, value: number): Promise<string> {
  const directory = path.join(workspace.folder, 'adapters', name);
  mkdirSync(directory, { recursive: true });
  const config = {
    ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: '../../models/base' },
    ...{ r: 2, lora_alpha: 2, target_modules: ['v_proj'], bias: 'none' },
  };
  writeFileSync(path.join(directory, 'adapter_config.json'), JSON.stringify(config));
  const base = unwrap(await openModelDirectory(model));
  const tensors = base.parameters.flatMap(({ name: parameter, shape: [outputs = 0, inputs = 0] }) => {
    if (!parameter.endsWith('v_proj.weight')) return [];
    const at = `base_model.model.${parameter.replace(/weight$/, '')}`;
    const filled = (name_: string, rows: number, columns: number) => ({
      name: `${at}${name_}.weight`,
      shape: [rows, columns],
      load: () => Float32Array.from({ length: rows * columns }, (_, i) => value * Math.sin(i)),
    });
    return [filled('lora_A', 2, inputs), filled('lora_B', outputs, 2)];
  });
  await writeSafetensors(path.join(directory, 'adapter_model.safetensors'), tensors);
  return directory;
}

describe('an adapter', () => {
  it('is listed behind its model, and answers and is scored otherwise than the model', async () => {
    const adapter = await makeAdapter('strong', 3);
    await client.filesChanged(path.join(adapter, 'adapter_config.json'));
    const list = await client.request(ListModels.type, {});
    expect(list.map(({ kind, path: at, base, rank }) => [kind, at, base, rank])).toEqual([
      ['model', model, undefined, undefined],
      ['adapter', adapter, model, 2],
    ]);
    const plain = await client.request(Chat.type, ask('base', 12));
    const adapted = await client.request(Chat.type, { ...ask('adapter', 12), adapter });
    expect(adapted.text).not.toBe(plain.text);
    const all = { model, data: path.join(workspace.folder, 'eval'), limit: 2, tasks: ['kobest_copa'] };
    const out = path.join(workspace.folder, 'evaluations/adapter');
    const scored = await client.request(RunEvaluation.type, { ...all, adapter, out });
    expect(JSON.parse(readFileSync(scored.file, 'utf8'))).toMatchObject({
      config: { model_args: expect.stringContaining(adapter) as string },
    });
    // Another adapter in its place is read anew.
    await makeAdapter('strong', 0);
    expect((await client.request(Chat.type, { ...ask('zero', 12), adapter })).text).toBe(plain.text);
  });
});
