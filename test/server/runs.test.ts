/**
 * Runs over the real protocol, with real run processes: every row once and in order, whatever comes and goes: the server,
 * the run's process, the tail of its metrics.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  EngineCommand,
  FollowRun,
  ListRuns,
  RunMetrics,
  RunStatusChanged,
  StartRun,
  StopRun,
  UnfollowRun,
  WorkspaceChanged,
} from '../../server/src/protocol.ts';
import type { MetricRow, RunInfo, RunState } from '../../server/src/protocol.ts';
import { LanguageClient, bundle } from './languageClient.ts';
import { makeWorkspace } from './workspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;
let env: NodeJS.ProcessEnv;
const started = new Set<number>();

const start = () => LanguageClient.start({ folders: [workspace.folder], env });

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  // A queue of its own: other runs on this machine shall not hold these up.
  env = { BLLOSSOM_STATE_DIR: path.join(workspace.folder, '.state') };
  client = await start();
  const config = path.join(workspace.folder, 'tiny.json');
  writeFileSync(
    config,
    JSON.stringify({
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: 500,
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      num_key_value_heads: 2,
      max_position_embeddings: 64,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      tie_word_embeddings: true,
    }),
  );
  const out = path.join(workspace.folder, 'model');
  const args = ['model', 'init', '--config', config, '--tokenizer', workspace.english, '--seed', '1', '--out', out];
  await client.request(EngineCommand.type, { args });
  writeFileSync(path.join(workspace.folder, 'text.txt'), 'The cat sat on the mat.\nThe dog ran home.\n'.repeat(40));
});

afterEach(() => client.forget());

afterAll(async () => {
  await client.stop();
  for (const pid of started) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended, as it should
    }
  }
  workspace.remove();
});

/** A spec for a run into `runs/NAME`; answers with the spec's and the run's paths. */
function spec(name: string, changes: Readonly<Record<string, unknown>> = {}) {
  mkdirSync(path.join(workspace.folder, 'runs'), { recursive: true });
  const file = path.join(workspace.folder, `${name}.run.json`);
  const text = {
    kind: 'pretrain',
    model: 'model',
    output: `runs/${name}`,
    backend: 'reference',
    data: [{ path: 'text.txt', language: 'en' }],
    sequenceLength: 16,
    batchSize: 1,
    steps: 20_000,
    checkpoint: { every: 10, keep: 2 },
    ...changes,
  };
  writeFileSync(file, JSON.stringify(text));
  return { file, directory: path.join(workspace.folder, 'runs', name) };
}

async function launch(file: string, resume = false): Promise<RunInfo> {
  const info = await client.request(StartRun.type, { spec: file, resume });
  started.add(info.status.pid);
  return info;
}

/** The rows as a client keeps them: the answer's, then what the notifications cut and bring. */
function kept(first: readonly MetricRow[], from: LanguageClient, directory: string): MetricRow[] {
  const rows = [...first];
  for (const told of from.told(RunMetrics.type)) {
    if (told.directory !== directory) continue;
    if (told.cutAfter !== undefined) while (rows.length > 0 && rows.at(-1)!.step > told.cutAfter) rows.pop();
    rows.push(...told.rows);
  }
  return rows;
}

