/** Runs in the editor: started, followed, stopped, and alive through the death of whoever started them. */
import { strict as assert } from 'node:assert';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DryRun, MetricRow, RunInfo, RunState } from '../../../server/src/protocol.ts';
import { inWorkspace, installed, until } from './tools.ts';

/** Writes a spec like the sample's, small enough for a test, and starts its run. */
async function start(name: string, steps: number): Promise<RunInfo> {
  const spec = {
    kind: 'pretrain',
    model: 'models/base',
    output: `runs/${name}`,
    seed: 1,
    data: [{ path: 'texts/en.txt', weight: 1, language: 'en' }],
    sequenceLength: 32,
    batchSize: 2,
    steps,
    optimizer: { learningRate: 1e-3 },
    checkpoint: { every: 20, keep: 2 },
  };
  const file = inWorkspace(`${name}.run.json`);
  await writeFile(file, JSON.stringify(spec));
  const run = await vscode.commands.executeCommand<RunInfo | undefined>('bllossom.startRun', file);
  const { api } = await installed();
  assert.ok(run, `the run did not start: ${api.messages().at(-1) ?? 'no message'}`);
  return run;
}

async function state(run: RunInfo, wanted: RunState, seconds = 60): Promise<RunInfo> {
  const { api } = await installed();
  const seen = () => api.runs().find(({ directory }) => directory === run.directory);
  const what = () => `the run ${run.name} to be ${wanted}; it is ${JSON.stringify(seen()?.status)}`;
  try {
    return await until(wanted, () => (seen()?.status.state === wanted ? seen() : undefined), seconds);
  } catch {
    throw new Error(`waited ${seconds} s in vain for ${what()}`);
  }
}

async function rowsOnDisk({ directory }: RunInfo): Promise<MetricRow[]> {
  const lines = (await readFile(path.join(directory, 'metrics.jsonl'), 'utf8')).split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as MetricRow);
}

/** Waits until the open curve of a run holds this many steps or more. */
async function curve({ directory }: RunInfo, steps: number): Promise<readonly MetricRow[]> {
  const { api } = await installed();
  return until(
    `${steps} steps in the curve of ${directory}`,
    () => {
      const rows = api.curveRows(directory);
      return rows !== undefined && rows.length >= steps ? rows : undefined;
    },
    90,
  );
}

/** Steps one after another from 1: none left out, none twice. */
const assertWhole = (rows: readonly MetricRow[]) =>
  assert.deepEqual(
    rows.map(({ step }) => step),
    rows.map((_, i) => i + 1),
  );

