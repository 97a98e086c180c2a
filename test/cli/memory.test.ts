/** What a run is foreseen to take of memory is what it takes; one that cannot fit is refused with figures; a dry run tells it all. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DryRun } from '../../engine/src/runs/dryRun.ts';
import { addonIsHere } from '../../engine/src/backends/native/addon.ts';
import { Workplace } from './bllossom.ts';
import { expectForeseen, fifteenMillion, makeModel, measure } from './measuredRun.ts';

const place = new Workplace();
const lora = { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] };

describe.skipIf(!addonIsHere() || !existsSync('/proc/self/status'))('the memory of a run', () => {
  it('of a tiny model is foreseen within a tenth', { timeout: 120_000 }, async () => {
    await makeModel(place, 'small', { ...fifteenMillion, hidden_size: 96, num_hidden_layers: 2, vocab_size: 512 });
    expectForeseen(await measure(place, 'small', 'tiny', { batchSize: 8 }), 'tiny');
  });

  it('of adapters beside the embedding, with accumulation and held-out loss, is foreseen within a tenth', async () => {
    await makeModel(place, 'whole', fifteenMillion);
    const measured = await measure(place, 'whole', 'lora', {
      ...{ lora, trainable: ['embed_tokens'], batchSize: 1, gradientAccumulation: 2 },
      evaluation: { every: 2, data: [{ path: 'small.jsonl' }] },
      data: [{ path: 'small.jsonl' }],
    });
    expectForeseen(measured, 'adapters beside the embedding');
  }, 120_000);

  it('whose rows are not packed is foreseen by the rows that are read, and by held-out ones apart', async () => {
    await makeModel(place, 'single', fifteenMillion);
    const row = (length: number, r: number) =>
      `${JSON.stringify({ ids: Array.from({ length }, (_, i) => (i * i * 7 + r * 31) % 32_000) })}\n`;
    // The longest row is read after the last step.
    place.write('uneven.jsonl', [...Array.from({ length: 8 }, (_, r) => row(40 + r, r)), row(256, 8)].join(''));
    place.write('held.jsonl', row(120, 9) + row(90, 10));
    const uneven = { data: [{ path: 'uneven.jsonl' }], shuffle: false, batchSize: 4 };
    expectForeseen(await measure(place, 'single', 'uneven', uneven), 'rows that are not packed');
    const evaluation = { every: 2, data: [{ path: 'held.jsonl' }] };
    const held = await measure(place, 'single', 'held', { ...uneven, evaluation });
    expectForeseen(held, 'held-out rows longer than those that train');
  }, 120_000);

  it('of adapters beside a base in four bits is foreseen within a tenth', async () => {
    const shape = { ...fifteenMillion, hidden_size: 768, intermediate_size: 2048, num_attention_heads: 12 };
    await makeModel(place, 'wide', { ...shape, vocab_size: 8000 });
    const measured = await measure(place, 'wide', 'nf4', { lora, baseQuantization: 'nf4', batchSize: 1 });
    expectForeseen(measured, 'adapters beside a base in four bits');
  }, 120_000);
});

describe('a dry run', () => {
  it('tells data, what trains, memory and steps, and writes nothing', async () => {
    const spec = place.spec('dry', {
      ...{ lora, trainable: ['embed_tokens'], newRowsOnly: true, newRowsFrom: 90, packing: false, steps: 3 },
    });
    const before = readdirSync(place.folder, { recursive: true });
    const { status, stdout, stderr } = await place.run('train', spec, '--dry-run', '--json');
    expect(status, stderr).toBe(0);
    expect(readdirSync(place.folder, { recursive: true })).toEqual(before);
    const run = JSON.parse(stdout) as DryRun;
    expect(run).toMatchObject({
      steps: 3,
      tokensPerStep: 4 * 22,
      refused: [],
    });
    const lengths = Array.from({ length: 12 }, (_, r) => 20 + (r % 3)).reduce((a, b) => a + b, 0);
    expect(run.sources).toMatchObject([{ documents: 12, tokens: lengths, labels: lengths - 12, share: 1, epochs: 1 }]);
    expect(run.tokens).toBe(lengths);
    const [table, ...factors] = run.trains.tensors;
    expect(table).toEqual({ name: 'model.embed_tokens.weight', shape: [6, 32], parameters: 6 * 32, rowsFrom: 90 });
    expect(factors.every(({ name }) => /\.(q|v)_proj\.lora_[AB]\.weight$/.test(name))).toBe(true);
    expect(run.trains.trained).toBe(run.trains.tensors.reduce((sum, { parameters }) => sum + parameters, 0));
    const parts = run.memory!.parts.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(run.memory!.memories).toEqual([expect.objectContaining({ name: 'RAM', needed: parts })]);

    const words = await place.run('train', spec, '--dry-run');
    expect(words.stdout).toMatch(/3 steps of up to 88 tokens: about 252 tokens in all/);
    expect(words.stdout).toMatch(/embed_tokens\.weight \[6, 32\], the rows from 90 on/);
  });

  it('says by its status that the run would be refused', async () => {
    const spec = place.spec('taken');
    expect((await place.run('train', spec)).status).toBe(0);
    const { status, stdout, stderr } = await place.run('train', spec, '--dry-run', '--json');
    expect([status, stderr]).toEqual([1, '']);
    expect((JSON.parse(stdout) as DryRun).refused[0]?.what).toMatch(/already holds a run/);
  });

  it('is bad input where the run would be', async () => {
    const { status, stderr } = await place.run(
      'train',
      place.spec('lost', { data: [{ path: 'none.jsonl' }] }),
      '--dry-run',
    );
    expect([status, stderr]).toEqual([2, expect.stringMatching(/there is no file/)]);
  });
});

describe('a run that cannot fit', () => {
  it('is refused before it touches anything, with figures and what would make it fit', async () => {
    const seven = { hidden_size: 4096, intermediate_size: 11_008, num_hidden_layers: 32, num_attention_heads: 32 };
    const config = { architectures: ['LlamaForCausalLM'], vocab_size: 32_000, max_position_embeddings: 4096, ...seven };
    place.write('huge/config.json', JSON.stringify(config));
    const spec = place.spec('huge', { model: 'huge', sequenceLength: 4096, batchSize: 1024 });
    const { status, stderr } = await place.run('train', spec);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bllossom: the run needs about \d+ GB of memory, and the machine has [\d.]+ GB\./);
    expect(stderr).toMatch(/"batchSize": 1 and "gradientAccumulation": 1024: [\d.]+/);
    expect(stderr).toMatch(/"activationCheckpointing": true: [\d.]+/);
    expect(existsSync(place.path('runs/huge'))).toBe(false);
  });
});
