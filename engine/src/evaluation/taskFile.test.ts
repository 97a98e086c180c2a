/** Task files: what they can say, and how each fault is told with its place and a remedy. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { problemLine, unwrap } from '../base/problem.ts';
import { prepareTasks } from './prepare.ts';
import { outputTypes } from './task.ts';
import { parseTask } from './taskFile.ts';
import { taskNames, tasksNamed } from './tasks.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'task-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  name: 'vi_choice',
  title: 'Chọn',
  language: 'vi',
  version: 1,
  files: { test: 'vi.jsonl' },
  format: 'jsonLines',
  prompt: '{{question}}\nTrả lời:',
  candidates: [' có', ' không'],
  gold: { field: 'answer', values: { yes: 0, no: 1 } },
  metrics: ['acc'],
};
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(good).filter(([name]) => !names.includes(name)));

/** Questions of one row under a definition. */
function ask(definition: object, row: object) {
  const data = mkdtempSync(path.join(folder, 'data-'));
  writeFileSync(path.join(data, 'a.task.json'), JSON.stringify(definition));
  writeFileSync(path.join(data, 'vi.jsonl'), `${JSON.stringify(row)}\n`);
  return prepareTasks({ tasks: [path.join(data, 'a.task.json')], data });
}

describe('the built-in tasks', () => {
  const tasks = path.join(import.meta.dirname, 'tasks');
  it.each(readdirSync(tasks))('%s fits the schema and makes sense', (name) => {
    const { task, problems } = parseTask(readFileSync(path.join(tasks, name), 'utf8'), name, []);
    expect(problems).toEqual([]);
    expect(`${task!.name}.task.json`).toBe(name);
    expect(taskNames).toContain(task!.name);
    expect(task!.definitionHash).toBe(unwrap(tasksNamed([task!.name]))[0]!.definitionHash);
  });
});

it('the examples of the documentation are tasks', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../../docs/evaluation.md'), 'utf8');
  const examples = [...page.matchAll(/^```jsonc?\n(.*?)^```$/gms)].map((match) => match[1]!);
  const parsed = examples.map((text) => parseTask(text, 'a.task.json', taskNames));
  expect(parsed.flatMap(({ problems }) => problems.map(problemLine))).toEqual([]);
  expect(parsed.map(({ task }) => task!.outputType)).toEqual([...outputTypes]);
});

describe('a task file', () => {
  it('asks of fields inside, of lists, by maps and filters', async () => {
    const definition = {
      ...good,
      maps: { word: { a: 'A!', '1': 'one', true: 'yes' } },
      prompt:
        "[{{x.y}}] {{list.1 | strip}} {{'odd.name'}} {{kind | word | lowercase}} {{n|number}} {{one|word}}{{is | word}} {not} {{s|full_stop}}",
      candidates: { field: 'c.items', template: ' {{candidate}}?' },
      gold: { field: 'answer' },
    };
    const row = {
      ...{ x: { y: 'y' }, list: ['0', ' 1 '], 'odd.name': 'odd', kind: 'a', n: 2.5, one: 1, is: true, s: 'end.' },
      ...{ c: { items: ['p', 'q', 'r'] }, answer: 2 },
    };
    const { questions, task } = unwrap(await ask(definition, row))[0]!;
    expect(questions).toEqual([
      { context: '[y] 1 odd a! 2.5 oneyes {not} end.', candidates: [' p?', ' q?', ' r?'], gold: 2 },
    ]);
    expect(task.headline).toBe('acc');
  });

  it.each([
    [
      { ...good, gold: { field: 'answer' } },
      { question: 'q', answer: 2 },
      /vi\.jsonl, line 1: the field answer is 2, and the candidates are counted from 0 to 1\. Correct the row, or what a\.task\.json makes of it\.$/,
    ],
    [
      { ...good, candidates: { field: 'c', template: '{{candidate}}' } },
      { question: 'q', c: 'd', answer: 'yes' },
      /the field c is not a list of texts/,
    ],
    [good, { question: 'q', answer: 'maybe' }, /the field answer is "maybe", none of yes, no/],
    [
      { ...good, files: { test: 'none.jsonl' } },
      {},
      /none\.jsonl: vi_choice's test rows are missing\. Put it there, or correct "files" in a\.task\.json/,
    ],
  ])('tells of a row that does not fit', async (definition, row, message) => {
    const prepared = await ask(definition, row);
    expect(prepared.ok ? '' : problemLine(prepared.problem)).toMatch(message);
  });

  it('is known by its values, not by its layout', () => {
    const { task } = parseTask(JSON.stringify(good), 'a.task.json', []);
    const laidOut = `// Xin chào\n${JSON.stringify({ ...without('name', 'title'), title: 'Chọn', name: 'vi_choice' }, undefined, 4)}`;
    expect(parseTask(laidOut, 'b.task.json', []).task!.definitionHash).toBe(task!.definitionHash);
    const other = JSON.stringify({ ...good, prompt: '{{question}}\nTrả lời: ' });
    expect(parseTask(other, 'c.task.json', []).task!.definitionHash).not.toBe(task!.definitionHash);
  });
});

