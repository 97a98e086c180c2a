/** LoRA on the command line: PyTorch's curves, what the files hold, resuming, going on from an adapter, merging, new rows alone. */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { readModelDirectory, readSafetensors, writeModelDirectory } from '../../engine/src/model/files.ts';
import { readReferenceValues, type ReferenceValues } from '../conformance/referenceValues.ts';
import { Workplace, stories, tinyLlama } from './bllossom.ts';

const place = new Workplace();
const lora = { rank: 4, alpha: 8, dropout: 0, targets: ['q_proj', 'k_proj', 'v_proj'], init: 'sine' };
const tables = ['embed_tokens', 'lm_head'];

async function train(name: string, fields: object, ...more: string[]): Promise<string> {
  const { status, stderr } = await place.run('train', place.spec(name, fields), ...more);
  expect(status, stderr).toBe(0);
  return stderr;
}

/** Mean loss over the labels of rows, as `score` tells it. */
async function loss(ids: readonly number[][], labels: readonly number[][], ...model: string[]): Promise<number> {
  const file = place.write('score.jsonl', ids.map((row) => JSON.stringify({ ids: row })).join('\n'));
  const { status, stdout, stderr } = await place.run('score', ...model, '--ids', file, '--json', '--backend', 'auto');
  expect(status, stderr).toBe(0);
  const rows = stdout.trim().split('\n');
  const scores = rows.map((row) => (JSON.parse(row) as { logLikelihoods: number[] }).logLikelihoods);
  const counted = scores.flatMap((row, r) => row.filter((_, i) => labels[r]![i + 1]! >= 0));
  return -counted.reduce((sum, value) => sum + value, 0) / counted.length;
}

const rowsFile = (name: string, ids: readonly number[][], labels: readonly number[][]): string =>
  place.write(name, ids.map((row, r) => JSON.stringify({ ids: row, labels: labels[r] })).join('\n'));

/** The model with a row more for each list of parts: the mean of their rows. */
async function grown(model: string, parts: readonly (readonly number[])[], name: string): Promise<string> {
  const { config, tensors } = unwrap(await readModelDirectory(model));
  const { hiddenSize: width, vocabularySize } = config;
  const size = vocabularySize + parts.length;
  const larger = tensors.map((tensor) => {
    if (!/embed_tokens|lm_head/.test(tensor.name)) return tensor;
    const row = (ids: readonly number[]) =>
      Array.from(
        { length: width },
        (_, i) => ids.reduce((sum, id) => sum + tensor.data[id * width + i]!, 0) / ids.length,
      );
    return { ...tensor, shape: [size, width], data: Float32Array.from([...tensor.data, ...parts.flatMap(row)]) };
  });
  const out = place.path(name);
  const raw = { ...config.raw, base_vocab_size: vocabularySize };
  unwrap(await writeModelDirectory(out, { config: { ...config, vocabularySize: size, raw }, tensors: larger }));
  return out;
}

