/** Evaluations as the editor asks for them: what the results say, rows by queries, two models on the same rows, files of many rows. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CompareEvaluations,
  EvaluationDetail,
  EvaluationRows,
  ListEvaluations,
  ListTasks,
  PublishedResults,
} from '../../server/src/protocol.ts';
import type { LanguageClient } from './languageClient.ts';
import { startInWorkspace } from './startInWorkspace.ts';
import type { TestWorkspace } from './workspace.ts';

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  ({ workspace, client } = await startInWorkspace());
});
afterAll(async () => {
  expect(await client.stop()).toBe(0);
  workspace.remove();
});

interface TestRow {
  readonly gold: number;
  /** Of two candidates. */
  readonly logs: readonly [number, number];
  readonly context?: string;
  readonly tokens?: object;
}

/** Writes an evaluation of one task whose candidates are ` 아니오` and ` 예`. */
function evaluation(name: string, rows: readonly TestRow[], conditions: object = {}): string {
  const folder = path.join(workspace.folder, 'evaluations', name);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'results.json');
  const right = rows.filter(({ gold, logs }) => logs[gold]! >= Math.max(...logs)).length;
  const results = {
    results: { boolq: { acc: right / rows.length, n: rows.length } },
    config: { model_args: `pretrained=/models/${name}`, data: '/data' },
    ...conditions,
  };
  writeFileSync(file, JSON.stringify(results));
  const lines = rows.map(({ gold, logs, context = `문장 ${gold}`, tokens }, i) =>
    JSON.stringify({
      doc_id: i,
      source: { file: 'kobest/test.tsv', line: i + 2 },
      target: gold,
      prediction: logs[0] >= logs[1] ? 0 : 1,
      arguments: [' 아니오', ' 예'].map((candidate) => [context, candidate]),
      resps: logs.map((value) => [value]),
      ...(tokens === undefined ? {} : { tokens }),
    }),
  );
  writeFileSync(path.join(folder, 'samples-boolq.jsonl'), `${lines.join('\n')}\n`);
  return file;
}

const all: EvaluationRows.Query = { search: '', sort: 'row', descending: false };
const rowsOf = (file: string, query: Partial<EvaluationRows.Query> = {}, more: Partial<EvaluationRows.Params> = {}) =>
  client.request(EvaluationRows.type, {
    ...{ path: file, task: 'boolq', query: { ...all, ...query }, from: 0, count: 50 },
    ...more,
  });
const ids = ({ rows }: EvaluationRows.Answer) => rows.map(({ id }) => id);

const log = Math.log;
const rows: readonly TestRow[] = [
  {
    gold: 0,
    logs: [log(0.9), log(0.1)],
    context: '비가 온다',
    tokens: { context: 4, byte: 0, new: 1, candidates: [1, 1] },
  },
  {
    gold: 0,
    logs: [log(0.3), log(0.7)],
    context: '눈이 온다',
    tokens: { context: 9, byte: 5, new: 0, candidates: [1, 1] },
  },
  {
    gold: 1,
    logs: [log(0.2), log(0.8)],
    context: 'RAIN falls',
    tokens: { context: 6, byte: 0, new: 0, candidates: [1, 1] },
  },
  {
    gold: 1,
    logs: [log(0.6), log(0.4)],
    context: `바람${'가'.repeat(900)}끝`,
    tokens: { context: 99, byte: 0, new: 90, candidates: [1, 1] },
  },
];

