import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProblemError, ok } from '../base/problem.ts';
import type { Batches, StepBatch } from '../data/batches.ts';
import type { NamedTensor, StepResult, TensorToLoad, TrainingSession } from '../model/sessions.ts';
import type { MetricRow } from '../protocol.ts';
import { readCheckpoint } from '../runs/checkpoints.ts';
import { MetricsWriter, readMetrics, readSamples, truncateMetrics, truncateSamples } from '../runs/metrics.ts';
import { probe } from './probes.ts';
import { learningRateAt } from './schedule.ts';
import { type TrainingJob, train } from './train.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'train-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A session whose only weight counts its steps; `losses` are what steps answer with. */
class CountingSession implements TrainingSession {
  readonly parameters = [{ name: 'w', shape: [1], trainable: true }];
  steps = 0;
  constructor(
    private readonly losses: (step: number) => number,
    private readonly onWeights: () => void = () => undefined,
  ) {}
  step(): Promise<StepResult> {
    const loss = this.losses(++this.steps);
    const byClass = { sums: Float64Array.of(loss, 3 * loss, 0), counts: Float64Array.of(1, 1, 0) };
    return Promise.resolve({ loss, gradNorm: 1, byClass });
  }
  loss() {
    return Promise.resolve({ sums: Float64Array.of(6, 2), counts: Float64Array.of(3, 1) });
  }
  weights(): Promise<NamedTensor[]> {
    this.onWeights();
    return Promise.resolve([{ name: 'w', shape: [1], data: Float32Array.of(this.steps) }]);
  }
  weightsToLoad(): TensorToLoad[] {
    const load = async () => (await this.weights())[0]!.data;
    return [{ name: 'w', shape: [1], load }];
  }
  optimizerState() {
    return { step: this.steps, tensors: [] };
  }
  readonly room = (elements: number) => new Float32Array(elements);
  restore(): Promise<void> {
    return Promise.reject(new Error('not asked for'));
  }
  dispose(): void {
    // holds nothing
  }
}

const batch: StepBatch = { microBatches: [], tokens: 10, labels: 8, bytes: 16, bySource: [10] };
const job = (session: TrainingSession, more: Partial<TrainingJob>): Omit<TrainingJob, 'metrics' | 'onRow'> => ({
  directory: folder,
  session,
  batches: { step: () => batch } as unknown as Batches,
  languages: ['ko', 'en', 'ja'],
  spec: { optimizer: { ...baseSpec().optimizer, schedule: 'linear' }, checkpoint: { every: 2, keep: 2 } },
  steps: 9,
  start: { step: 0, tokens: 0, elapsed: 0 },
  signal: new AbortController().signal,
  onMessage: () => undefined,
  ...more,
});
async function run(session: TrainingSession, more: Partial<TrainingJob> = {}) {
  const rows: MetricRow[] = [];
  const metrics = new MetricsWriter(folder);
  const end = await train({ ...job(session, more), metrics, onRow: (row) => void rows.push(row) });
  metrics.close();
  expect(readMetrics(folder)).toEqual(rows);
  return { end, rows };
}
const checkpoints = () => readdirSync(path.join(folder, 'checkpoints')).sort();

