/** What a run tells while it trains: figures and answers that `eval`, `generate` and `score` give of the model it leaves, and the same curve. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunSample } from '../../engine/src/protocol.ts';
import { Workplace, root, tinyLlama } from './bllossom.ts';

const place = new Workplace();
const sample = path.join(root, 'client/sample');
const taskData = path.join(sample, 'eval');
const held = '꽃이 핀 언덕';
const prompts = ['햄버거 쿵쾅', 'The children'];
const spec = (name: string, fields: object = {}) =>
  place.spec(name, {
    model: 'model',
    backend: 'auto',
    data: [
      { path: path.join(sample, 'texts/ko.txt'), language: 'ko', weight: 3 },
      { path: path.join(sample, 'texts/en.txt'), language: 'en', weight: 1 },
    ],
    sequenceLength: 48,
    batchSize: 4,
    steps: 12,
    checkpoint: { every: 4 },
    ...fields,
  });
const evaluation = {
  every: 5,
  data: [{ path: 'held.txt', language: 'ko' }],
  tasks: ['kobest_copa', 'klue_nli'],
  taskData,
  limit: 6,
  prompts,
  maxTokens: 24,
};
const samples = (run: string): RunSample[] =>
  readFileSync(place.path('runs', run, 'samples.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunSample);

async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await place.run(...args);
  expect(status, stderr).toBe(0);
  return stdout;
}
const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await done(...args, '--json')) as T;

/** What the last row and the last answers say, against the model that the run has left. */
async function confirm(run: string, model: readonly string[], kind: 'pretrain' | 'sft'): Promise<void> {
  const last = place.rows(run).at(-1)!;
  const out = place.path('evaluations', run);
  const tasks = evaluation.tasks.join(',');
  const data = ['--data', taskData, '--split', 'dev', '--limit', '6'];
  const { results } = await json<{ results: object }>('eval', ...model, '--tasks', tasks, ...data, '--out', out);
  expect(last.evaluation).toEqual(results);
  const answers = samples(run).filter(({ step }) => step === last.step);
  expect(answers.map(({ prompt }) => prompt)).toEqual(prompts);
  for (const { prompt, answer, newTokens } of answers) {
    const template = kind === 'sft' ? ['--template', 'alpaca'] : [];
    const generate = ['generate', ...model, '--prompt', prompt, ...template, '--max-tokens', '24'];
    const { text, ids, promptTokens } = await json<{ text: string; ids: number[]; promptTokens: number }>(...generate);
    // Where the last tokens are the first bytes of a syllable, the answer ends before it.
    expect([answer, newTokens]).toEqual([text.replace(/\uFFFD+$/u, ''), ids.length - promptTokens]);
  }
}

beforeAll(async () => {
  const config = JSON.parse(readFileSync(path.join(tinyLlama, 'config.json'), 'utf8')) as object;
  place.write('config.json', JSON.stringify({ ...config, max_position_embeddings: 256 }));
  place.write('held.txt', `${held}\n`);
  const tokenizer = place.path('ko.model');
  await done(
    'vocab',
    'train',
    '--input',
    path.join(sample, 'texts/ko.txt'),
    '--size',
    '600',
    '--coverage',
    '0.9',
    '--out',
    tokenizer,
  );
  await done('model', 'init', '--config', 'config.json', '--tokenizer', tokenizer, '--seed', '3', '--out', 'model');
});

