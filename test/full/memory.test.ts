/**
 * What opening a model takes of memory: a checkpoint of half a gigabyte, widened and handed over tensor by tensor. And what runs on
 * real texts take whose rows are not packed, beside what was foreseen.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { addonIsHere } from '../../engine/src/backends/native/addon.ts';
import { writeSafetensors } from '../../engine/src/model/files/safetensors.ts';
import { parseConfig } from '../../engine/src/model/files/config.ts';
import { parameterShapes } from '../../engine/src/model/files/parameters.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import { Workplace } from '../cli/bllossom.ts';
import { expectForeseen, fifteenMillion, makeModel, measure } from '../cli/measuredRun.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'memory-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = {
  architectures: ['LlamaForCausalLM'],
  hidden_size: 1024,
  intermediate_size: 2816,
  num_hidden_layers: 6,
  num_attention_heads: 16,
  vocab_size: 48000,
  tie_word_embeddings: true,
};

it('holds the weights once, beside the largest tensors on their way', { timeout: 600_000 }, async () => {
  const out = path.join(folder, 'dist');
  const built = spawnSync(process.execPath, ['esbuild.mjs', '--engine', '--outdir', out], { cwd: root });
  expect(built.status, String(built.stderr)).toBe(0);
  const peakOf = async (name: string, fields: object): Promise<{ weights: number; largest: number; peak: number }> => {
    const model = path.join(folder, name);
    const text = JSON.stringify({ ...config, ...fields });
    const shapes = parameterShapes(unwrap(parseConfig(text, 'config.json')));
    const bytes = (shape: readonly number[]) => 4 * shape.reduce((a, b) => a * b, 1);
    mkdirSync(model);
    writeFileSync(path.join(model, 'config.json'), text);
    const load = (shape: readonly number[]) => () => new Float32Array(bytes(shape) / 4).fill(0.01);
    await writeSafetensors(
      path.join(model, 'model.safetensors'),
      shapes.map((parameter) => ({ ...parameter, load: load(parameter.shape) })),
    );
    // tfjs keeps weights outside of JavaScript's memory, as every fast backend does.
    const args = ['generate', '--backend', 'tfjs', '--model', model, '--ids', '[1]', '--max-tokens', '0'];
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '-e',
        `process.on('exit', () => console.error('PEAK', process.resourceUsage().maxRSS)); require(process.argv[1])`,
      ].concat(path.join(out, 'bllossom.cjs'), args),
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    const peak = Number(/PEAK (\d+)/.exec(stderr)?.[1]) * 1024;
    const sizes = shapes.map(({ shape }) => bytes(shape));
    return { weights: sizes.reduce((a, b) => a + b, 0), largest: Math.max(...sizes), peak };
  };
  const small = await peakOf('small', { num_hidden_layers: 1, vocab_size: 8, hidden_size: 64, intermediate_size: 64 });
  const large = await peakOf('large', {});
  const taken = (large.peak - small.peak) / large.weights;
  process.stderr.write(
    `${(large.weights / 1e6).toFixed(0)} MB of float32 weights, the largest tensor ${(large.largest / 1e6).toFixed(0)} MB: ` +
      `${taken.toFixed(2)} times their size at the peak\n`,
  );
  expect(large.weights).toBeGreaterThan(480e6);
  // Once in whole, and the tensor on its way with the one before it that is not swept up yet.
  expect(taken).toBeLessThan(1 + (2.2 * large.largest) / large.weights);
});

const shared = path.resolve(root, '../shared/data');
const tokenizer = path.join(shared, 'tokenizers/llama2.model');

describe.skipIf(!addonIsHere() || !existsSync(tokenizer) || !existsSync('/proc/self/status'))(
  'texts, one a row',
  () => {
    const place = new Workplace();
    const lora = { rank: 8, alpha: 16, targets: ['q_proj', 'v_proj'] };
    const koalpaca = { kind: 'sft', data: [{ path: path.join(shared, 'sft/koalpaca.ko.json') }] };
    it.each([
      ['short reviews', { data: [{ path: path.join(shared, 'corpora/nsmc.ko.txt') }] }],
      ['instructions', koalpaca],
      ['instructions, adapters, more steps', { ...koalpaca, lora, batchSize: 1, gradientAccumulation: 2, steps: 20 }],
      ['instructions, checkpointed, written often', { ...koalpaca, activationCheckpointing: true, steps: 4 }],
    ])('are foreseen within a tenth: %s', { timeout: 300_000 }, async (name, fields) => {
      await makeModel(place, 'model', { ...fifteenMillion, max_position_embeddings: 1024 });
      copyFileSync(tokenizer, place.path('model/tokenizer.model'));
      const spec = { batchSize: 4, sequenceLength: 512, ...fields };
      expectForeseen(await measure(place, 'model', name.replaceAll(/\W+/g, '-'), spec), name);
    });
  },
);
