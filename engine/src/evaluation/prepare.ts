/**
 * From what the user asks (tasks, a data directory, a split, a number of rows and shots) to the questions a model gets.
 * Everything that can be wrong with the request is found here, before a model is loaded.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Result, bad, ok } from '../base/problem.ts';
import { shuffled } from './fewShot.ts';
import type { EvaluationRequest } from './request.ts';
import { type Rows, readRows } from './rows.ts';
import { type Question, type Split, type Task, splits } from './task.ts';
import { tasksNamed } from './tasks.ts';

/** Where a row stands. */
export interface Source {
  /** Relative to the data directory. */
  readonly file: string;
  /** From 1; in a JSON array the line in which the row begins. */
  readonly line: number;
}

export interface PreparedTask {
  readonly task: Task;
  readonly split: Split;
  /** With the examples in their contexts. */
  readonly questions: readonly Question[];
  /** The number of each question's row in its file, from 0. */
  readonly ids: readonly number[];
  /** Where each question's row stands. */
  readonly sources: readonly Source[];
  /** Rows of the split before the limit. */
  readonly available: number;
  readonly shots: number;
  readonly seed: number;
  /** SHA-256 by path relative to the data directory. */
  readonly dataHashes: Readonly<Record<string, string>>;
}

export const resultsFile = 'results.json';
export const defaultSeed = 1234;

/** A problem where a directory holds results: they are somebody's. */
export const withoutResults = (out: string): Result<undefined> =>
  existsSync(path.join(out, resultsFile))
    ? bad('there are results here already', { file: out }, 'Choose another directory for these results.')
    : ok(undefined);

/** As `prepareTasks`, and the directory for the results is free. */
export async function prepareEvaluation(request: EvaluationRequest): Promise<Result<PreparedTask[]>> {
  const free = withoutResults(request.out);
  if (!free.ok) return free;
  if (existsSync(request.out) && !statSync(request.out).isDirectory())
    return bad('a directory is wanted for the results, and this is a file', { file: request.out });
  return prepareTasks(request);
}

export async function prepareTasks(request: Omit<EvaluationRequest, 'out'>): Promise<Result<PreparedTask[]>> {
  const chosen = tasksNamed(request.tasks, request.data);
  if (!chosen.ok) return chosen;
  const shots = request.shots ?? 0;
  const seed = request.seed ?? defaultSeed;
  if (request.limit !== undefined && !(Number.isSafeInteger(request.limit) && request.limit > 0))
    return bad(`the limit is ${request.limit}, not a whole number of rows above 0`, { name: 'limit' });
  if (!Number.isSafeInteger(shots) || shots < 0)
    return bad(`the number of shots is ${shots}, not a whole number from 0`, { name: 'shots' });
  if (!Number.isSafeInteger(seed) || seed < 0)
    return bad(`the seed is ${seed}, not a whole number from 0`, { name: 'seed' });
  const split = splitNamed(request.split);
  if (!split.ok) return split;

  const other = Object.keys(request.samples ?? {}).find((name) => !chosen.value.some((task) => task.name === name));
  if (other !== undefined)
    return bad(`rows of ${other} are chosen, which is not asked for`, { name: 'samples' }, 'Name it among the tasks.');

  const prepared: PreparedTask[] = [];
  for (const task of chosen.value) {
    // A text that is scored itself has no answer to show examples of.
    const examples = task.outputType === 'loglikelihood_rolling' ? 0 : shots;
    const chosen = { limit: request.limit, samples: request.samples?.[task.name] };
    const one = await prepareTask(task, request.data, split.value, chosen, examples, seed);
    if (!one.ok) return one;
    prepared.push(one.value);
  }
  return ok(prepared);
}

