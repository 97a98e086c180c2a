/** The draw of examples: seeded, without repetition, never the row itself. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { shuffled } from './fewShot.ts';
import { prepareTasks } from './prepare.ts';
import type { Task } from './task.ts';
import { tasks } from './tasks.ts';

describe('shuffled', () => {
  it('draws different numbers below the size, the same for the same seed and stream', () => {
    for (const stream of ['a', 'b', 'c']) {
      const drawn = shuffled(10, 5, 7, stream);
      expect(new Set(drawn).size).toBe(5);
      for (const i of drawn) expect(i).toBeGreaterThanOrEqual(0);
      for (const i of drawn) expect(i).toBeLessThan(10);
      expect(shuffled(10, 5, 7, stream)).toEqual(drawn);
    }
    expect(shuffled(1000, 5, 7, 'a')).not.toEqual(shuffled(1000, 5, 8, 'a'));
    expect(shuffled(1000, 5, 7, 'a')).not.toEqual(shuffled(1000, 5, 7, 'b'));
  });
  it('never draws the excepted number, and all others where all are asked for', () => {
    for (let except = 0; except < 6; except++) {
      expect(shuffled(6, 5, 1, 'x', except).sort()).toEqual([0, 1, 2, 3, 4, 5].filter((i) => i !== except));
    }
  });
  it('draws every number about as often', () => {
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 5000; i++) counts[shuffled(5, 1, 3, `row ${i}`)[0]!]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
  it('throws where there is too little to draw from', () => {
    expect(() => shuffled(3, 3, 1, 'x', 0)).toThrow(RangeError);
  });
});

describe.each(tasks)('examples of $name', (task) => {
  const data = mkdtempSync(path.join(tmpdir(), 'shots-'));
  afterAll(() => rmSync(data, { recursive: true }));
  for (const [split, file] of Object.entries(task.files)) {
    mkdirSync(path.dirname(path.join(data, file)), { recursive: true });
    writeFileSync(path.join(data, file), written(task, split, 9));
  }
  const ask = async (shots: number, more: object = {}) =>
    unwrap(await prepareTasks({ tasks: [task.name], data, shots, ...more }))[0]!;

  it('are solved rows, joined by empty lines, of the training rows or else of the others', async () => {
    const plain = await ask(0);
    const pool =
      task.files.train === undefined
        ? plain
        : unwrap(await prepareTasks({ tasks: [task.name], data, split: 'train' }))[0]!;
    const solved = pool.questions.map(({ context, candidates, gold }) => context + candidates[gold]!);
    for (const [i, { context, ...question }] of (await ask(3)).questions.entries()) {
      const asked = plain.questions[i]!;
      expect(question).toEqual({ candidates: asked.candidates, gold: asked.gold });
      expect(context.endsWith(`\n\n${asked.context}`)).toBe(true);
      const before = context.slice(0, -asked.context.length - 2);
      const drawn = solved.flatMap((text, row) => (`${before}\n\n`.includes(`${text}\n\n`) ? [row] : []));
      expect(drawn).toHaveLength(3);
      expect(before.length).toBe(drawn.reduce((sum, row) => sum + solved[row]!.length, 4));
      if (task.files.train === undefined) expect(drawn).not.toContain(i);
    }
  });
  it('are the same under any limit and for the same seed alone', async () => {
    const all = await ask(2);
    const contexts = ({ questions }: typeof all) => questions.map(({ context }) => context);
    expect(contexts(await ask(2, { limit: 4 }))).toEqual(contexts(all).slice(0, 4));
    expect(contexts(await ask(2, { seed: 1234 }))).toEqual(contexts(all));
    expect(contexts(await ask(2, { seed: 1235 }))).not.toEqual(contexts(all));
  });
});

/** So many rows in the task's own form, each told from the others by its number and split. */
function written({ name, format }: Task, split: string, rows: number): string {
  const fields: Record<string, (id: string, i: number) => Record<string, unknown>> = {
    klue_nli: (id, i) => ({ premise: `전제 ${id}`, hypothesis: id, gold_label: ['entailment', 'neutral'][i % 2] }),
    klue_sts: (id, i) => ({ sentence1: id, sentence2: `둘째 ${id}`, labels: { 'binary-label': i % 2 } }),
    klue_ynat: (id, i) => ({ title: id, label: i % 7 }),
    kosbi: (id, i) => ({ context: id, sentence: `문장 ${id}`, sentence_label: ['safe', 'unsafe'][i % 2] }),
    kobest_boolq: (id, i) => ({ Text: id, Question: `물음 ${id}`, Answer: ['TRUE', 'False'][i % 2] }),
    kobest_copa: (id, i) => ({
      sentence: id,
      question: ['원인', '결과'][i % 2],
      1: `가 ${id}`,
      2: `나 ${id}`,
      Answer: 1 + (i % 2),
    }),
    kobest_hellaswag: (id, i) => ({
      context: id,
      choice1: '가',
      choice2: '나',
      choice3: '다',
      choice4: '라',
      label: i % 4,
    }),
    kobest_sentineg: (id, i) => ({ Text: id, Label: i % 2 }),
  };
  const made = Array.from({ length: rows }, (_, i) => fields[name]!(`[${split} ${i}]`, i));
  if (format === 'json') return JSON.stringify(made);
  if (format === 'jsonLines') return made.map((row) => JSON.stringify(row)).join('\n');
  const columns = Object.keys(made[0]!);
  return [columns, ...made.map((row) => columns.map((column) => row[column]))]
    .map((cells) => cells.join('\t'))
    .join('\r\n');
}
