/** `bllossom eval`: scores a model on evaluation tasks. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { plural } from '../../base/plural.ts';
import { type Result, bad, ok } from '../../base/problem.ts';
import { scorePrepared } from '../../evaluation/evaluate.ts';
import { answersDirectory, answersFile } from '../../evaluation/keptAnswers.ts';
import { prepareEvaluation } from '../../evaluation/prepare.ts';
import type { EvaluationRequest } from '../../evaluation/request.ts';
import type { Figures } from '../../evaluation/answerTask.ts';
import { isTaskFile, taskFilesBeside, taskList, tasks, tasksNamed } from '../../evaluation/tasks.ts';
import type { Task } from '../../evaluation/task.ts';
import { openModel } from '../../generation/openModel.ts';
import type { Command, CommandInput, CommandResult } from '../command.ts';
import { computeOptions, needed, wholeNumber } from '../computeOptions.ts';
import { modelOptions, readModelOptions } from '../modelOptions.ts';

export const evaluate: Command = {
  path: ['eval'],
  summary: 'Score a model on evaluation tasks',
  options: {
    ...modelOptions,
    tasks: {
      type: 'string',
      placeholder: 'A,B',
      description: `${tasks.map((task) => task.name).join(', ')}, or NAME for DIR/tasks/NAME.task.json, or a path`,
    },
    'list-tasks': { type: 'boolean', description: 'name the tasks there are, also those in DIR/tasks, and end' },
    data: {
      type: 'string',
      placeholder: 'DIR',
      description: "the directory with the tasks' files; by default that of the task files",
    },
    split: { type: 'string', placeholder: 'dev|test', description: 'test where its file is there, else dev' },
    limit: { type: 'string', placeholder: 'N', description: 'the first N rows in file order' },
    samples: {
      type: 'string',
      placeholder: 'JSON',
      description: 'rows by their numbers in the file, from 0: \'{"kobest_copa": [0, 5]}\'; without --limit',
    },
    shots: { type: 'string', placeholder: 'K', description: 'solved examples before each question; 0 by default' },
    seed: { type: 'string', placeholder: 'N', description: 'draws the examples' },
    out: { type: 'string', placeholder: 'DIR', description: 'where results.json goes; must not hold one' },
    'no-cache': { type: 'boolean', description: 'compute everything anew, and keep no answers for later evaluations' },
    resume: { type: 'boolean', description: 'go on with what was stopped in --out, or refuse where nothing was' },
    ...computeOptions,
  },
  afterStop: ({ out }) =>
    typeof out === 'string' && existsSync(path.join(out, answersFile))
      ? 'The answers so far are kept: the same command goes on with them.'
      : undefined,
  async run(input) {
    const { values, json, work } = input;
    if (values['list-tasks'] === true) return listTasks(input);
    const asked = readModelOptions(values);
    if (!asked.ok) return asked;
    const request = readRequest(values);
    if (!request.ok) return request;
    if (values['resume'] === true && !existsSync(path.join(request.value.out, answersFile)))
      return bad('there is nothing to go on with', { file: request.value.out }, 'Leave --resume out to begin.');
    // What is wrong with the request is told before a large model is read.
    const prepared = await prepareEvaluation(request.value);
    if (!prepared.ok) return prepared;
    const { choice, options } = asked.value;
    const opened = await openModel(choice, options, work);
    if (!opened.ok) return opened;
    try {
      const { session, tokenizer, eosIds, backend, device, precision, state } = opened.value;
      if (!tokenizer.ok) return tokenizer;
      const all = {
        ...request.value,
        ...opened.value.choice,
        ...{ backend, precision, eosIds, state, answersDirectory: answersDirectory() },
        ...(device === undefined ? {} : { device }),
        cache: values['no-cache'] !== true,
      };
      const answer = await scorePrepared(prepared.value, all, session, tokenizer.value, work);
      if (!answer.ok) return answer;
      if (json) input.print(JSON.stringify(answer.value));
      else for (const [task, figures] of Object.entries(answer.value.results)) input.print(line(task, figures));
      return ok({ exitCode: 0 });
    } finally {
      opened.value.dispose();
    }
  },
};

function readRequest(values: CommandInput['values']): Result<EvaluationRequest> {
  const names = needed(values, 'tasks');
  if (!names.ok) return names;
  const out = needed(values, 'out');
  if (!out.ok) return out;
  const numbers: { limit?: number; shots?: number; seed?: number } = {};
  for (const [name, least] of [
    ['limit', 1],
    ['shots', 0],
    ['seed', 0],
  ] as const) {
    if (values[name] === undefined) continue;
    const number = wholeNumber(values[name], `--${name}`, least);
    if (!number.ok) return number;
    numbers[name] = number.value;
  }
  const { split } = values;
  const list = taskList(names.value);
  if (list.includes(''))
    return bad('an empty task name', { name: '--tasks' }, 'Write them so: --tasks klue_nli,kobest_copa.');
  const data = dataOf(values, list);
  if (!data.ok) return data;
  const samples = readSamples(values);
  if (!samples.ok) return samples;
  return ok({
    tasks: list,
    data: data.value,
    out: out.value,
    ...(typeof split === 'string' ? { split } : {}),
    ...numbers,
    ...(samples.value === undefined ? {} : { samples: samples.value }),
  });
}

/** `{"kobest_copa": [0, 5]}`; whether there are such tasks and rows is found later. */
function readSamples({ samples, limit }: CommandInput['values']): Result<EvaluationRequest['samples']> {
  if (typeof samples !== 'string') return ok(undefined);
  const where = { name: '--samples' };
  if (limit !== undefined) return bad('rows are chosen, and the first ones too', where, 'Leave --limit out.');
  let value: unknown;
  try {
    value = JSON.parse(samples);
  } catch {
    value = undefined;
  }
  const isRows = (rows: unknown): rows is readonly number[] =>
    Array.isArray(rows) && rows.every((row) => Number.isSafeInteger(row));
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || !Object.values(value as object).every(isRows))
    return bad('the rows are no JSON object of lists', where, 'Write them so: --samples \'{"kobest_copa": [0, 5]}\'.');
  return ok(value as Readonly<Record<string, readonly number[]>>);
}

