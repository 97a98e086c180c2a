/** `bllossom eval` that was killed: what its directory holds of answers, half a line too, is gone on with, to the same bytes. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { Workplace, copaOf, root } from './bllossom.ts';

const place = new Workplace();
const sample = path.join(root, 'client/sample');
const model = place.path('model');
const asked = copaOf(model);
const run = (out: string, ...more: string[]) =>
  place.run('eval', ...asked, '--limit', '8', '--out', place.path(out), ...more);
const samples = (out: string) => readFileSync(place.path(out, 'samples-kobest_copa.jsonl'), 'utf8');
const cached = (out: string) =>
  (
    JSON.parse(readFileSync(place.path(out, 'results.json'), 'utf8')) as {
      configs: { kobest_copa: { scoring: { distinct: number; cached: number } } };
    }
  ).configs.kobest_copa.scoring;

beforeAll(async () => {
  const tokenizer = place.path('base.model');
  const text = path.join(sample, 'texts/ko.txt');
  const trained = ['--input', text, '--type', 'bpe', '--size', '1100', '--byte-fallback', '--out', tokenizer];
  expect(await place.run('vocab', 'train', ...trained)).toMatchObject({ status: 0 });
  const config = path.join(sample, 'model-config.json');
  const made = ['--config', config, '--tokenizer', tokenizer, '--seed', '1', '--out', model];
  expect(await place.run('model', 'init', ...made)).toMatchObject({ status: 0 });
});

it('goes on, keeps answers for later evaluations, and computes anew where it is told to', async () => {
  expect(await run('whole')).toMatchObject({ status: 0 });
  const folder = place.path('locks/evaluation-answers');
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  const [batch] = readFileSync(path.join(folder, name!), 'utf8').split('\n') as [string];
  // As a kill leaves it: some answers whole, others half.
  const { keys, sums, ...whose } = JSON.parse(batch) as { keys: string[]; sums: number[] };
  const line = (from: number, to: number) =>
    JSON.stringify({ ...whose, keys: keys.slice(from, to), sums: sums.slice(from, to) });
  mkdirSync(place.path('killed'));
  writeFileSync(place.path('killed/answers.jsonl'), `${line(0, 5)}\n${line(5, 9).slice(0, 60)}`);
  rmSync(folder, { recursive: true });
  expect(await run('killed', '--resume')).toMatchObject({ status: 0, stderr: '' });
  expect(cached('killed')).toMatchObject({ distinct: keys.length, cached: 5 });
  expect(existsSync(place.path('killed/answers.jsonl'))).toBe(false);
  const close = (a: string, b: string) => {
    const values = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .flatMap((row) => (JSON.parse(row) as { resps: number[][] }).resps.flat());
    expect(values(a).length).toBe(16);
    for (const [i, value] of values(a).entries()) expect(value).toBeCloseTo(values(b)[i]!, 3);
  };
  close(samples('killed'), samples('whole'));

  expect(await run('again')).toMatchObject({ status: 0 });
  expect(cached('again').cached).toBe(keys.length - 5);
  expect(await run('anew', '--no-cache')).toMatchObject({ status: 0 });
  expect(cached('anew').cached).toBe(0);
  expect(samples('anew')).toBe(samples('whole'));

  const refused = await run('nowhere', '--resume');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('nowhere: there is nothing to go on with. Leave --resume out to begin.');
});

it('stops at once when it is told to, within a batch, and says what is kept', async () => {
  const long = ['eval', ...asked, '--shots', '3', '--out', place.path('stopped')];
  const { child, ended } = place.start(...long, '--progress', 'json');
  child.stderr?.on('data', (text: string) => {
    if (text.includes('scoring')) child.kill('SIGINT');
  });
  const { status, stderr } = await ended;
  expect(status, stderr).toBe(130);
  expect(stderr).toMatch(/bllossom: stopped(\. The answers so far are kept: the same command goes on with them\.)?\n$/);
  expect(existsSync(place.path('stopped/results.json'))).toBe(false);
  // Another evaluation is not in the way of the next.
  expect(await place.run(...long, '--limit', '1')).toMatchObject({ status: 0 });
});
