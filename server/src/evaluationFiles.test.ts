import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readEvaluation } from './evaluationFiles.ts';
import { problemIn } from './problemWords.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'results-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (content: string) => {
  const file = path.join(folder, 'results.json');
  writeFileSync(file, content);
  return readEvaluation(file);
};

it('reads the results of newer and older harnesses', async () => {
  const newer = {
    results: { copa: { alias: 'copa', 'acc,none': 0.5, 'acc_stderr,none': 0.1, 'em,strict': 0.2 } },
    config: { model: 'hf', model_args: 'pretrained=/models/a,peft=/models/b' },
    date: 1_700_000_000.5,
  };
  expect(await read(JSON.stringify(newer))).toEqual({
    path: path.join(folder, 'results.json'),
    name: path.basename(folder),
    model: '/models/a',
    adapter: '/models/b',
    results: { copa: { acc: 0.5, acc_stderr: 0.1, 'em,strict': 0.2 } },
    at: 1_700_000_000_500,
  });
  const commas = { ...newer, config: { model: 'hf', model_args: 'pretrained=/models/a, b,peft=/models/c,d' } };
  expect(await read(JSON.stringify(commas))).toMatchObject({ model: '/models/a, b', adapter: '/models/c,d' });
  const older = { results: { copa: { acc: 0.5, macro_f1: 0.4 } }, versions: { copa: 0 }, config: { model: 'gpt2' } };
  expect(await read(JSON.stringify(older))).toMatchObject({ model: 'gpt2', results: { copa: { acc: 0.5 } } });
});

it('tells how each task was asked, how sure its figures are, and whose rows are there', async () => {
  const rows = path.join(folder, 'samples-copa.jsonl');
  writeFileSync(rows, '');
  const results = {
    results: { copa: { acc: 0.5, n: 20 }, nli: { acc: 0.3 } },
    intervals: { copa: { acc: [0.3, 0.7], macro_f1: [0, 'x'] } },
    versions: { copa: 2 },
    'n-shot': { copa: 5 },
    'n-samples': { copa: { original: 1000, effective: 20 } },
    configs: { copa: { split: 'test', truncated: 3, headline: 'macro_f1' } },
    config: { data: '/data', model_args: 'pretrained=/models/a' },
  };
  expect(await read(JSON.stringify(results))).toMatchObject({
    intervals: { copa: { acc: [0.3, 0.7] } },
    conditions: {
      copa: { split: 'test', shots: 5, rows: 20, available: 1000, truncated: 3, version: 2, headline: 'macro_f1' },
    },
    data: '/data',
    samples: ['copa'],
  });
  rmSync(rows);
});

it.each(['', '[]', '{"results": []}', '{"results": {"a": {"b": "c"}}}', '{"results": 5}'])(
  'passes over %j, which holds no results',
  async (content) => {
    expect(await read(content)).toBeUndefined();
  },
);

it('tells of results that are damaged, in either language, and of other files nothing', async () => {
  const whole = JSON.stringify({ results: { copa: { acc: 0.5 } }, config: { model: 'm' } });
  const info = await read(whole.slice(0, -3));
  expect(info).toMatchObject({ name: path.basename(folder), results: {} });
  expect(info?.problem).toMatchObject({
    what: expect.stringMatching(/^this is not JSON \(.+\)$/) as string,
    where: { file: path.join(folder, 'results.json') },
    remedy: 'Put a whole copy of it in its place, or evaluate the model again into another folder.',
  });
  const { what, remedy } = problemIn('ko', info!.problem!);
  expect(what).toMatch(/^JSON이 아닙니다/);
  expect(remedy).toBe('온전한 사본으로 바꾸거나, 모델을 다른 폴더로 다시 평가하세요.');

  const other = mkdtempSync(path.join(folder, 'other-'));
  const file = path.join(other, 'results.json');
  const others = async (content: string) => {
    writeFileSync(file, content);
    return readEvaluation(file);
  };
  for (const content of ['', '{"a": 1}\n{"a": 2}\n', '{"a": 1}', 'null']) expect(await others(content)).toBeUndefined();
  expect(await readEvaluation(path.join(other, 'gone/results.json'))).toBeUndefined();
  // The disk was full: nothing of it was written, and its rows stand beside it.
  writeFileSync(path.join(other, 'samples-copa.jsonl'), '');
  expect((await others(''))?.problem).toBeDefined();
});