describe('train', () => {
  it('writes a row a step, and keeps the newest checkpoints', async () => {
    const { end, rows } = await run(new CountingSession((step) => 10 - step));
    expect(end).toEqual({ state: 'done', step: 9 });
    expect(rows).toHaveLength(9);
    expect(rows[2]).toMatchObject({ step: 3, tokens: 30, loss: 7, lossByLanguage: { ko: 7, en: 21 } });
    expect(rows[2]!.bitsPerByte).toBeCloseTo((7 * 8) / Math.LN2 / 16, 12);
    expect(checkpoints()).toEqual(['step-6', 'step-8']);
    const checkpoint = await readCheckpoint(folder);
    expect(checkpoint).toMatchObject({ ok: true, value: { step: 8, tokens: 80, optimizerStep: 8 } });
  });

  it('tells the loss of old pieces, new ones and bytes apart, in all languages together', async () => {
    const session = new CountingSession(() => 1);
    const byClass = {
      sums: Float64Array.of(2, 9, 0, 4, 0, 5, 3, 0, 0),
      counts: Float64Array.of(2, 3, 0, 1, 0, 1, 1, 0, 0),
    };
    session.step = () => Promise.resolve({ loss: 1, gradNorm: 1, byClass });
    const kinds = ['old', 'new', 'byte'] as const;
    const { rows } = await run(session, { languages: ['ko', 'en'], kinds, steps: 1 });
    expect(rows[0]).toMatchObject({
      lossByLanguage: { ko: 11 / 5, en: 9 / 2 },
      lossByKind: { old: (2 + 4 + 3) / 4, new: 3, byte: 5 },
    });
  });

  it('measures the held-out loss over all its label tokens', async () => {
    const spec = { ...baseSpec(), evaluation: { every: 4, data: [] } };
    const session = new CountingSession(() => 1);
    const heldOut = { longest: 1, batches: [{} as never, {} as never], labels: 8, bytes: 24 };
    const probes = { heldOut, tasks: [], prompts: [], maxTokens: 0, eosIds: [] };
    const { rows } = await run(session, {
      spec,
      probe: (step, work) => probe(step, session as never, probes, { languages: ['ko', 'en'] }, work),
    });
    expect(rows.map((row) => row.evaluationLoss)).toEqual([, , , 2, , , , 2, 2].map((v) => v));
    expect(rows[3]!.evaluationLossByLanguage).toEqual({ ko: 2, en: 2 });
    expect(rows[3]!.evaluationBitsPerByte).toBeCloseTo(16 / Math.LN2 / 24, 12);
  });

  it('tells the held-out loss of languages and kinds apart, over all batches', async () => {
    const session = new CountingSession(() => 1);
    const answers = [
      { sums: Float64Array.of(2, 9, 0, 4, 0, 5), counts: Float64Array.of(2, 3, 0, 1, 0, 1) },
      { sums: Float64Array.of(1, 0, 4, 0, 0, 0), counts: Float64Array.of(1, 0, 1, 0, 0, 0) },
    ];
    session.loss = () => Promise.resolve(answers.shift()!);
    const heldOut = { longest: 1, batches: [{} as never, {} as never], labels: 9, bytes: undefined };
    const probes = { heldOut, tasks: [], prompts: [], maxTokens: 0, eosIds: [] };
    const classes = { languages: ['ko', 'en'], kinds: ['old', 'new', 'byte'] as const };
    const found = await probe(7, session as never, probes, classes, {});
    expect(found).toEqual({
      ok: true,
      value: {
        row: {
          evaluationLoss: 25 / 9,
          evaluationLossByLanguage: { ko: 16 / 7, en: 9 / 2 },
          evaluationLossByKind: { old: 7 / 4, new: 3, byte: 9 / 2 },
        },
        samples: [],
      },
    });
  });

  it('keeps the row of a step that was being measured when it was stopped, and completes it on resuming', async () => {
    const spec = { ...baseSpec(), evaluation: { every: 2, data: [] } };
    const stop = new AbortController();
    const asked: number[] = [];
    const probeOnce = (step: number) => {
      asked.push(step);
      if (asked.length === 2) {
        stop.abort(new Error('stopped'));
        return Promise.reject(stop.signal.reason as Error);
      }
      const samples = [{ step, prompt: 'p', answer: `a${step}`, newTokens: 1, reason: 'length' as const }];
      return Promise.resolve(ok({ row: { evaluation: { t: { acc: step } }, samples: 1 }, samples }));
    };
    const start = { step: 0, tokens: 0, elapsed: 0, sourceTokens: [0] };
    const session = new CountingSession((step) => step);
    const first = await run(session, { spec, steps: 5, signal: stop.signal, probe: probeOnce, start });
    expect(first.end).toEqual({ state: 'stopped', step: 4 });
    expect(readMetrics(folder).map((row) => row.step)).toEqual([1, 2, 3]);
    const checkpoint = await readCheckpoint(folder);
    if (!checkpoint.ok || checkpoint.value === undefined) throw new Error('no checkpoint');
    expect(checkpoint.value.row).toMatchObject({ step: 4, loss: 4, sourceTokens: [40] });

    const metrics = new MetricsWriter(folder);
    const rows: MetricRow[] = [];
    const end = await train({
      ...job(session, { spec, steps: 5, probe: probeOnce, start: checkpoint.value }),
      ...{ metrics, onRow: (row: MetricRow) => void rows.push(row) },
    });
    metrics.close();
    expect(end).toEqual({ state: 'done', step: 5 });
    expect(asked).toEqual([2, 4, 4, 5]);
    expect(rows.map(({ step, evaluation }) => [step, evaluation])).toEqual([
      [4, { t: { acc: 4 } }],
      [5, { t: { acc: 5 } }],
    ]);
    expect(readMetrics(folder).map((row) => row.step)).toEqual([1, 2, 3, 4, 5]);
    expect(rows.at(-1)!.sourceTokens).toEqual([50]);
    expect((await readSamples(folder)).map(({ step, answer }) => [step, answer])).toEqual([
      [2, 'a2'],
      [4, 'a4'],
      [5, 'a5'],
    ]);
    await truncateSamples(folder, 3);
    expect((await readSamples(folder)).map(({ step }) => step)).toEqual([2]);
  });

  it('ends with what is wrong where what is measured between steps cannot be', async () => {
    const spec = { ...baseSpec(), checkpoint: { every: 2, keep: 2 }, evaluation: { every: 3, data: [] } };
    const noAnswer = () => Promise.reject(new ProblemError({ what: 'the model answers with no number' }));
    const { end } = await run(new CountingSession(() => 1), { spec, probe: noAnswer });
    expect(end).toEqual({ state: 'failed', step: 3, problem: { what: 'the model answers with no number' } });
    expect(checkpoints()).toEqual(['step-2']);
  });

  it('stops after its step with a checkpoint', async () => {
    const stop = new AbortController();
    const session = new CountingSession((step) => {
      if (step === 3) stop.abort();
      return 1;
    });
    const { end } = await run(session, { signal: stop.signal });
    expect(end).toEqual({ state: 'stopped', step: 3 });
    expect(checkpoints()).toEqual(['step-2', 'step-3']);
  });

  it('fails where the loss is no number, and keeps the last good checkpoint', async () => {
    const { end, rows } = await run(new CountingSession((step) => (step === 5 ? NaN : 1)));
    expect(end).toMatchObject({ state: 'failed', step: 4 });
    expect(end.problem?.what).toBe('the loss of step 5 is NaN: the training has diverged');
    expect(end.problem?.remedy).toMatch(/The checkpoint of step 4 is kept/);
    expect(rows).toHaveLength(4);
    expect(checkpoints()).toEqual(['step-2', 'step-4']);
  });

  it('says of a model that gives no number before anything was trained that its weights are at fault', async () => {
    const { end } = await run(new CountingSession(() => NaN));
    expect(end.problem).toEqual({
      what: 'the loss is NaN before anything was trained: the model answers with no number',
      remedy: 'Check its weights: the run that made it may have diverged, or a file may be damaged.',
    });
  });

  it('fails clearly where the disk is full, and loses nothing that stands', async () => {
    let writes = 0;
    const session = new CountingSession(
      () => 1,
      () => {
        if (++writes < 2) return;
        throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: 'write' });
      },
    );
    const { end } = await run(session);
    expect(end).toMatchObject({
      state: 'failed',
      step: 4,
      problem: { what: 'the disk is full', where: { file: folder } },
    });
    expect(end.problem?.remedy).toBe('Free some space and resume. The run goes on from the checkpoint of step 2.');
    expect(checkpoints()).toEqual(['step-2']);
  });

  it('says where no token has a label, and lets a bug be a bug', async () => {
    const empty = { step: () => ({ ...batch, labels: 0 }) } as unknown as Batches;
    const { end } = await run(new CountingSession(() => 1), { batches: empty });
    expect(end.problem?.what).toBe("no token of step 1's batch has a label");
    const bug = new CountingSession(() => {
      throw new TypeError('a bug');
    });
    await expect(run(bug)).rejects.toThrow('a bug');
  });
});