const models = [
  { name: 'tiny-llama', directory: tinyLlama, backend: 'reference' },
  { name: 'stories260K', directory: stories, backend: 'auto' },
];
describe.each(models)('on $name', ({ name, directory, backend }) => {
  const missing = !existsSync(path.join(directory, 'reference.json'));
  const values = (): ReferenceValues & { lora_sft: { loss_after?: number; loss_after_merged?: number } } =>
    readReferenceValues({ name, directory, missing: undefined });
  const fields = {
    backend,
    lora,
    trainable: tables,
    batchSize: 4,
    shuffle: false,
    steps: 20,
    optimizer: { learningRate: 1e-3 },
  };

  function expectCurve(
    run: string,
    curve: { loss: readonly number[]; grad_norm_before_clip: readonly number[] },
  ): void {
    const rows = place.rows(run);
    expect(rows).toHaveLength(curve.loss.length);
    rows.forEach((row, i) => {
      expect(Math.abs(row.loss / curve.loss[i]! - 1), `loss of step ${row.step}`).toBeLessThan(2e-3);
      const norm = curve.grad_norm_before_clip[i]!;
      expect(Math.abs(row.gradNorm / norm - 1), `gradient norm of step ${row.step}`).toBeLessThan(5e-2);
    });
  }

  it.skipIf(missing)("draws PyTorch's curve of adapters beside the tables", async () => {
    const { batch, lora_plain } = values();
    const data = [{ path: rowsFile(`${name}-plain.jsonl`, batch.ids, batch.sft_labels) }];
    const sizes = { batchSize: batch.ids.length };
    const log = await train(`${name}-plain`, { ...fields, ...sizes, model: directory, data });
    expectCurve(`${name}-plain`, lora_plain);
    expect(log).toMatch(/\d+ of \d+ parameters are trained \(\d+\.\d+ %\)/);
    expect(log).toMatch(/q_proj lora_A: \d tensors, \d+ parameters/);
    expect(log).toMatch(/(\d+) of the \1 rows that the first batch holds got a gradient/);
    expect(log).toMatch(/first factors got a gradient in step 2/);
  });

  it.skipIf(missing)('and beside new rows; the adapter and the merged model have the very loss', async () => {
    const { ids, labels, parts, loss_after: after, loss_after_merged: afterMerged, ...curve } = values().lora_sft;
    const model = await grown(directory, parts, `${name}-grown`);
    const data = [{ path: rowsFile(`${name}-sft.jsonl`, ids, labels) }];
    await train(`${name}-sft`, { ...fields, batchSize: ids.length, model, data });
    expectCurve(`${name}-sft`, curve);
    const adapter = place.path('runs', `${name}-sft/final`);
    const out = place.path(`${name}-merged`);
    const merge = await place.run('merge-adapter', '--model', model, '--adapter', adapter, '--out', out, '--json');
    expect(merge.status, merge.stderr).toBe(0);
    expect(JSON.parse(merge.stdout)).toMatchObject({ out, rank: 4, types: ['F32'] });
    const beside = await loss(ids, labels, '--model', model, '--adapter', adapter);
    const merged = await loss(ids, labels, '--model', out);
    expect(Math.abs(merged / beside - 1)).toBeLessThan(1e-6);
    if (after !== undefined) expect(Math.abs(beside / after - 1)).toBeLessThan(2e-3);
    if (afterMerged !== undefined) expect(Math.abs(merged / afterMerged - 1)).toBeLessThan(2e-3);
  });
});

