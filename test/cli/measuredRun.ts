/** A run in a process of its own, with what it took of memory at its peak beside what was foreseen. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { parseConfig } from '../../engine/src/model/files/config.ts';
import { parameterShapes, writeModelDirectory } from '../../engine/src/model/files.ts';
import { unwrap } from '../../engine/src/base/problem.ts';
import type { RunRecord } from '../../engine/src/runs/directory.ts';
import type { Workplace } from './bllossom.ts';

/** The shape that training is measured with throughout: 15 million parameters. */
export const fifteenMillion = {
  hidden_size: 288,
  intermediate_size: 768,
  num_hidden_layers: 6,
  num_attention_heads: 6,
  vocab_size: 32_000,
};

/** A model of small numbers, and rows of its ids beside it. */
export async function makeModel(
  place: Workplace,
  name: string,
  shape: Readonly<Record<string, number>>,
): Promise<void> {
  const all = {
    architectures: ['LlamaForCausalLM'],
    tie_word_embeddings: true,
    max_position_embeddings: 256,
    ...shape,
  };
  const config = unwrap(parseConfig(JSON.stringify(all), 'config.json'));
  const tensors = parameterShapes(config).map(({ name: tensor, shape: sizes }) => ({
    name: tensor,
    shape: sizes,
    load: () =>
      Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, (_, i) => (((i * 37) % 101) - 50) / 900),
  }));
  unwrap(await writeModelDirectory(place.path(name), { config, tensors }));
  const row = (r: number) => ({
    ids: Array.from({ length: 256 }, (_, i) => (i * i * 7 + r * 31 + i) % config.vocabularySize),
  });
  place.write(`${name}.jsonl`, Array.from({ length: 24 }, (_, r) => `${JSON.stringify(row(r))}\n`).join(''));
}

export interface Measured {
  readonly peak: number;
  readonly foreseen: number;
}

/** Trains two steps on the model of that name. Linux tells a process's peak. */
export async function measure(place: Workplace, model: string, name: string, fields: object): Promise<Measured> {
  const spec = place.spec(name, {
    ...{ model: place.path(model), data: [{ path: `${model}.jsonl` }], backend: 'native', packing: false, steps: 2 },
    checkpoint: { every: 1 },
    ...fields,
  });
  const told = place.write(
    'peak.cjs',
    `process.on('exit', () => require('fs').writeSync(2, 'PEAK ' + /VmHWM:\\s+(\\d+)/.exec(require('fs').readFileSync('/proc/self/status'))[1] + '\\n'))`,
  );
  const child = spawn(process.execPath, ['-r', told, place.bundle, 'train', spec], {
    cwd: place.folder,
    env: place.env,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const status = await new Promise((done) => child.on('close', done));
  expect(status, stderr).toBe(0);
  const record = JSON.parse(readFileSync(place.path('runs', name, 'run.json'), 'utf8')) as RunRecord;
  const foreseen = record.memory!.memories.find((memory) => memory.name === 'RAM')!.needed;
  return { peak: 1024 * Number(/PEAK (\d+)/.exec(stderr)![1]), foreseen };
}

/** Within a tenth. */
export function expectForeseen({ peak, foreseen }: Measured, name: string): void {
  const words = `${name}: foreseen ${(foreseen / 1e6).toFixed(0)} MB, peak ${(peak / 1e6).toFixed(0)} MB`;
  process.stderr.write(`${words} (${(100 * (foreseen / peak - 1)).toFixed(1)} %)\n`);
  expect(foreseen, words).toBeGreaterThan(0.9 * peak);
  expect(foreseen, words).toBeLessThan(1.1 * peak);
}