describe('the rows of an evaluation', () => {
  let file: string;
  beforeAll(() => void (file = evaluation('one', rows)));

  it('say together which classes are mixed up, how far confidence holds, and where it fails', async () => {
    const detail = await client.request(EvaluationDetail.type, { path: file, task: 'boolq' });
    expect(detail).toMatchObject({ rows: 4, right: 2, unread: 0, labels: [' 아니오', ' 예'] });
    expect(detail.confusion).toEqual([
      [1, 1],
      [1, 1],
    ]);
    // |1 - 0.9| + |0 - 0.7| + |1 - 0.8| + |0 - 0.6|, a quarter each.
    expect(detail.calibration?.error).toBeCloseTo(0.4, 12);
    const groups = detail.groups.map(({ by, to, rows: n, right }) => [by, to, n, right]);
    expect(groups).toEqual([
      ['tokens', 4, 1, 1],
      ['tokens', 6, 1, 1],
      ['tokens', 9, 1, 0],
      ['tokens', 99, 1, 0],
      ['bytes', 0, 3, 2],
      ['bytes', 1, 1, 0],
      ['new', 0, 2, 1],
      ['new', 0.25, 1, 1],
      ['new', 1, 1, 0],
    ]);
  });

  it('come by what was right, expected and predicted, and by their text', async () => {
    expect(ids(await rowsOf(file))).toEqual([0, 1, 2, 3]);
    expect(ids(await rowsOf(file, { outcome: 'wrong' }))).toEqual([1, 3]);
    expect(ids(await rowsOf(file, { gold: 1, prediction: 0 }))).toEqual([3]);
    expect(ids(await rowsOf(file, { search: '온다' }))).toEqual([0, 1]);
    expect(ids(await rowsOf(file, { search: 'rain' }))).toEqual([2]);
    expect(ids(await rowsOf(file, { group: { by: 'bytes', from: 0.3, to: 1 } }))).toEqual([1]);
    expect(ids(await rowsOf(file, { sort: 'confidence', descending: true }))).toEqual([0, 2, 1, 3]);
    expect(ids(await rowsOf(file, { sort: 'length', descending: true }))).toEqual([3, 1, 2, 0]);
  });

  it('come in pages, with their place and what the model thought of each candidate', async () => {
    const answer = await rowsOf(file, {}, { from: 1, count: 2 });
    expect(answer.total).toBe(4);
    expect(ids(answer)).toEqual([1, 2]);
    expect(answer.rows[0]).toMatchObject({
      context: '눈이 온다',
      gold: 0,
      prediction: 1,
      right: false,
      place: { file: path.resolve('/data/kobest/test.tsv'), line: 3 },
      tokens: { context: 9, all: 10, byte: 5, fresh: 0 },
    });
    expect(answer.rows[0]?.confidence).toBeCloseTo(0.7, 12);
    expect(answer.rows[0]?.candidates.map(({ text }) => text)).toEqual([' 아니오', ' 예']);
    expect(answer.rows[0]?.candidates[1]?.logLikelihood).toBeCloseTo(log(0.7), 12);
    const [cut] = (await rowsOf(file, {}, { from: 3 })).rows;
    expect(cut?.context).toMatch(/^바람가+ … 가+끝$/);
    const [whole] = (await rowsOf(file, {}, { from: 3, whole: true })).rows;
    expect(whole?.context).toBe(rows[3]?.context);
  });

  it('are read anew where the file has changed; half a line is passed over', async () => {
    const changed = evaluation('changing', rows.slice(0, 3));
    expect((await rowsOf(changed)).total).toBe(3);
    evaluation('changing', rows);
    const samples = path.join(path.dirname(changed), 'samples-boolq.jsonl');
    writeFileSync(samples, '{"doc_id": 99', { flag: 'a' });
    expect((await rowsOf(changed)).total).toBe(4);
    expect(await client.request(EvaluationDetail.type, { path: changed, task: 'boolq' })).toMatchObject({ unread: 1 });
  });

  it('that are not there, or asked for amiss, are refused in words', async () => {
    const ask = (params: object) => client.connection.sendRequest(EvaluationRows.method, params);
    const good = { path: file, task: 'boolq', query: all, from: 0, count: 5 };
    await expect(ask({ ...good, task: 'copa' })).rejects.toThrow('the rows of copa are not beside these results');
    await expect(ask({ ...good, task: '../boolq' })).rejects.toThrow('there is no task');
    for (const bad of [{ path: 5 }, { query: {} }, { from: -1 }, { query: { ...all, sort: 'x' } }, { other: '' }])
      await expect(ask({ ...good, ...bad })).rejects.toThrow('must be');
  });
});

describe('two models on the same rows', () => {
  /** Right and wrong by turns, as two strings of marks say. */
  const marked = (name: string, marks: string, more: object = {}) =>
    evaluation(
      name,
      Array.from(marks).map((mark) => ({ gold: 1, logs: mark === '+' ? [-2, -1] : [-1, -2] })),
      more,
    );

  it('are told apart by the rows on which one alone is right', async () => {
    const a = marked('a', '+++++++++++-+-');
    const b = marked('b', '-----------++-');
    const params = { path: a, other: b, task: 'boolq' };
    expect(await client.request(CompareEvaluations.type, params)).toMatchObject({
      ...{ comparable: true, rows: 14, both: 1, onlyThis: 11, onlyOther: 1, neither: 1 },
      p: expect.closeTo(0.00634765625, 12) as number,
    });
    const of = async (beside: EvaluationRows.Beside) => ids(await rowsOf(a, { beside }, { other: b }));
    expect(await of('onlyOther')).toEqual([11]);
    expect(await of('both')).toEqual([12]);
    expect(await of('neither')).toEqual([13]);
    expect(await of('differ')).toHaveLength(12);
    const [row] = (await rowsOf(a, { beside: 'onlyOther' }, { other: b })).rows;
    expect(row).toMatchObject({ prediction: 0, other: { prediction: 1, right: true } });
    expect(row?.candidates.map(({ logLikelihood, other }) => [logLikelihood, other])).toEqual([
      [-1, -2],
      [-2, -1],
    ]);
  });

  it('are compared on the rows that both have', async () => {
    const params = { path: marked('long', '++++'), other: marked('short', '+-'), task: 'boolq' };
    expect(await client.request(CompareEvaluations.type, params)).toMatchObject({
      rows: 2,
      here: 4,
      there: 2,
      both: 1,
    });
  });

  it('are not compared where they were asked something else, and why is told', async () => {
    const plain = marked('plain', '++');
    const other = evaluation('other', [
      { gold: 1, logs: [-2, -1] },
      { gold: 1, logs: [-2, -1], context: '다른 문장' },
    ]);
    const compared = (a: string, b: string) =>
      client.request(CompareEvaluations.type, { path: a, other: b, task: 'boolq' });
    expect(await compared(plain, other)).toEqual({ comparable: false, why: 'prompts', id: 1 });
    const few = { 'n-shot': { boolq: 5 } };
    const rest = [{ gold: 1, logs: [-2, -1], context: '예시\n\n문장' }] as const;
    const shot = evaluation('shot', rest, few);
    const none = marked('none', '+', { 'n-shot': { boolq: 0 } });
    expect(await compared(none, shot)).toEqual({ comparable: false, why: 'shots', shots: [0, 5] });
  });
});