const onDisk = (directory: string): MetricRow[] =>
  readFileSync(path.join(directory, 'metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as MetricRow);

const steps = (rows: readonly MetricRow[]): number[] => rows.map((row) => row.step);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

const state = (directory: string, ...states: RunState[]) =>
  client.until(
    RunStatusChanged.type,
    (run) => run.directory === directory && states.includes(run.status.state),
    40_000,
  );

const rowsFrom = (from: LanguageClient, directory: string, step: number) =>
  from.until(
    RunMetrics.type,
    (told) => told.directory === directory && told.rows.some((row) => row.step >= step),
    40_000,
  );

describe('a run', () => {
  it('starts, is followed row by row to its end, and is listed', async () => {
    const { file, directory } = spec('short', { steps: 25 });
    const info = await launch(file);
    expect(info).toMatchObject({ directory, name: 'short', kind: 'pretrain', specFile: file });
    const { rows } = await client.request(FollowRun.type, { directory });
    const { status } = await state(directory, 'done', 'failed');
    expect(status).toMatchObject({ state: 'done', step: 25, steps: 25 });
    const all = kept(rows, client, directory);
    expect(steps(all)).toEqual(upTo(25));
    expect(all).toEqual(onDisk(directory));
    const listed = await client.request(ListRuns.type, {});
    expect(listed.find((run) => run.directory === directory)?.status.state).toBe('done');
    // Followed once more, when all is over: the whole history.
    expect((await client.request(FollowRun.type, { directory })).rows).toEqual(all);
    await client.connection.sendNotification(UnfollowRun.type, { directory });
  });

  it('outlives the server; the next one follows it without a gap, and stops it', async () => {
    const { file, directory } = spec('long');
    const first = await start();
    const info = await first.request(StartRun.type, { spec: file });
    started.add(info.status.pid);
    await first.request(FollowRun.type, { directory });
    await rowsFrom(first, directory, 5);
    // The server is killed, as when the editor crashes.
    first.process.kill('SIGKILL');
    first.connection.dispose();

    const listed = await client.request(ListRuns.type, {});
    expect(listed.find((run) => run.directory === directory)?.status).toMatchObject({ pid: info.status.pid });
    const { rows } = await client.request(FollowRun.type, { directory });
    const last = rows.at(-1)!.step;
    await rowsFrom(client, directory, last + 10);
    expect(await client.request(StopRun.type, { directory })).toBeNull();
    const { status } = await state(directory, 'stopped');
    const all = kept(rows, client, directory);
    expect(steps(all)).toEqual(upTo(status.step));
    expect(all).toEqual(onDisk(directory));
    await expect(client.request(StopRun.type, { directory })).rejects.toThrow(/it is stopped/);
  });

  it('killed in the middle of a step is interrupted, says so, and goes on from its checkpoint without a doubled row', async () => {
    const { file, directory } = spec('killed', { checkpoint: { every: 7, keep: 2 } });
    const { status } = await launch(file);
    const { rows } = await client.request(FollowRun.type, { directory });
    await rowsFrom(client, directory, 17);
    process.kill(status.pid, 'SIGKILL');
    const dead = await state(directory, 'interrupted');
    expect(dead.status.message).toMatch(
      new RegExp(`^its process \\(pid ${status.pid}\\) ended without a word at step \\d+; Resume goes on`),
    );
    const before = kept(rows, client, directory);
    expect(steps(before)).toEqual(upTo(before.length));
    expect(before.length).toBeGreaterThanOrEqual(17);

    const again = await launch(file, true);
    expect(again.status.pid).not.toBe(status.pid);
    await rowsFrom(client, directory, before.length + 5);
    await client.request(StopRun.type, { directory });
    await state(directory, 'stopped');
    const after = kept(rows, client, directory);
    expect(after).toEqual(onDisk(directory));
    expect(steps(after)).toEqual(upTo(after.length));
    // Up to the checkpoint the rows are the first process's own; behind it they were made anew.
    const checkpoint = before.findIndex((row, i) => row.elapsed !== after[i]!.elapsed);
    expect(checkpoint % 7).toBe(0);
    expect(checkpoint).toBeLessThanOrEqual(before.length);
    expect(after.slice(0, before.length).map((row) => row.loss)).toEqual(before.map((row) => row.loss));
  });

  it('waits for its turn while another one has the device, and says for whom', async () => {
    const one = spec('one');
    const two = spec('two', { steps: 3 });
    await launch(one.file);
    await client.request(FollowRun.type, { directory: one.directory });
    await rowsFrom(client, one.directory, 1);
    const waiting = await launch(two.file);
    if (waiting.status.state !== 'queued') await state(two.directory, 'queued');
    const { status } = (await client.request(FollowRun.type, { directory: two.directory })).run;
    expect(status).toMatchObject({ state: 'queued', message: expect.stringContaining(one.directory) as unknown });
    await client.request(StopRun.type, { directory: one.directory });
    await state(two.directory, 'done');
  });

  it('followed from two windows tells both, and goes on when one of them stops looking', async () => {
    const { file, directory } = spec('shared');
    const other = await start();
    await launch(file);
    const mine = (await client.request(FollowRun.type, { directory })).rows;
    const theirs = (await other.request(FollowRun.type, { directory })).rows;
    await rowsFrom(other, directory, 5);
    await rowsFrom(client, directory, 5);
    await other.connection.sendNotification(UnfollowRun.type, { directory });
    await rowsFrom(client, directory, 15);
    await client.request(StopRun.type, { directory });
    await state(directory, 'stopped');
    // Who does not follow any more still hears how it ended.
    await other.until(RunStatusChanged.type, (run) => run.directory === directory && run.status.state === 'stopped');
    expect(kept(mine, client, directory)).toEqual(onDisk(directory));
    const seen = kept(theirs, other, directory);
    expect(seen).toEqual(onDisk(directory).slice(0, seen.length));
    expect(await other.stop()).toBe(0);
  });

  it('whose directory is removed while it is followed is told as gone', async () => {
    const { file, directory } = spec('removed', { steps: 2 });
    await launch(file);
    const { run } = await client.request(FollowRun.type, { directory });
    // Two steps may be over before the answer, which then says so itself.
    if (run.status.state !== 'done') await state(directory, 'done');
    client.forget();
    rmSync(directory, { recursive: true });
    await client.until(WorkspaceChanged.type, ({ what }) => what.includes('runs'));
    expect((await client.request(ListRuns.type, {})).some((run) => run.directory === directory)).toBe(false);
    await expect(client.request(StopRun.type, { directory })).rejects.toThrow(/no run here/);
  });

  it.each([
    ['a spec that is not there', () => path.join(workspace.folder, 'none.run.json'), /no such file/],
    ['data that is not there', () => spec('a', { data: [{ path: 'none.txt' }] }).file, /there is no file .*none\.txt/],
    ['a directory with a run in it', () => spec('short', { steps: 25 }).file, /already holds a run, done at step 25/],
    ['an output that is no run', () => spec('b', { output: 'tokenizers' }).file, /exists already, and it is not a run/],
  ])('is refused for %s, with the reason', async (_, file, reason) => {
    await expect(client.request(StartRun.type, { spec: file() })).rejects.toThrow(reason);
  });

  it('that is gone is told as gone', async () => {
    const directory = path.join(workspace.folder, 'runs/short');
    rmSync(directory, { recursive: true });
    await expect(client.request(FollowRun.type, { directory })).rejects.toThrow(/no run here/);
    expect((await client.request(ListRuns.type, {})).some((run) => run.directory === directory)).toBe(false);
  });
});
