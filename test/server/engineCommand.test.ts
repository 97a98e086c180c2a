/** Engine commands over the real protocol: progress, answers, problems, and a process that ends when it is told to. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import { Diagnostics, EngineCommand, ListModels, WorkspaceChanged } from '../../server/src/protocol.ts';
import { LanguageClient, enginePath, gone } from './languageClient.ts';
import { startInWorkspace } from './startInWorkspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  ({ workspace, client } = await startInWorkspace());
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

describe('EngineCommand', () => {
  it('answers with the command’s JSON and tells its progress', async () => {
    const out = path.join(workspace.folder, 'merged');
    const args = ['vocab', 'merge', '--base', workspace.english, '--add', workspace.korean, '--out', out];
    const report = (await client.request(EngineCommand.type, { args, workDoneToken: 'merge' })) as Record<
      string,
      unknown
    >;
    expect(report).toMatchObject({ base: 500 });
    expect(report['union']).toBe(500 + Number(report['added']));
    const progress = client.told<{ kind: string }>('progress merge');
    expect(progress[0]).toMatchObject({ kind: 'begin', title: 'bllossom vocab merge' });
    expect(progress.at(-1)).toMatchObject({ kind: 'end' });
    const { what } = await client.until(WorkspaceChanged.type);
    expect(what).toContain('tokenizers');
    await client.until('progress merge', (p: { kind: string }) => p.kind === 'end');
    expect(existsSync(path.join(out, 'tokenizer.model'))).toBe(true);
  });

  it('answers bad input with its problem', async () => {
    const missing = path.join(workspace.folder, 'none.model');
    const args = ['vocab', 'merge', '--base', missing, '--add', workspace.korean, '--out', `${missing}.out`];
    await expect(client.request(EngineCommand.type, { args })).rejects.toMatchObject({
      data: { what: 'there is no such file or directory', where: { file: missing } },
    });
    await expect(client.request(EngineCommand.type, { args: ['vocab', 'mend'] })).rejects.toMatchObject({
      data: { what: expect.stringMatching(/there is no command/) as unknown },
    });
  });

  it('tells a Node that does not run by the setting it comes from', async () => {
    await client.setSettings({ engine: { nodePath: '/nowhere/node' } });
    await expect(client.request(EngineCommand.type, { args: ['--version'] })).rejects.toMatchObject({
      data: { where: { file: '/nowhere/node', name: 'bllossom.engine.nodePath' } },
    });
    await client.setSettings({});
  });

  it('ends the process when the request is cancelled', async () => {
    // An engine that never ends by itself, and says who it is and how it ended.
    const slow = path.join(workspace.folder, 'slow.cjs');
    const ended = path.join(workspace.folder, 'ended.txt');
    writeFileSync(
      slow,
      // It listens before it speaks: who reads its line may end it at once.
      `process.on('SIGTERM', () => { require('fs').writeFileSync(${JSON.stringify(ended)}, 'SIGTERM'); process.exit(130); });
       process.stderr.write(JSON.stringify({ message: 'pid ' + process.pid, fraction: 0.25 }) + '\\n');
       setInterval(() => {}, 1000);`,
    );
    const other = await LanguageClient.start({ folders: [workspace.folder], enginePath: slow });
    const source = new CancellationTokenSource();
    const answer = other.connection.sendRequest(EngineCommand.method, { args: ['x'], workDoneToken: 1 }, source.token);
    answer.catch(() => undefined);
    const report = await other.until('progress 1', (p: { kind: string }) => p.kind === 'report');
    expect(report).toMatchObject({ message: expect.stringMatching(/^pid \d+$/) as unknown, percentage: 25 });
    source.cancel();
    await expect(answer).rejects.toMatchObject({ code: -32800 });
    expect(existsSync(ended)).toBe(true);
    const pid = Number((report as unknown as { message: string }).message.slice(4));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    // A command under way ends with the server too.
    const second = other.connection.sendRequest(EngineCommand.method, { args: ['x'], workDoneToken: 2 });
    second.catch(() => undefined);
    const again = await other.until('progress 2', (p: { kind: string }) => p.kind === 'report');
    expect(await other.stop()).toBe(0);
    await gone(Number((again as unknown as { message: string }).message.slice(4)));
  });
});

describe('ListModels', () => {
  it('lists model directories, with what they are or why they are of no use', async () => {
    const config = path.resolve(import.meta.dirname, '../../client/sample/model-config.json');
    const out = path.join(workspace.folder, 'models/base');
    const args = ['model', 'init', '--config', config, '--tokenizer', workspace.english, '--seed', '1', '--out', out];
    await client.request(EngineCommand.type, { args });
    const broken = path.join(workspace.folder, 'models/base/inner');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'config.json'), '{}');
    writeFileSync(path.join(broken, 'model.safetensors'), '');
    const [base, inner] = await client.request(ListModels.type, {});
    expect(base).toMatchObject({ path: out, name: 'models/base', kind: 'model', vocabularySize: 500, layers: 2 });
    expect(base?.problem).toBeUndefined();
    expect(inner?.problem?.where?.file).toMatch(/inner/);
  });
});

describe('Diagnostics', () => {
  it('says which Node was taken and why, and which tokenizer', async () => {
    const { lines } = await client.request(Diagnostics.type, {});
    const line = (name: string) => lines.find((l) => l.name === name)?.value ?? '';
    expect(line('extension')).toBe('0.0.0-test');
    expect(line('engine')).toBe(enginePath);
    expect(line('Node for the engine')).toMatch(/version \d+\.\d+\.\d+ \(first on the PATH/);
    expect(line('backend')).toMatch(/^\w+ on .+: /);
    expect(line('backend reference')).toMatch(/passed its self-check in \d+ ms$/);
    expect(line('tokenizer')).toBe(`${workspace.english} (bpe, 500 pieces)`);
  });
});
