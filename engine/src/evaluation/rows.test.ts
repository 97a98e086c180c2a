/** Rows as files hold them in earnest: with marks, ends of lines and spellings of other systems; and what is said of those that are wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { problemLine, unwrap } from '../base/problem.ts';
import { readRows } from './rows.ts';
import type { RowFormat } from './task.ts';
import { compileTask, type TaskDefinition } from './taskDefinition.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (text: string, format: RowFormat, more: Partial<TaskDefinition> = {}) => {
  const file = path.join(folder, 'rows');
  writeFileSync(file, text);
  const asks = { prompt: '{{q}}', candidates: [' a', ' b'], gold: { field: 'g' }, metrics: ['acc'] };
  const definition = { name: 'own', title: 'x', language: 'ko', version: 1, files: { test: 'rows' }, format, ...asks };
  const whole = { ...definition, ...more } as TaskDefinition;
  const task = compileTask(whole, 'own.task.json', (_, what) => {
    throw new Error(what);
  });
  return readRows(task, file);
};
const problem = async (...of: Parameters<typeof read>) => {
  const rows = await read(...of);
  return rows.ok ? undefined : problemLine(rows.problem).replace(folder, '…');
};

it('are found by names and labels that are spelled in another form of Unicode; texts stay as they stand', async () => {
  const text = '질문\t답\n안녕\t예\n잘 가\t아니오\n'.normalize('NFD');
  const gold = { field: '답', values: { 아니오: 0, 예: 1 } };
  const { questions } = unwrap(await read(text, 'table', { prompt: '{{질문}}', gold }));
  expect(questions.map((question) => question.gold)).toEqual([1, 0]);
  expect(questions[0]!.context).toBe('안녕'.normalize('NFD'));
});

it('are read behind a byte order mark, with CRLF and empty lines', async () => {
  const { questions, lines } = unwrap(await read('\ufeffq\tg\r\n"가\t0\r\n\r\n나\t1\r\n', 'table'));
  expect(questions.map(({ context }) => context)).toEqual(['"가', '나']);
  expect(lines).toEqual([2, 4]);
  const jsonLines = unwrap(await read('\ufeff{"q":"가","g":0}\r\n\r\n{"q":"나","g":"1"}\r\n', 'jsonLines'));
  expect(jsonLines.lines).toEqual([1, 3]);
});

it('hold no half characters', async () => {
  const { questions } = unwrap(await read('[{"q":"a\\ud800b\\ud83d\\ude00","g":0}]', 'json'));
  expect(questions[0]!.context).toBe('a\ufffdb😀');
});

it.each<[RowFormat, string, string]>([
  ['table', 'q\tg\tq\na\t0\tb\n', '…/rows, line 1: two columns are named "q". Correct the file.'],
  ['table', 'q\tg\na\n', '…/rows, line 2: the row has one field, the first line names 2. Correct the file.'],
  [
    'table',
    'q\tg\ra\t0\r',
    '…/rows: its lines end in a carriage return alone. Save it with lines that end in LF, or in CRLF.',
  ],
  ['table', 'q\tg\n', '…/rows: the file holds no rows. Put rows into it, or name another file.'],
  [
    'json',
    '[{"q":"a","g":0},\n{"q":"b" "g":1}]',
    '…/rows, line 2: this is not JSON: comma expected. Correct the file.',
  ],
  ['json', '[\n{"q":"a","g":0},\n]', '…/rows, line 3: this is not JSON: value expected. Correct the file.'],
  [
    'json',
    '{"q":"a","g":0}',
    '…/rows: the file is no JSON array of rows. Write all rows as one array, [{…}, {…}], or say "jsonLines" for rows of a line each.',
  ],
  ['jsonLines', '{"q":"a","g":0}\n[1]\n', '…/rows, line 2: the row is no object. Write each row so: {"field": …}.'],
  ['jsonLines', '{"q":"a","g":0}\n{"q"\n', '…/rows, line 2: this is not JSON: colon expected. Correct the file.'],
  [
    'jsonLines',
    '{"q":7,"g":0}\n',
    '…/rows, line 1: the field q is not text (a number is read so: {{q | number}}). Correct the row, or what own.task.json makes of it.',
  ],
])('of %s, %j: what is wrong is told, and where, and what to do', async (format, text, told) => {
  expect(await problem(text, format)).toBe(told);
});