/** The directory given; or, where every task is a file's and all files stand in one directory, that one. */
function dataOf(values: CommandInput['values'], list: readonly string[]): Result<string> {
  const [folder, ...others] = new Set(list.map((name) => path.dirname(path.resolve(name))));
  if (values['data'] !== undefined || !list.every(isTaskFile) || folder === undefined || others.length > 0)
    return needed(values, 'data');
  return ok(folder);
}

/** A line a task: `kobest_copa       KoBEST COPA       ko  multiple_choice  acc, macro_f1`; with --json all that it says. */
function listTasks({ values, json, print }: CommandInput): CommandResult {
  const { data } = values;
  const all: Task[] = [...tasks];
  for (const file of typeof data === 'string' ? taskFilesBeside(data) : []) {
    const named = tasksNamed([file]);
    if (!named.ok) return named;
    all.push(...named.value);
  }
  if (json) {
    const told = all.map(({ name, title, language, version, outputType, files, metrics, headline, file }) => {
      return {
        name,
        title,
        language,
        version,
        outputType,
        files,
        metrics,
        headline,
        ...(file === undefined ? {} : { file }),
      };
    });
    print(JSON.stringify({ tasks: told }));
  } else {
    for (const { name, title, language, outputType, metrics } of all)
      print([name.padEnd(16), title.padEnd(16), language, outputType, metrics.join(', ')].join('  '));
  }
  return ok({ exitCode: 0 });
}

/** `kobest_copa       acc 0.4667  macro_f1 0.4643  (60 rows)` */
function line(task: string, { n, ...metrics }: Figures): string {
  const list = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return `${task.padEnd(16)}  ${list.join('  ')}  (${plural(Number(n), 'row')})`;
}
