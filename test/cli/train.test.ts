/** Runs from the command line: to the end, stopped, killed, queued, refused; and the curve that must survive it all. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { attach } from '../../engine/src/protocolClient.ts';
import { Metrics, type MetricRow, type RunStatus, Status, Stop } from '../../engine/src/protocol.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { readModelDirectory } from '../../engine/src/model/files.ts';
import { spawnRun } from '../../engine/src/runs/spawn.ts';
import { readStatus } from '../../engine/src/runs/state.ts';
import { Workplace, stories, tinyLlama } from './bllossom.ts';

const place = new Workplace();
const status = (run: string): RunStatus | undefined => readStatus(place.path('runs', run));
const last = (text: string): Record<string, unknown> =>
  JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
const stepsOf = (run: string): number =>
  existsSync(place.path('runs', run, 'metrics.jsonl')) ? place.rows(run).length : 0;
/** A run that goes on until it is ended. */
const endless = { steps: 100_000, checkpoint: { every: 5 } };

describe('a run', () => {
  beforeAll(async () => {
    const { status: code, stdout, stderr } = await place.run('train', place.spec('whole'), '--json');
    expect(stderr).toMatch(/done at step 30/);
    expect(code).toBe(0);
    expect(last(stdout)).toMatchObject({ state: 'done', step: 30, steps: 30, directory: place.path('runs/whole') });
  });

  it('leaves its spec, its curve, two checkpoints and a model', () => {
    const record = JSON.parse(readFileSync(place.path('runs/whole/run.json'), 'utf8')) as {
      spec: Record<string, unknown>;
      inputs: { path: string; sha256: string }[];
    };
    expect(record.spec).toMatchObject({ seed: 42, sequenceLength: 64, gradientAccumulation: 1 });
    expect(record.inputs.find((i) => i.path.endsWith('rows.jsonl'))?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(readdirSync(place.path('runs/whole/checkpoints')).sort()).toEqual(['step-21', 'step-28']);
    expect(readdirSync(place.path('runs/whole/final')).sort()).toEqual(['config.json', 'model.safetensors']);
    const rows = place.rows('whole');
    expect(rows.map((row) => row.step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(rows[29]!.loss).toBeLessThan(rows[0]!.loss - 0.5);
    expect(rows[1]!.tokens).toBeGreaterThan(rows[0]!.tokens);
    expect(status('whole')).toMatchObject({ state: 'done', step: 30, backend: 'reference' });
    expect(existsSync(status('whole')!.socket)).toBe(false);
  });

  it('goes on after a kill at any moment with the very same curve', async () => {
    const spec = place.spec('killed');
    const moment = 3 + Math.floor(Math.random() * 24);
    const { child, ended } = place.start('train', spec);
    await expect.poll(() => stepsOf('killed'), { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(moment);
    child.kill('SIGKILL');
    await ended;
    expect(status('killed')?.state, `killed at step ${moment}`).toBe('interrupted');
    const done = stepsOf('killed');
    place.write('runs/killed/.final.tmp-123-0a1b2c3d/config.json', '{}'); // as a kill while it writes the model leaves it
    const { status: code } = await place.run('train', spec, '--resume', '--json');
    expect(code).toBe(0);
    expect(place.curve('killed')).toEqual(place.curve('whole'));
    const from = Math.floor(done / 7) * 7;
    if (done > from) expect(place.rows('killed', 'metrics.1.jsonl').map((row) => row.step)).toContain(done);
    const weights = (run: string) => readFileSync(place.path('runs', run, 'final/model.safetensors'));
    expect(weights('killed').equals(weights('whole'))).toBe(true);
    expect(readdirSync(place.path('runs/killed')).filter((name) => name.includes('.tmp-'))).toEqual([]);
  });

  it('stops on a signal after the step, with a checkpoint, and goes on from it', async () => {
    const spec = place.spec('stopped');
    const { child, ended } = place.start('train', spec, '--json');
    await expect.poll(() => stepsOf('stopped'), { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(2);
    child.kill('SIGINT');
    const { status: code, stdout } = await ended;
    expect(code).toBe(130);
    const { state, step } = last(stdout);
    expect(state).toBe('stopped');
    expect(readdirSync(place.path('runs/stopped/checkpoints'))).toContain(`step-${String(step)}`);
    // Which activations are kept may change on the way: it changes no bit.
    place.spec('stopped', { activationCheckpointing: true });
    const stateFile = place.path('runs/stopped/state.json');
    const elsewhere = { ...(JSON.parse(readFileSync(stateFile, 'utf8')) as object), device: 'another card' };
    writeFileSync(stateFile, JSON.stringify(elsewhere));
    expect((await place.run('train', spec, '--resume')).status).toBe(0);
    expect(place.curve('stopped')).toEqual(place.curve('whole'));
    expect(existsSync(place.path('runs/stopped/metrics.1.jsonl'))).toBe(false);
    expect(readFileSync(place.path('runs/stopped/log.txt'), 'utf8')).toMatch(
      /so far it computed with \w+ on another card: from here on the last bits of its curve may be others/,
    );
  });

  it('is refused where one stands already, and has nothing to resume elsewhere', async () => {
    const again = await place.run('train', place.path('whole.run.json'));
    expect(again.status).toBe(2);
    expect(again.stderr).toMatch(/already holds a run, done at step 30\. Name another output/);
    expect(again.stderr.trim().split('\n')).toHaveLength(1);
    // What is done is done with its own spec: no other one is taken for done with it.
    const longer = await place.run('train', place.spec('whole', { steps: 40 }), '--resume');
    expect([longer.status, longer.stderr]).toEqual([2, expect.stringMatching(/"steps" in the spec has changed/)]);
    expect((await place.run('train', place.spec('whole'), '--resume')).status).toBe(0);
    const resumed = await place.run('train', place.spec('nothing'), '--resume');
    expect([resumed.status, resumed.stderr]).toEqual([2, expect.stringMatching(/no run to resume/)]);
    place.write('runs/foreign/notes.txt', 'mine');
    const foreign = await place.run('train', place.spec('foreign'));
    expect([foreign.status, foreign.stderr]).toEqual([2, expect.stringMatching(/it is not a run/)]);
    expect(readdirSync(place.path('runs/foreign'))).toEqual(['notes.txt']);
  });

  it('is not resumed with another spec or other data', async () => {
    const spec = place.spec('changed', { steps: 8 });
    const { child, ended } = place.start('train', spec);
    await expect.poll(() => stepsOf('changed'), { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(1);
    child.kill('SIGTERM');
    await ended;
    if (status('changed')?.state === 'done') return; // it was faster than the signal
    const other = await place.run('train', place.spec('changed', { steps: 8, seed: 7 }), '--resume');
    expect([other.status, other.stderr]).toEqual([2, expect.stringMatching(/"seed" in the spec has changed/)]);
    place.spec('changed', { steps: 8 });
    writeFileSync(place.path('rows.jsonl'), '{"ids":[1,2,3]}\n');
    const data = await place.run('train', spec, '--resume');
    expect([data.status, data.stderr]).toEqual([2, expect.stringMatching(/rows\.jsonl: this file has changed/)]);
  });
});

describe('bad input', () => {
  it.each([
    ['a missing spec', () => place.path('none.run.json'), /none\.run\.json: there is no such file/],
    ['a broken spec', () => place.write('broken.run.json', '{\n  "kind": \n}'), /broken\.run\.json, line 3:1: .*JSON/],
    [
      'a missing file',
      () => place.spec('missing', { data: [{ path: 'none.txt' }] }),
      /missing\.run\.json, line 9:15, data\[0\]\.path: there is no file .*none\.txt/,
    ],
    ['an unknown backend', () => place.spec('backend', { backend: 'abacus' }), /there is no backend "abacus"/],
    [
      'a broken row',
      () => place.spec('row', { data: [{ path: place.write('bad.jsonl', '{"ids":[1,2]}\n{"ids":[1,999]}\n') }] }),
      /bad\.jsonl, line 2: id 999 is outside the model's vocabulary of 96/,
    ],
  ])('%s is one clear line and status 2', async (_, spec, message) => {
    const { status: code, stdout, stderr } = await place.run('train', spec());
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n').at(-1)).toMatch(message);
  });

  it('that kept a run from its first step does not keep its directory', async () => {
    const spec = place.spec('mended', { data: [{ path: place.write('later.jsonl', '{}\n') }], steps: 2 });
    expect((await place.run('train', spec)).status).toBe(2);
    expect(status('mended')).toMatchObject({ state: 'failed', problem: { where: { line: 1 } } });
    writeFileSync(place.path('later.jsonl'), '{"ids":[1,2,3]}\n');
    expect((await place.run('train', spec)).status).toBe(0);
  });
});

describe('a run that goes', () => {
  it('tells those who attach, lets another wait, and stops when asked', async () => {
    const first = place.start('train', place.spec('first', endless), '--json');
    await expect.poll(() => stepsOf('first'), { timeout: 30_000 }).toBeGreaterThan(0);
    const second = place.start('train', place.spec('second', { steps: 2 }), '--json');
    await expect.poll(() => status('second')?.state, { timeout: 30_000 }).toBe('queued');
    expect(status('second')?.message).toBe(`waits for run ${place.path('runs/first')} (pid ${first.child.pid ?? 0})`);

    const same = await place.run('train', place.path('first.run.json'), '--resume');
    expect([same.status, same.stderr]).toEqual([2, expect.stringMatching(/this run goes on/)]);

    const states: string[] = [];
    const rows: MetricRow[] = [];
    const attached = await attach(status('first')!.socket, {
      client: 'a test',
      prepare: (connection) => {
        connection.onNotification(Status.type, ({ state }) => {
          if (states.at(-1) !== state) states.push(state);
        });
        connection.onNotification(Metrics.type, (row) => void rows.push(row));
      },
    });
    if (!attached.ok) throw new Error(attached.problem.what);
    expect(attached.value.hello).toMatchObject({ kind: 'run', directory: place.path('runs/first') });
    await expect.poll(() => rows.length, { timeout: 30_000 }).toBeGreaterThan(2);
    await attached.value.connection.sendRequest(Stop.type, {});
    const outcome = await first.ended;
    expect([outcome.status, last(outcome.stdout)['state']]).toEqual([130, 'stopped']);
    await expect.poll(() => states.at(-1)).toBe('stopped');
    expect(states.filter((state) => state !== 'stopping')).toEqual(['running', 'stopped']);
    expect(rows.map((row) => row.step)).toEqual(rows.map((_, i) => rows[0]!.step + i));
    expect(last((await second.ended).stdout)).toMatchObject({ state: 'done', step: 2 });
  });

  it.skipIf(process.platform !== 'linux')('goes on after it was suspended; who waits for it is told', async () => {
    const spec = place.spec('held', endless);
    const held = place.start('train', spec);
    await expect.poll(() => stepsOf('held'), { timeout: 30_000 }).toBeGreaterThan(3);
    held.child.kill('SIGSTOP');
    const again = await place.run('train', spec, '--resume');
    expect([again.status, again.stderr]).toEqual([2, expect.stringMatching(/suspended \(pid \d+\).*kill -CONT \d+/)]);
    const behind = place.start('train', place.spec('behind', { steps: 2 }));
    await expect.poll(() => status('behind')?.state, { timeout: 30_000 }).toBe('queued');
    expect(status('behind')?.message).toMatch(/^waits for run .*held, which is suspended \(kill -CONT \d+ lets it/);
    behind.child.kill('SIGINT');
    expect((await behind.ended).status).toBe(130);
    held.child.kill('SIGCONT');
    held.child.kill('SIGINT');
    expect((await held.ended).status).toBe(130);
    expect(status('held')?.state).toBe('stopped');
  });

  it('frees the device when it is killed', async () => {
    const first = place.start('train', place.spec('holder', endless));
    await expect.poll(() => stepsOf('holder'), { timeout: 30_000 }).toBeGreaterThan(0);
    const second = place.start('train', place.spec('heir', { steps: 1 }));
    await expect.poll(() => status('heir')?.state, { timeout: 30_000 }).toBe('queued');
    first.child.kill('SIGKILL');
    expect((await second.ended).status).toBe(0);
  });

  it('is given up in the queue without a trace of harm', async () => {
    const first = place.start('train', place.spec('front', endless));
    await expect.poll(() => stepsOf('front'), { timeout: 30_000 }).toBeGreaterThan(0);
    const second = place.start('train', place.spec('back', { steps: 1 }));
    await expect.poll(() => status('back')?.state, { timeout: 30_000 }).toBe('queued');
    second.child.kill('SIGTERM');
    expect((await second.ended).status).toBe(130);
    expect(status('back')).toMatchObject({ state: 'stopped', step: 0 });
    first.child.kill('SIGKILL');
    await first.ended;
    expect((await place.run('train', place.path('back.run.json'), '--resume')).status).toBe(0);
  });
});

describe('spawnRun', () => {
  const options = { nodePath: process.execPath, enginePath: place.bundle, env: place.env };

  it('starts a run that goes on by itself, with its log in its directory', async () => {
    const started = await spawnRun(place.spec('spawned', { steps: 3 }), options);
    expect(started).toEqual({ ok: true, value: place.path('runs/spawned') });
    await expect.poll(() => status('spawned')?.state, { timeout: 30_000 }).toBe('done');
    expect(readFileSync(place.path('runs/spawned/log.txt'), 'utf8')).toMatch(/step 3\/3: loss .*\n.* done at step 3/);
  });

  it('answers with the problem, and leaves no directory behind', async () => {
    const spec = place.spec('unborn', { data: [{ path: 'none.txt' }] });
    expect(await spawnRun(spec, options)).toMatchObject({ ok: false, problem: { where: { line: 9 } } });
    const broken = await spawnRun(place.spec('unborn'), { ...options, enginePath: place.path('none.cjs') });
    expect(broken).toMatchObject({
      ok: false,
      problem: { what: expect.stringMatching(/ended before it began/) as string },
    });
    expect(await spawnRun(place.path('whole.run.json'), options)).toMatchObject({ ok: false });
    rmSync(place.path('runs/unborn'), { recursive: true, force: true });
  });
});

describe('"trainable"', () => {
  it("trains what it names and nothing else; final/ is a whole model, and the next run's", async () => {
    const { status: code, stderr } = await place.run('train', place.spec('head', { trainable: ['lm_head'], steps: 9 }));
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/\d+ of \d+ parameters are trained/);
    const [before, after] = await Promise.all(
      [tinyLlama, place.path('runs/head/final')].map(async (model) => unwrap(await readModelDirectory(model))),
    );
    const changed = before!.tensors.filter(({ data }, i) => !data.every((x, j) => x === after!.tensors[i]!.data[j]));
    expect(changed.map(({ name }) => name)).toEqual([
      before!.config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    ]);
    expect(after!.tensors).toHaveLength(before!.tensors.length);
    const next = place.spec('next', { model: 'runs/head/final', trainable: ['layers.0.', 'embed_tokens'], steps: 1 });
    expect((await place.run('train', next)).status).toBe(0);
  });

  it('goes on after a stop with the very same curve', async () => {
    const only = { trainable: ['embed_tokens', 'norm'], steps: 24 };
    expect((await place.run('train', place.spec('someWhole', only))).status).toBe(0);
    const spec = place.spec('some', only);
    const { child, ended } = place.start('train', spec);
    await expect.poll(() => stepsOf('some'), { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(2);
    child.kill('SIGKILL');
    await ended;
    expect((await place.run('train', spec, '--resume')).status).toBe(0);
    expect(place.curve('some')).toEqual(place.curve('someWhole'));
  });

  it('is refused where it names nothing of the model', async () => {
    const { status: code, stderr } = await place.run('train', place.spec('nobody', { trainable: ['lora_A'] }));
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/trainable\[0\]: no parameter .* called "lora_A"\. Name/),
    ]);
  });
});

describe.skipIf(!existsSync(stories))('with ../shared: a real Llama on the command line', () => {
  it.each([
    ['in one batch', { batchSize: 2 }],
    ['a row at a time', { batchSize: 1, gradientAccumulation: 2 }],
  ])('draws the curve that PyTorch drew, %s', async (_, sizes) => {
    const reference = JSON.parse(readFileSync(path.join(stories, 'reference.json'), 'utf8')) as {
      batch: { ids: number[][] };
      adamw_full: { loss: number[]; grad_norm_before_clip: number[] };
    };
    const rows = place.write('stories.jsonl', reference.batch.ids.map((ids) => JSON.stringify({ ids })).join('\n'));
    const name = `stories-${sizes.batchSize}`;
    const spec = place.spec(name, {
      model: stories,
      backend: 'auto',
      data: [{ path: rows }],
      ...sizes,
      shuffle: false,
      steps: 20,
      optimizer: { learningRate: 1e-3, weightDecay: 0.1 },
    });
    const outcome = await place.run('train', spec, '--json');
    expect(outcome.status, outcome.stderr).toBe(0);
    place.rows(name).forEach((row, i) => {
      const { loss, grad_norm_before_clip: norm } = reference.adamw_full;
      expect(Math.abs(row.loss / loss[i]! - 1), `loss of step ${row.step}`).toBeLessThan(2e-3);
      expect(Math.abs(row.gradNorm / norm[i]! - 1), `gradient norm of step ${row.step}`).toBeLessThan(5e-2);
      expect(row.bitsPerByte).toBeUndefined();
    });
  });
});
