/** `bllossom eval` on the sample's own rows: figures that `tokenize` and `score` confirm, results on disk, clear refusals. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Workplace, root } from './bllossom.ts';

const place = new Workplace();
const sample = path.join(root, 'client/sample');
const model = place.path('model');
const copa = [
  '--model',
  model,
  '--data',
  path.join(sample, 'eval'),
  '--tasks',
  'kobest_copa',
  '--backend',
  'reference',
];
const lines = <T>(text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

async function done(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await place.run(...args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

beforeAll(async () => {
  const tokenizer = place.path('base.model');
  const text = path.join(sample, 'texts/ko.txt');
  await done(
    'vocab',
    'train',
    '--type',
    'bpe',
    '--input',
    text,
    '--size',
    '1100',
    '--byte-fallback',
    '--out',
    tokenizer,
  );
  const config = path.join(sample, 'model-config.json');
  await done('model', 'init', '--config', config, '--tokenizer', tokenizer, '--seed', '1', '--out', model);
});

describe('bllossom eval', () => {
  it('answers in JSON, and writes what it answered', async () => {
    const out = place.path('evaluations/first');
    const stdout = await done('eval', ...copa, '--limit', '6', '--out', out, '--json');
    const { results } = JSON.parse(stdout) as { results: Record<string, Record<string, number>> };
    expect(Object.keys(results['kobest_copa']!)).toEqual(['acc', 'macro_f1', 'n']);
    expect(results['kobest_copa']!['n']).toBe(6);
    const report = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as Record<string, unknown>;
    expect(report['results']).toEqual(results);

    interface Sample {
      readonly target: number;
      readonly arguments: readonly (readonly [string, string])[];
      readonly resps: readonly (readonly [number])[];
    }
    const samples = lines<Sample>(readFileSync(path.join(out, 'samples-kobest_copa.jsonl'), 'utf8'));
    const requests = samples.flatMap((one) => one.arguments);
    const ids = async (texts: readonly string[]) => {
      const file = place.write('texts.txt', `${texts.join('\n')}\n`);
      return lines<{ ids: number[] }>(await done('tokenize', '--tokenizer', model, '--json', file));
    };
    const contexts = await ids(requests.map(([context]) => context));
    const answers = await ids(requests.map(([, answer]) => answer));
    const rows = contexts.map((context, i) => JSON.stringify({ ids: [...context.ids, ...answers[i]!.ids] }));
    const file = place.write('rows.jsonl', `${rows.join('\n')}\n`);
    const scored = lines<{ logLikelihoods: number[] }>(
      await done('score', '--model', model, '--ids', file, '--json', '--backend', 'reference'),
    );
    const sums = scored.map((row, i) => row.logLikelihoods.slice(-answers[i]!.ids.length).reduce((a, b) => a + b, 0));
    for (const [i, [sum]] of samples.flatMap((one) => one.resps).entries()) expect(sum).toBeCloseTo(sums[i]!, 3);
    const right = samples.filter((one, i) => one.target === (sums[2 * i]! >= sums[2 * i + 1]! ? 0 : 1));
    expect(results['kobest_copa']!['acc']).toBeCloseTo(right.length / 6, 12);
  });

  it('gives the same answer again, one line a task, and says how to repeat it', async () => {
    const answers = [];
    for (const out of ['second', 'third']) {
      const stdout = await done('eval', ...copa, '--limit', '4', '--shots', '1', '--out', place.path(out));
      expect(stdout).toMatch(/^kobest_copa +acc 0\.\d{4} +macro_f1 0\.\d{4} +\(4 rows\)\n$/);
      answers.push(readFileSync(place.path(out, 'samples-kobest_copa.jsonl'), 'utf8'));
    }
    expect(answers[1]).toBe(answers[0]);
    const report = JSON.parse(readFileSync(place.path('second/results.json'), 'utf8')) as { command: string };
    expect(report.command).toMatch(/^bllossom eval --model \S+ --tasks kobest_copa .*--limit 4 --shots 1 /);
  });

  it.each<[string, string[], string]>([
    ['an unknown task', ['--tasks', 'kobest_copas'], "there is no task 'kobest_copas'. Choose among klue_nli, "],
    ['a limit of nothing', ['--limit', '0'], '"0" is not a whole number from 1'],
    [
      'data that is not there',
      ['--data', 'nowhere'],
      "kobest_copa's dev rows are missing. Put KoBEST COPA's own file there.",
    ],
    [
      'a split that is not there',
      ['--tasks', 'kobest_boolq', '--split', 'test'],
      "kobest_boolq's test rows are missing",
    ],
    ['a model that is not there', ['--model', 'nothing'], 'nothing'],
  ])('refuses %s', async (_, args, message) => {
    const out = place.path('refused');
    // An option is given once: these in place of their like.
    const others = copa.filter((_name, i) => !args.includes(copa[i - (i % 2)]!));
    const { status, stdout, stderr } = await place.run('eval', ...others, '--out', out, ...args);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(existsSync(out)).toBe(false);
  });

  it('refuses a directory that holds results, and leaves them', async () => {
    const out = place.path('kept');
    await done('eval', ...copa, '--limit', '1', '--out', out);
    const before = readFileSync(path.join(out, 'results.json'), 'utf8');
    const { status, stderr } = await place.run('eval', ...copa, '--limit', '2', '--out', out);
    expect(status).toBe(2);
    expect(stderr).toContain(`${out}: there are results here already. Choose another directory`);
    expect(readFileSync(path.join(out, 'results.json'), 'utf8')).toBe(before);
  });
});