describe('a run that is probed', () => {
  beforeAll(async () => {
    await done('train', spec('probed', { evaluation }));
    await done('train', spec('plain'));
  });

  it('draws the very curve of one that is not, and leaves the same weights', () => {
    expect(place.curve('probed')).toEqual(place.curve('plain'));
    const weights = (run: string) => readFileSync(place.path('runs', run, 'final/model.safetensors'));
    expect(weights('probed').equals(weights('plain'))).toBe(true);
  });

  it('measures every so many steps and after the last', () => {
    const rows = place.rows('probed');
    const measured = rows.flatMap(({ step, evaluation: found }) => (found === undefined ? [] : [step]));
    expect(measured).toEqual([5, 10, 12]);
    expect(rows.filter((row) => row.evaluationLoss !== undefined).map(({ step }) => step)).toEqual([5, 10, 12]);
    expect(samples('probed').map(({ step }) => step)).toEqual([5, 5, 10, 10, 12, 12]);
    expect(rows.map((row) => row.samples)).toEqual([, , , , 2, , , , , 2, , 2].map((n) => n));
  });

  it('says what eval and generate say of the model it leaves', () =>
    confirm('probed', ['--model', place.path('runs/probed/final')], 'pretrain'));

  it('says of held-out text what score says', async () => {
    const [{ ids, spans }] = (await done('tokenize', '--tokenizer', 'ko.model', '--json', 'held.txt'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { ids: number[]; spans: unknown[] }) as [{ ids: number[]; spans: unknown[] }];
    expect(spans.length).toBe(ids.length);
    const rows = place.write('held.jsonl', JSON.stringify({ ids: [1, ...ids, 2] }));
    const model = place.path('runs/probed/final');
    const { loss } = await json<{ loss: number }>('score', '--model', model, '--ids', rows);
    const last = place.rows('probed').at(-1)!;
    expect(last.evaluationLoss).toBeCloseTo(loss, 5);
    expect(last.evaluationLossByLanguage).toEqual({ ko: last.evaluationLoss });
    const bits = (loss * (ids.length + 1)) / Math.LN2 / Buffer.byteLength(held);
    expect(last.evaluationBitsPerByte).toBeCloseTo(bits, 5);
  });

  it('counts what it has read of each source', () => {
    const { sources } = JSON.parse(readFileSync(place.path('runs/probed/run.json'), 'utf8')) as {
      sources: { tokens: number; share: number; epochs: number }[];
    };
    for (const row of place.rows('probed')) expect(row.sourceTokens!.reduce((a, b) => a + b)).toBe(row.tokens);
    const { sourceTokens, tokens } = place.rows('probed').at(-1)!;
    sources.forEach((source, i) => {
      expect(sourceTokens![i]! / tokens).toBeCloseTo(source.share, 12);
      expect(sourceTokens![i]! / source.tokens).toBeCloseTo(source.epochs, 12);
    });
    expect(sources[0]!.share).toBeGreaterThan(0.6);
  });

  it('is exported for other programs, and nothing that is there is written over', async () => {
    const run = place.path('runs/probed');
    const csv = place.path('probed.csv');
    const { rows } = await json<{ rows: number }>('run', 'export', run, '--out', csv);
    expect(rows).toBe(12);
    const [head, ...lines] = readFileSync(csv, 'utf8').split('\r\n');
    expect(head).toContain('evaluationLoss_ko,kobest_copa_acc');
    expect(lines.slice(0, -1).map((line) => line.split(',')[3])).toEqual(
      place.rows('probed').map(({ loss }) => `${loss}`),
    );
    expect(await done('run', 'export', run)).toBe(readFileSync(csv, 'utf8'));
    const again = await place.run('run', 'export', run, '--out', csv);
    expect([again.status, again.stderr]).toEqual([2, expect.stringMatching(/probed\.csv: this file exists already/)]);
    const folder = place.path('tensorboard');
    const { file } = await json<{ file: string }>('run', 'export', run, '--format', 'tensorboard', '--out', folder);
    expect(path.basename(file)).toMatch(/^events\.out\.tfevents\.\d{10}\.probed$/);
    expect(readFileSync(file).includes(samples('probed')[0]!.prompt)).toBe(true);
    const none = await place.run('run', 'export', place.path('model'));
    expect([none.status, none.stderr]).toEqual([2, expect.stringMatching(/there is no run here/)]);
  });

  it('gives the same rows and answers when it is killed and resumed', async () => {
    const file = spec('killed', { evaluation });
    const { child, ended } = place.start('train', file);
    const found = () => {
      try {
        return place.rows('killed').length;
      } catch {
        return 0;
      }
    };
    await expect.poll(found, { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(5);
    child.kill('SIGKILL');
    await ended;
    const resumed = await place.run('train', file, '--resume');
    expect(resumed.status, resumed.stderr).toBe(0);
    const told = (run: string) => place.rows(run).map((row) => ({ ...row, elapsed: 0, tokensPerSecond: 0, memory: 0 }));
    expect(told('killed')).toEqual(told('probed'));
    expect(samples('killed')).toEqual(samples('probed'));
  });

  it('is not resumed on other rows of a task', async () => {
    const own = place.path('own/kobest/COPA/dev.tsv');
    const rows = readFileSync(path.join(taskData, 'kobest/COPA/dev.tsv'), 'utf8');
    place.write('own/kobest/COPA/dev.tsv', rows);
    const file = spec('other', { evaluation: { every: 2, tasks: ['kobest_copa'], taskData: 'own' }, steps: 100_000 });
    const { child, ended } = place.start('train', file);
    await expect.poll(() => place.checkpoints('other'), { timeout: 60_000, interval: 20 }).not.toEqual([]);
    child.kill('SIGKILL');
    await ended;
    writeFileSync(own, `${rows.trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
    const { status, stderr } = await place.run('train', file, '--resume');
    expect([status, stderr]).toEqual([2, expect.stringMatching(/dev\.tsv: this file has changed/)]);
  });
});

it('of adapters beside new rows says what eval and generate say of them', async () => {
  const lora = { rank: 4, alpha: 8, dropout: 0.1, targets: ['q_proj', 'v_proj'] };
  const rows = { trainable: ['embed_tokens', 'lm_head'], newRowsOnly: true, newRowsFrom: 400 };
  const data = [{ path: path.join(sample, 'instructions/instructions.ko.json') }];
  const more = { kind: 'sft', data, sequenceLength: 256, batchSize: 2, steps: 4 };
  await done(
    'train',
    spec('adapter', { ...more, lora, ...rows, evaluation: { ...evaluation, every: 3, data: undefined } }),
  );
  await confirm('adapter', ['--model', 'model', '--adapter', place.path('runs/adapter/final')], 'sft');
});

it('refuses a prompt that does not fit, before the first step', async () => {
  const long = { every: 5, prompts: ['짧다', '가'.repeat(400)] };
  const { status, stderr } = await place.run('train', spec('long', { evaluation: long }));
  expect([status, stderr.trim().split('\n').at(-1)]).toEqual([
    2,
    expect.stringMatching(/evaluation\.prompts\[1\]: the prompt has \d+ tokens, and the model's window 256/),
  ]);
});