function baseSpec(): TrainingJob['spec'] {
  return {
    optimizer: {
      learningRate: 1,
      betas: [0.9, 0.95],
      epsilon: 1e-8,
      weightDecay: 0,
      gradientClip: 1,
      schedule: 'constant',
      warmup: 0,
    },
    checkpoint: { every: 100, keep: 1 },
  };
}

describe('truncateMetrics', () => {
  it('keeps the tail in the next free file, and passes over a torn line', async () => {
    await run(new CountingSession(() => 1), { steps: 6 });
    await truncateMetrics(folder, 4);
    await truncateMetrics(folder, 4);
    await truncateMetrics(folder, 1);
    expect(readMetrics(folder).map((row) => row.step)).toEqual([1]);
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'metrics.1.jsonl', 'metrics.2.jsonl', 'metrics.jsonl']);
  });
});

describe('learningRateAt', () => {
  const rates = (schedule: 'constant' | 'linear' | 'cosine', warmup: number, steps = 10): number[] =>
    Array.from({ length: steps }, (_, i) => learningRateAt(i + 1, steps, { learningRate: 8, schedule, warmup }));
  it('rises in the warm-up, then stays or falls', () => {
    expect(rates('constant', 0)).toEqual(Array(10).fill(8));
    expect(rates('constant', 0.4)).toEqual([2, 4, 6, 8, 8, 8, 8, 8, 8, 8]);
    expect(rates('linear', 0.2)).toEqual([4, 8, 8, 7, 6, 5, 4, 3, 2, 1]);
    const cosine = rates('cosine', 0.2);
    expect(cosine.slice(0, 3)).toEqual([4, 8, 8]);
    expect(cosine[6]).toBeCloseTo(4, 12);
    expect(rates('cosine', 1)).toEqual(
      [0.8, 1.6, 2.4, 3.2, 4, 4.8, 5.6, 6.4, 7.2, 8].map((v) => expect.closeTo(v) as number),
    );
  });
});