it('tens of thousands of rows hold nobody up', async () => {
  const many = Array.from({ length: 30_000 }, (_, i): TestRow => ({
    gold: i % 2,
    logs: i % 3 === 0 ? [-1, -2] : [-2, -1],
    context: i === 29_999 ? '찾는 말' : `${i} ${'긴 문장 '.repeat(20)}`,
  }));
  const file = evaluation('many', many);
  const order: string[] = [];
  const detail = client.request(EvaluationDetail.type, { path: file, task: 'boolq' }).then((answer) => {
    order.push('detail');
    return answer;
  });
  await client.request(ListTasks.type, {});
  order.push('tasks');
  expect((await detail).rows).toBe(30_000);
  const found = rowsOf(file, { search: '찾는 말' }).then((answer) => {
    order.push('rows');
    return answer;
  });
  await client.request(ListTasks.type, {});
  order.push('tasks');
  expect(ids(await found)).toEqual([29_999]);
  expect(order).toEqual(['tasks', 'detail', 'tasks', 'rows']);
  expect(await rowsOf(file, {}, { from: 29_990, count: 1000 })).toMatchObject({ total: 30_000, rows: { length: 10 } });
});

it('published results come with what each column measures', async () => {
  const { columns, models, source } = await client.request(PublishedResults.type, {});
  expect(source).toContain('Table 6');
  expect(columns.map(({ name, metricName }) => `${name} ${metricName}`)).toEqual([
    ...['NLI ACC', 'STS ACC', 'SBI F1', 'YNAT ACC'],
    ...['BoolQ F1', 'HellaSwag F1', 'SentiNeg F1', 'COPA F1'],
  ]);
  // The table's own averages hold the values to their places.
  for (const { name, values, average } of models) {
    expect(values, name).toHaveLength(8);
    expect(Math.abs(values.reduce((a, b) => a + b, 0) / 8 - average), name).toBeLessThan(0.11);
  }
});

it('evaluations are listed with why they may differ from what was published', async () => {
  const folder = path.join(workspace.folder, 'evaluations/part');
  mkdirSync(folder, { recursive: true });
  const report = {
    results: { klue_ynat: { acc: 0.3, macro_f1: 0.2 }, own_task: { acc: 1 } },
    'n-shot': { klue_ynat: 5 },
    'n-samples': { klue_ynat: { original: 9107, effective: 100 } },
    configs: { klue_ynat: { split: 'dev' } },
    config: { model: 'bllossom' },
  };
  writeFileSync(path.join(folder, 'results.json'), JSON.stringify(report));
  const list = await client.request(ListEvaluations.type, {});
  const { differs } = list.find(({ name }) => name === 'part') ?? {};
  expect(Object.keys(differs ?? {})).toEqual(['klue_ynat']);
  expect(differs?.['klue_ynat']?.map(({ kind, certain, here, there }) => [kind, certain, here, there])).toEqual([
    ['shots', true, 5, 0],
    ['limit', true, 100, 9107],
    ['metric', false, 'acc', 'macro_f1'],
  ]);
});

it('evaluations are listed with their conditions', async () => {
  const list = await client.request(ListEvaluations.type, {});
  expect(list.find(({ name }) => name === 'none')).toMatchObject({
    ...{ model: '/models/none', data: '/data', samples: ['boolq'] },
    conditions: { boolq: { shots: 0 } },
  });
});
