/** From a byte-level tokenizer.json to a model that was trained with it: tokenize, merge, init, train, generate. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { byteLevelJson, jsonBytes } from '../../engine/src/tokenizers/testing/byteLevel.ts';
import { english, korean } from '../../engine/src/tokenizers/testing/models.ts';
import { tinyLlama, Workplace } from './bllossom.ts';

const place = new Workplace();

const run = async (...args: string[]) => {
  const { status, stdout, stderr } = await place.run(...args);
  expect(status, stderr).toBe(0);
  return stdout;
};

it('is a tokenizer like any other', async () => {
  const json = jsonBytes(byteLevelJson({ lines: [...english, ...english], merges: 100 }));
  place.write('base/tokenizer.json', Buffer.from(json).toString('utf8'));
  place.write(
    'base/tokenizer_config.json',
    JSON.stringify({ bos_token: '<|begin_of_text|>', eos_token: '<|end_of_text|>' }),
  );
  const text = place.write('ko.txt', [...korean, ...korean, ...korean].join('\n'));
  const row = JSON.parse(
    (await run('tokenize', '--tokenizer', place.path('base'), '--json', text)).split('\n')[0]!,
  ) as {
    spans: [number, number][];
    pieces: string[];
  };
  expect(row.spans.at(-1)![1]).toBe(korean[0]!.length);

  const korean8 = place.path('ko.model');
  await run(
    'vocab',
    'train',
    '--input',
    text,
    '--type',
    'bpe',
    '--size',
    '150',
    '--no-byte-fallback',
    '--out',
    korean8,
  );
  const merged = place.path('merged');
  const report = JSON.parse(
    await run('vocab', 'merge', '--base', place.path('base'), '--add', korean8, '--recipe', 'closed', '--out', merged, '--text', text, '--json'),
  ) as { base: number; union: number; text: { tokensBefore: number; tokensAfter: number } }; // prettier-ignore
  expect(report.base).toBe(358);
  expect(report.text.tokensAfter).toBeLessThan(report.text.tokensBefore / 1.5);
  expect(existsSync(path.join(merged, 'tokenizer_config.json'))).toBe(true);

  const config = JSON.parse(readFileSync(path.join(tinyLlama, 'config.json'), 'utf8')) as object;
  const file = place.write('config.json', JSON.stringify({ ...config, max_position_embeddings: 128 }));
  await run('model', 'init', '--config', file, '--tokenizer', merged, '--seed', '1', '--out', place.path('model'));
  const spec = place.spec('bytes', {
    model: 'model',
    backend: 'auto',
    sequenceLength: 32,
    steps: 4,
    data: [{ path: text }],
    optimizer: { learningRate: 1e-2 },
  });
  await run('train', spec);
  const rows = place.rows('bytes');
  expect(rows[0]!.loss).toBeCloseTo(Math.log(report.union), 1);
  expect(rows[3]!.loss).toBeLessThan(rows[0]!.loss);
  const final = place.path('runs/bytes/final');
  const same = readFileSync(path.join(final, 'tokenizer.json')).equals(
    readFileSync(path.join(merged, 'tokenizer.json')),
  );
  expect([same, existsSync(path.join(final, 'tokenizer.model'))]).toEqual([true, false]);
  const answer = JSON.parse(
    await run(
      'generate',
      '--model',
      final,
      '--prompt',
      korean[0]!,
      '--max-tokens',
      '4',
      '--temperature',
      '0',
      '--json',
    ),
  ) as { ids: number[]; promptTokens: number };
  expect(answer.ids.slice(0, 1)).toEqual([356]);
  expect(answer.ids.length).toBeGreaterThan(answer.promptTokens);
});