describe('a fault of a task file', () => {
  // The value at fault stands between « and ».
  const spread = (value: object) => JSON.stringify(value, undefined, 1);
  it.each<[string, string, RegExp]>([
    ['nothing', '«»', /the file is empty\. Begin with \{"name"/],
    ['a missing field', `«{»${spread(without('files')).slice(1)}`, /"files" is missing\. Add "files"/],
    ['a missing prompt', `«{»${spread(without('prompt')).slice(1)}`, /"prompt" is missing/],
    [
      'a mistyped name',
      spread(without('version')).replace(/\}$/, ', «"verison"»: 1, "version": 1}'),
      /"verison" is not known here\. Do you mean "version"\?/,
    ],
    [
      'a filter that is none',
      spread({ ...good, prompt: '§' }).replace('"§"', '«"{{question | trim}}"»'),
      /there is no filter or map 'trim'\. Known are number, strip, /,
    ],
    [
      'a map that is not first',
      spread({ ...good, maps: { m: { a: 'b' } }, prompt: '§' }).replace('"§"', '«"{{question | strip | m}}"»'),
      /'m' must be the first filter/,
    ],
    [
      'a brace that is not closed',
      spread({ ...good, prompt: '§' }).replace('"§"', '«"{{question"»'),
      /\{\{ is not closed\. Write \{\{field\}\}\./,
    ],
    [
      'a hole without a field',
      spread({ ...good, candidates: ['§', 'b'] }).replace('"§"', '«"{{}}"»'),
      /names no field/,
    ],
    [
      'a map with a filter’s name',
      spread(good).replace(/\}$/, ', "maps": {«"strip"»: {"a": "b"}}}'),
      /'strip' is a filter already/,
    ],
    [
      'a candidate that is not there',
      spread({ ...good, gold: { field: 'answer', values: { a: 0, b: 7 } } }).replace('7', '«7»'),
      /there is no candidate 7\. Write a number from 0 to 1\./,
    ],
    [
      'one candidate alone',
      spread({ ...good, candidates: '§' }).replace('"§"', '«[" a"]»'),
      /at least 2 items are wanted here/,
    ],
    [
      'a figure that is none',
      spread({ ...good, metrics: ['§'] }).replace('"§"', '«"acccuracy"»'),
      /not known here\. Write "acc" or/,
    ],
    [
      'a figure of other tasks',
      spread({ ...good, metrics: ['acc', '§'] }).replace('"§"', '«"chrf"»'),
      /chrf is no figure of multiple_choice\. Write acc or/,
    ],
    [
      'a headline that is not measured',
      spread({ ...good, headline: '§' }).replace('"§"', '«"f1"»'),
      /f1 is none of the metrics\. Write acc\./,
    ],
    [
      'a field of other tasks',
      spread(good).replace(/\}$/, ', «"until"»: ["a"]}'),
      /"until" is of no use with multiple_choice/,
    ],
    [
      'texts without fields',
      spread({ ...good, format: '§' }).replace('"§"', '«"textLines"»'),
      /a plain text has no fields to ask for/,
    ],
    ['a name given twice', spread(good).replace(/\}$/, ', «"version"»: 2}'), /"version" is given twice/],
    [
      'a built-in name',
      spread({ ...good, name: '§' }).replace('"§"', '«"kosbi"»'),
      /kosbi is a built-in task's name\. Give it another name/,
    ],
    ['a name with a space', spread({ ...good, name: '§' }).replace('"§"', '«"my task"»'), /the text must match/],
    ['no file', spread({ ...good, files: '§' }).replace('"§"', '«{}»'), /nothing is named here/],
    [
      'an option of no use',
      spread({
        ...without('prompt', 'candidates', 'gold'),
        outputType: 'generate_until',
        prompt: 'a',
        target: 'b',
        metrics: ['§'],
      }).replace('"§"', '{"metric": «"chrf"», "ignoreCase": true}'),
      /not known here\. Write "exact_match"\./,
    ],
  ])('%s', (_, marked, message) => {
    const start = marked.indexOf('«');
    const text = marked.replace('«', '');
    const end = text.indexOf('»');
    const plain = text.replace('»', '');
    const { problems, task } = parseTask(plain, 'a.task.json', taskNames);
    expect(task).toBeUndefined();
    expect(problemLine(problems[0]!)).toMatch(message);
    const before = plain.slice(0, start).split('\n');
    const { line, column, length } = problems[0]!.where!;
    expect([line, column]).toEqual([before.length, before.at(-1)!.length + 1]);
    expect(length).toBe(Math.max(1, plain.slice(start, end).split('\n')[0]!.length));
  });

  it('is told with the number of the others', () => {
    const file = path.join(folder, 'b.task.json');
    writeFileSync(file, JSON.stringify({ ...good, headline: 'f1', prompt: '{{a | b}}' }));
    const read = tasksNamed([file]);
    expect(read.ok ? '' : problemLine(read.problem)).toMatch(
      /b\.task\.json, line 1:\d+, prompt: .*\(1 more in this file\.\)/,
    );
  });
});