describe('an adapter of a run', () => {
  const some = { lora: { ...lora, dropout: 0.1, init: 'kaiming' }, trainable: ['embed_tokens'], steps: 24 };

  it('is what PEFT writes; checkpoints hold what trains and no more; a killed run draws the same curve', async () => {
    await train('whole', some);
    const final = place.path('runs/whole/final');
    expect(readdirSync(final).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    expect(JSON.parse(readFileSync(path.join(final, 'adapter_config.json'), 'utf8'))).toMatchObject({
      ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', r: 4, lora_alpha: 8, lora_dropout: 0.1, bias: 'none' },
      ...{ target_modules: lora.targets, base_model_name_or_path: tinyLlama, modules_to_save: ['embed_tokens'] },
    });
    const layer = 'base_model.model.model.layers.0.self_attn.q_proj';
    const tensors = unwrap(await readSafetensors(path.join(final, 'adapter_model.safetensors')));
    expect(tensors.size).toBe(2 * 3 * 2 + 1);
    for (const [name, shape] of [
      [`${layer}.lora_A.weight`, [4, 32]],
      [`${layer}.lora_B.weight`, [40, 4]],
      ['base_model.model.model.embed_tokens.weight', [96, 32]],
    ] as const)
      expect(tensors.get(name)?.shape, name).toEqual(shape);
    const saved = unwrap(await readSafetensors(place.path('runs/whole/checkpoints/step-21/model.safetensors')));
    expect([...saved.keys()].filter((name) => !name.includes('lora_'))).toEqual(['model.embed_tokens.weight']);
    expect(JSON.parse(readFileSync(place.path('runs/whole/run.json'), 'utf8'))).toMatchObject({
      trains: { trained: 96 * 32 + 2 * 4 * (32 * 3 + 40 + 20 + 20) },
    });

    const spec = place.spec('killed', some);
    const { child, ended } = place.start('train', spec);
    const metrics = place.path('runs/killed/metrics.jsonl');
    const steps = () => (existsSync(metrics) ? place.rows('killed').length : 0);
    await expect.poll(steps, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(9);
    child.kill('SIGKILL');
    await ended;
    expect((await place.run('train', spec, '--resume')).status).toBe(0);
    expect(place.curve('killed')).toEqual(place.curve('whole'));
    const bytes = (run: string) => readFileSync(place.path('runs', run, 'final/adapter_model.safetensors'));
    expect(bytes('killed').equals(bytes('whole'))).toBe(true);
  });

  it("is the next run's model, and asked by its name alone", async () => {
    const plain = { model: 'runs/whole/final', steps: 2, optimizer: { learningRate: 1e-9 } };
    await train('next', { ...plain, lora: { ...some.lora, dropout: 0 } });
    // The step is next to nothing: the first loss is that of the adapter.
    const ids = [[1, 5, 9, 20, 33, 41]];
    const adapter = place.path('runs/whole/final');
    const before = await loss(ids, ids, '--model', tinyLlama, '--adapter', adapter);
    expect(before).not.toBeCloseTo(await loss(ids, ids, '--model', tinyLlama), 3);
    expect(await loss(ids, ids, '--model', adapter)).toBe(before);
    expect(await loss(ids, ids, '--model', place.path('runs/next/final'))).toBeCloseTo(before, 5);
    const config = JSON.parse(readFileSync(place.path('runs/next/final/adapter_config.json'), 'utf8')) as object;
    expect(config).toMatchObject({ base_model_name_or_path: tinyLlama, modules_to_save: ['embed_tokens'], r: 4 });
    const own = await train('own', plain); // without "lora" it goes on with the adapter's own
    expect(own).toMatch(/q_proj lora_A/);

    const other = await place.run('train', place.spec('other', { ...plain, lora: { ...lora, rank: 8 } }));
    expect([other.status, other.stderr]).toEqual([
      2,
      expect.stringMatching(/lora\.rank: the adapter that the run goes on from has rank 4\. Write that, or leave/),
    ]);
    cpSync(adapter, place.path('orphan'), { recursive: true });
    const file = place.path('orphan/adapter_config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(tinyLlama, 'gone/away'));
    const orphan = await place.run('train', place.spec('orphan', { ...plain, model: 'orphan' }));
    expect([orphan.status, orphan.stderr]).toEqual([
      2,
      expect.stringMatching(
        /line \d+:\d+, model: .*the model below the adapter is not there: gone\/away\. Put it back/,
      ),
    ]);
    mkdirSync(place.path('gone'));
    const scored = await place.run('score', '--model', file, '--adapter', place.path('gone'), '--ids', 'score.jsonl');
    expect([scored.status, scored.stderr]).toEqual([
      2,
      expect.stringMatching(/there is no adapter_config\.json in it/),
    ]);
  });

  it('trains beside a base in fewer bits, and keeps to the bit the tables that it came with', async () => {
    const model = 'runs/whole/final';
    const plain = { model, steps: 4, lora: some.lora };
    await train('full', plain);
    for (const baseQuantization of ['bfloat16', 'q8_0', 'nf4']) {
      await train(baseQuantization, { ...plain, baseQuantization });
      const [few, full] = [place.rows(baseQuantization), place.rows('full')].map((rows) =>
        rows.map(({ loss }) => loss),
      );
      expect(few).not.toEqual(full);
      for (const [i, loss] of few!.entries()) expect(Math.abs(loss / full![i]! - 1)).toBeLessThan(0.05);
      const table = async (run: string) =>
        unwrap(await readSafetensors(place.path(run, 'adapter_model.safetensors'))).get(
          'base_model.model.model.embed_tokens.weight',
        )!.data;
      expect(await table(`runs/${baseQuantization}/final`)).toEqual(await table(model));
    }
  });

  it('is refused beside a base in fewer bits where the backend has none', async () => {
    const spec = place.spec('few', { lora, steps: 1, backend: 'tfjs', baseQuantization: 'nf4' });
    for (const more of [[], ['--dry-run']]) {
      const { status, stdout, stderr } = await place.run('train', spec, ...more);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/baseQuantization: the backend tfjs keeps no weights in .*Use another backend/);
    }
    expect(existsSync(place.path('runs/few/checkpoints/step-1'))).toBe(false);
  });
});

describe('"newRowsOnly"', () => {
  const fields = {
    ...{ lora, trainable: tables, newRowsOnly: true, steps: 9 },
    optimizer: { learningRate: 1e-2, weightDecay: 0.1 },
  };
  const first = 96;

  it.each([
    ['beside adapters', fields],
    ['in TensorFlow.js', { ...fields, backend: 'tfjs' }],
    ['with micro-batches, without adapters', { ...fields, lora: undefined, gradientAccumulation: 2, batchSize: 2 }],
  ])('changes these rows alone, to the last bit, %s', async (how, given) => {
    const model = await grown(tinyLlama, [[5, 9, 11], [40, 41], [7]], `rows-${how.length}`);
    const ids = Array.from({ length: 12 }, (_, r) =>
      Array.from({ length: 20 }, (_unused, i) => (i * i * (r + 3) + 7 * r + i) % 98),
    );
    const data = [{ path: rowsFile(`rows-${how.length}.jsonl`, ids, ids) }];
    const name = `rows-${how.length}`;
    const log = await train(name, { ...given, model, data });
    expect(log).toMatch(/embed_tokens \(rows from 96\): 96 parameters/);
    expect(log).toMatch(/1 of the 3 rows of the embedding that train stand in no text of the data/);
    const before = unwrap(await readModelDirectory(model));
    const final = place.path('runs', name, 'final');
    const file = path.join(final, existsSync(path.join(final, 'config.json')) ? 'model' : 'adapter_model');
    const after = unwrap(await readSafetensors(`${file}.safetensors`));
    for (const table of ['model.embed_tokens.weight', 'lm_head.weight']) {
      const old = before.tensors.find((tensor) => tensor.name === table)!.data;
      const now = (after.get(table) ?? after.get(`base_model.model.${table}`))!.data;
      const bits = (data: Float32Array, from: number, to?: number) => [...new Uint32Array(data.slice(from, to).buffer)];
      expect(bits(now, 0, first * 32), `old rows of ${table}`).toEqual(bits(old, 0, first * 32));
      expect(bits(now, first * 32)).not.toEqual(bits(old, first * 32));
    }
    const moments = unwrap(await readSafetensors(place.path('runs', name, 'checkpoints/step-7/optimizer.safetensors')));
    expect(moments.get('model.embed_tokens.weight.rows.m')?.shape).toEqual([3, 32]);
    // Resumed from there, it ends in the same bytes.
    const bytes = () => readFileSync(`${file}.safetensors`);
    const whole = bytes();
    const curve = place.curve(name);
    rmSync(final, { recursive: true });
    const state = place.path('runs', name, 'state.json');
    writeFileSync(state, readFileSync(state, 'utf8').replace('"done"', '"stopped"'));
    expect((await place.run('train', place.path(`${name}.run.json`), '--resume')).status).toBe(0);
    expect(place.curve(name)).toEqual(curve);
    expect(bytes().equals(whole)).toBe(true);
  });
});