describe('a run', () => {
  it('is told of in all before it starts, and nothing is written', async () => {
    const { api } = await installed();
    const spec = {
      ...{ kind: 'pretrain', model: 'models/base', output: 'runs/dry', sequenceLength: 32, batchSize: 2, steps: 4 },
      data: [{ path: 'texts/en.txt', weight: 1, language: 'en' }],
    };
    const file = inWorkspace('dry.run.json');
    await writeFile(file, JSON.stringify(spec));
    const told = await vscode.commands.executeCommand<DryRun | undefined>('bllossom.dryRun', file);
    assert.ok(told, api.messages().at(-1));
    assert.equal(told.steps, 4);
    assert.equal(told.tokens, 4 * 2 * 32);
    assert.deepEqual(told.refused, []);
    const report = api.reportText() ?? '';
    assert.match(report, /of [\d,]+ parameters train \(100\.0 %\), in 4 steps/);
    assert.match(report, /model\.embed_tokens\.weight\t/);
    assert.match(report, /The program itself\tRAM\t\d+ MB/);
    await assert.rejects(async () => vscode.workspace.fs.stat(vscode.Uri.file(inWorkspace('runs/dry'))));
  });

  it('has its memory above its spec', async () => {
    const uri = vscode.Uri.file(inWorkspace('dry.run.json'));
    await vscode.window.showTextDocument(uri);
    const titles = async () =>
      (await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri)).map(
        ({ command }) => command?.title ?? '',
      );
    await until('the memory in the lens', async () => {
      const all = await titles();
      return all.some((title) => /^\d+ MB of [\d.]+ GB$/.test(title)) && all.includes('Dry run') ? all : undefined;
    });
  });

  it('draws its curve while it trains, and ends with all of it', async () => {
    const run = await start('short', 40);
    await vscode.commands.executeCommand('bllossom.showLossCurve', run);
    const some = await curve(run, 5);
    assertWhole(some);
    const done = await state(run, 'done', 120);
    assert.equal(done.status.step, 40);
    const rows = await curve(run, 40);
    assertWhole(rows);
    assert.deepEqual(rows, await rowsOnDisk(run));
    const mean = (part: readonly MetricRow[]) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    assert.ok(mean(rows.slice(-10)) < mean(rows.slice(0, 10)), 'the loss falls');
  });

  it('goes on while the language server dies, and its curve is whole when the server is back', async () => {
    const { api } = await installed();
    const run = await start('long', 500_000);
    await vscode.commands.executeCommand('bllossom.showLossCurve', run);
    const before = (await curve(run, 5)).length;
    const pid = api.serverPid();
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await until('another language server', () => {
      const now = api.serverPid();
      return now !== undefined && now !== pid ? now : undefined;
    });
    const rows = await curve(run, before + 20);
    assertWhole(rows);
    assert.deepEqual(rows.slice(0, before), (await rowsOnDisk(run)).slice(0, before));
  });

  it('waits where another one has the device, and says so', async () => {
    const second = await start('second', 10);
    const queued = await state(second, 'queued');
    assert.match(queued.status.message ?? '', /long/);
  });

  it('stops when asked to, with a checkpoint to resume from', async () => {
    const { api } = await installed();
    const run = api.runs().find(({ name }) => name === 'long');
    assert.ok(run);
    assert.equal(await vscode.commands.executeCommand('bllossom.stopRun', run), true);
    const stopped = await state(run, 'stopped');
    const rows = await rowsOnDisk(run);
    assertWhole(rows);
    assert.equal(rows.length, stopped.status.step);
    await vscode.workspace.fs.stat(
      vscode.Uri.file(path.join(run.directory, `checkpoints/step-${stopped.status.step}`)),
    );
    const waiting = api.runs().find(({ name }) => name === 'second');
    assert.ok(waiting);
    await state(waiting, 'done');
  });

  it('that is killed in the middle of a step is told of as interrupted, and resumes', async () => {
    const { api } = await installed();
    const run = api.runs().find(({ name }) => name === 'long');
    assert.ok(run);
    const resumed = await vscode.commands.executeCommand<RunInfo | undefined>('bllossom.resumeRun', run);
    assert.ok(resumed, api.messages().at(-1));
    const running = await state(run, 'running');
    const from = running.status.step;
    await curve(run, from + 25);
    process.kill((await state(run, 'running')).status.pid, 'SIGKILL');
    await state(run, 'interrupted');
    await until('a message', () => api.messages().find((text) => /long/.test(text) && /died/.test(text)));
    const again = await vscode.commands.executeCommand<RunInfo | undefined>('bllossom.resumeRun', run);
    assert.ok(again, api.messages().at(-1));
    await state(run, 'running');
    assertWhole(await curve(run, from + 30));
    await vscode.commands.executeCommand('bllossom.stopRun', run);
    await state(run, 'stopped');
    assertWhole(await rowsOnDisk(run));
  });

  it('whose output exists is refused with a clear message', async () => {
    const { api } = await installed();
    const told = api.messages().length;
    const file = inWorkspace('short.run.json');
    assert.equal(await vscode.commands.executeCommand('bllossom.startRun', file), undefined);
    const text = api.messages().slice(told).join('\n');
    assert.match(text, /runs\/short/);
  });

  it('whose spec names a missing file is refused with its name', async () => {
    const { api } = await installed();
    const told = api.messages().length;
    const text = await readFile(inWorkspace('short.run.json'), 'utf8');
    await writeFile(
      inWorkspace('missing.run.json'),
      text.replace('texts/en.txt', 'texts/none.txt').replace('runs/short', 'runs/missing'),
    );
    assert.equal(await vscode.commands.executeCommand('bllossom.startRun', inWorkspace('missing.run.json')), undefined);
    assert.match(api.messages().slice(told).join('\n'), /texts\/none\.txt/);
  });
});
