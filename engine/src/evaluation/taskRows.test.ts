/** Rows of a task's file, looked at before anything is scored, and chosen by their numbers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { prepareTasks } from './prepare.ts';
import { TaskRowsReader } from './taskRows.ts';

const data = mkdtempSync(path.join(tmpdir(), 'rows-'));
const file = path.join(data, 'kobest/SentiNeg/dev.tsv');
const labels = [0, 1, 1, 0, 1];

beforeAll(() => {
  mkdirSync(path.dirname(file), { recursive: true });
  write(labels);
  write(labels, path.join(path.dirname(file), 'train.tsv'));
  mkdirSync(path.join(data, 'kobest/COPA'));
  const rows = labels.map((label, i) => `문장 ${i}\t원인\t하나 ${i}\t둘 ${i}\t${label + 1}`);
  for (const name of ['dev.tsv', 'train.tsv'])
    writeFileSync(path.join(data, 'kobest/COPA', name), ['sentence\tquestion\t1\t2\tAnswer', ...rows].join('\n'));
});
afterAll(() => rmSync(data, { recursive: true }));

const write = (golds: readonly number[], at = file) =>
  writeFileSync(at, ['Text\tLabel', ...golds.map((label, i) => `영화 ${i}\t${label}`)].join('\n'));

describe('the rows of a file', () => {
  const reader = new TaskRowsReader();
  const ask = { task: 'kobest_sentineg', data, from: 0, count: 50 };

  it('come with their lines and right answers, in groups by these, some at a time', async () => {
    const all = unwrap(await reader.read(ask));
    expect(all).toMatchObject({ file, split: 'dev', available: 5, total: 5 });
    expect(all.rows.map(({ id, line }) => [id, line])).toEqual(labels.map((_, i) => [i, i + 2]));
    expect(all.rows[1]?.context).toContain('영화 1');
    expect(all.groups.map(({ gold, rows }) => [gold, rows])).toEqual([[0, 2], [1, 3]]); // prettier-ignore
    expect(all.rows[1]?.wanted).toBe(all.groups[1]?.label);
    const some = unwrap(await reader.read({ ...ask, gold: 1, from: 1, count: 1 }));
    expect(some).toMatchObject({ total: 3, rows: [{ id: 2, line: 4 }] });
  });

  it('are read anew where the file has changed', async () => {
    write([1]);
    expect(unwrap(await reader.read(ask))).toMatchObject({ available: 1, groups: [{ gold: 1, rows: 1 }] });
    write(labels);
    expect(unwrap(await reader.read(ask))).toMatchObject({ available: 5 });
  });

  it('are those of another file once one is there that would be asked instead', async () => {
    const test = path.join(path.dirname(file), 'test.tsv');
    write([0, 1], test);
    expect(unwrap(await reader.read(ask))).toMatchObject({ file: test, split: 'test', available: 2 });
    rmSync(test);
    expect(unwrap(await reader.read(ask))).toMatchObject({ file, split: 'dev', available: 5 });
  });

  it('whose candidates differ from row to row are told apart by the number of the right one', async () => {
    const { groups } = unwrap(await reader.read({ ...ask, task: 'kobest_copa' }));
    expect(groups.map(({ label }) => label)).toEqual(['1', '2']);
  });

  it('that are not there are a problem with their file', async () => {
    expect(await reader.read({ ...ask, task: 'kobest_boolq' })).toMatchObject({
      ok: false,
      problem: { what: expect.stringContaining('rows are missing') as unknown },
    });
    expect(await reader.read({ ...ask, split: 'test' })).toMatchObject({ ok: false });
    expect(await reader.read({ ...ask, split: 'other' })).toMatchObject({ ok: false });
  });
});

describe('rows chosen by their numbers', () => {
  const prepare = (more: object) => prepareTasks({ tasks: ['kobest_sentineg', 'kobest_copa'], data, ...more });

  it('are asked as they are among all, with the same examples', async () => {
    for (const shots of [0, 2]) {
      const [all] = unwrap(await prepare({ shots }));
      const [some, other] = unwrap(await prepare({ shots, samples: { kobest_sentineg: [3, 1, 3] } }));
      expect(some?.ids).toEqual([1, 3]);
      expect(some?.questions).toEqual([all?.questions[1], all?.questions[3]]);
      expect(some?.sources.map(({ line }) => line)).toEqual([3, 5]);
      expect(some?.available).toBe(5);
      expect(other?.ids).toEqual([0, 1, 2, 3, 4]);
    }
  });

  it('are refused where there are no such rows or tasks', async () => {
    for (const samples of [{ kobest_copa: [5] }, { kobest_copa: [-1] }, { kobest_copa: [] }, { klue_nli: [0] }])
      expect(await prepare({ samples })).toMatchObject({ ok: false, problem: { where: { name: 'samples' } } });
  });
});