/** The rows of a split, or of the one that is asked where none is named: test where its file is there, else dev. */
export async function readSplit(
  task: Task,
  data: string,
  wanted?: Split,
): Promise<Result<Rows & { readonly name: string; readonly split: Split }>> {
  const test = task.files.test;
  const isTestThere = test !== undefined && existsSync(path.resolve(data, test));
  const split = wanted ?? (isTestThere || task.files.dev === undefined ? 'test' : 'dev');
  const name = task.files[split];
  if (name === undefined) {
    const published = Object.keys(task.files).join(', ');
    return bad(`${task.name} has no split '${split}'`, undefined, `It has ${published}.`);
  }
  const file = path.resolve(data, name);
  if (!existsSync(file)) return bad(`${task.name}'s ${split} rows are missing`, { file }, remedyOf(task, name));
  const rows = await readRows(task, file);
  return rows.ok ? ok({ ...rows.value, name, split }) : rows;
}

/** Numbers of rows, in file order, each once; a problem where one is none of the file's. */
function chosenRows(
  task: Task,
  available: number,
  { limit, samples }: { readonly limit: number | undefined; readonly samples: readonly number[] | undefined },
): Result<readonly number[]> {
  if (samples === undefined) return ok(Array.from({ length: Math.min(limit ?? available, available) }, (_, i) => i));
  const wrong = samples.find((id) => !Number.isSafeInteger(id) || id < 0 || id >= available);
  if (wrong === undefined && samples.length > 0) return ok([...new Set(samples)].sort((a, b) => a - b));
  const what =
    wrong === undefined ? `${task.name}: no row is chosen` : `${task.name}: there is no row ${JSON.stringify(wrong)}`;
  return bad(what, { name: 'samples' }, `Choose among 0 to ${available - 1}.`);
}

async function prepareTask(
  task: Task,
  data: string,
  wanted: Split | undefined,
  chosen: Parameters<typeof chosenRows>[2],
  shots: number,
  seed: number,
): Promise<Result<PreparedTask>> {
  const asked = await readSplit(task, data, wanted);
  if (!asked.ok) return asked;
  const { questions: all, lines, hash, name, split } = asked.value;
  const rows = chosenRows(task, all.length, chosen);
  if (!rows.ok) return rows;
  const ids = rows.value;
  const questions = ids.map((id) => all[id]!);
  const sources = ids.map((id) => ({ file: name, line: lines[id]! }));
  const common = { task, split, ids, sources, available: all.length, shots, seed };
  if (shots === 0) return ok({ ...common, questions, dataHashes: { [name]: hash } });

  // Examples come from the training rows; where none are published, from the other rows of the same split.
  const apart = task.files.train !== undefined && split !== 'train';
  const pool = apart ? await readSplit(task, data, 'train') : asked;
  if (!pool.ok) return pool;
  const examples = pool.value.questions;
  if (examples.length - (apart ? 0 : 1) < shots)
    return bad(`${task.name} has too few rows for ${shots} shots`, { file: path.join(data, pool.value.name) });
  return ok({
    ...common,
    questions: questions.map((question, i) => {
      const id = ids[i]!;
      const drawn = shuffled(examples.length, shots, seed, `${task.name} ${id}`, apart ? undefined : id);
      const solved = drawn.map((e) => examples[e]!.context + examples[e]!.candidates[examples[e]!.gold]!);
      return { ...question, context: [...solved, question.context].join('\n\n') };
    }),
    dataHashes: { [name]: hash, [pool.value.name]: pool.value.hash },
  });
}

/** What to do about a file of rows that is not there. */
const remedyOf = ({ title, file }: Task, name: string): string =>
  file === undefined
    ? `Put ${title}'s own file there.`
    : name.includes('\\') && path.sep === '/'
      ? `Write / between folders in "files" of ${path.basename(file)}: it is read everywhere.`
      : `Put it there, or correct "files" in ${path.basename(file)}: they start at the data directory.`;

/** `valid` and `validation` are other data sets' words for dev. */
function splitNamed(name: string | undefined): Result<Split | undefined> {
  if (name === undefined) return ok(undefined);
  const plain = name === 'valid' || name === 'validation' ? 'dev' : name;
  const split = splits.find((s) => s === plain);
  return split === undefined
    ? bad(`there is no split '${name}'`, { name: 'split' }, `Choose among ${splits.join(', ')}.`)
    : ok(split);
}