describe('task files beside the data', () => {
  const data = path.join(folder, 'beside');
  mkdirSync(path.join(data, 'tasks'), { recursive: true });
  writeFileSync(path.join(data, 'tasks/vi_choice.task.json'), JSON.stringify(good));
  writeFileSync(path.join(data, 'tasks/other.task.json'), JSON.stringify(good));
  const problem = (names: string[]) => {
    const named = tasksNamed(names, data);
    return named.ok ? '' : problemLine(named.problem);
  };
  it('are found by name, and once', () => {
    const file = path.join(data, 'tasks/vi_choice.task.json');
    const named = unwrap(tasksNamed(['vi_choice', 'kosbi', file], data));
    expect(named.map(({ name, file: of }) => [name, of])).toEqual([
      ['vi_choice', file],
      ['kosbi', undefined],
    ]);
  });
  it('are listed where a name is not known, and must bear their task’s name', () => {
    expect(problem(['copa'])).toMatch(/Choose among klue_nli, .*, kobest_sentineg, other, vi_choice, or give the path/);
    expect(problem(['other'])).toMatch(/the task of this file is named vi_choice\. Give the file its task’s name\./);
    const second = path.join(data, 'tasks/other.task.json');
    expect(problem(['vi_choice', second])).toMatch(
      /other\.task\.json: a second task is named vi_choice\. Rename it, or leave/,
    );
    expect(problem(['/nowhere/x.task.json'])).toBe('/nowhere/x.task.json: there is no such file or directory.');
  });
});
