/** What a model's config.json says in other words, and what training leaves out of it, in real runs. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { DryRun } from '../../engine/src/runs/dryRun.ts';
import { Workplace, tinyLlama } from './bllossom.ts';

const place = new Workplace();

it('a model as newer transformers write it trains the same, and attention_dropout is told once', async () => {
  cpSync(tinyLlama, place.path('newer'), { recursive: true });
  const { rope_theta, torch_dtype, rope_scaling, ...fields } = JSON.parse(
    readFileSync(place.path('newer/config.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect([rope_scaling ?? null, rope_theta !== 10_000]).toEqual([null, true]);
  const newer = {
    ...fields,
    ...{ rope_parameters: { rope_theta, rope_type: 'default' }, dtype: torch_dtype, attention_dropout: 0.1 },
  };
  writeFileSync(place.path('newer/config.json'), JSON.stringify(newer));
  const older = await place.run('train', place.spec('older', { steps: 3 }));
  const spec = place.spec('newer', { steps: 3, model: 'newer' });
  const dry = await place.run('train', spec, '--dry-run');
  const json = await place.run('train', spec, '--dry-run', '--json');
  const run = await place.run('train', spec);
  expect([older.status, dry.status, run.status], older.stderr + dry.stderr + run.stderr).toEqual([0, 0, 0]);
  expect(place.curve('newer')).toEqual(place.curve('older'));

  const told = /attention_dropout of the model's config\.json, 0\.1, is not applied/g;
  expect(older.stderr).not.toMatch(told);
  expect(run.stderr.match(told)).toHaveLength(1);
  expect(readFileSync(place.path('runs/newer/log.txt'), 'utf8').match(told)).toHaveLength(1);
  expect(dry.stdout.match(told)).toHaveLength(1);
  expect((JSON.parse(json.stdout) as DryRun).unapplied).toEqual([{ name: 'attention_dropout', value: 0.1 }]);
}, 60_000);
