/** What a run spec says is to be measured while the run goes: held-out files, evaluation tasks, prompts. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Task } from '../evaluation/task.ts';
import { tasks } from '../evaluation/tasks.ts';
import type { Complain, DataFile } from './spec.ts';

/** Resolved: paths absolute, defaults filled in. */
export interface EvaluationSpec {
  /** After so many steps each, and after the last. */
  readonly every: number;
  readonly data: readonly DataFile[];
  readonly tasks?: readonly string[];
  /** Directory with the tasks' files; with `tasks`. */
  readonly taskData?: string;
  /** The first so many rows of each task; with `tasks`. */
  readonly limit?: number;
  readonly prompts?: readonly string[];
  /** Of an answer at most; with `prompts`. */
  readonly maxTokens?: number;
}

export type WrittenEvaluation = Partial<EvaluationSpec> & Pick<EvaluationSpec, 'every'>;

/** Enough to see whether a figure rises, and few enough that a run is not held up. */
const defaultLimit = 100;
const defaultMaxTokens = 64;

/** The rows that a run is measured on: a test split is kept for the end. */
export const fileOfTask = ({ files }: Task): string | undefined => files.dev ?? files.test;

/** The split that `fileOfTask` is. */
export const splitOfTask = ({ files }: Task): 'dev' | 'test' => (files.dev === undefined ? 'test' : 'dev');

export function checkEvaluation(written: WrittenEvaluation, base: string, complain: Complain): void {
  const at = (...names: (string | number)[]) => ['evaluation', ...names];
  const { data, tasks: names, taskData, limit, prompts, maxTokens } = written;
  if (data === undefined && names === undefined && prompts === undefined)
    complain(at(), 'nothing to evaluate is named', 'Add "data": [{"path": …}] with a held-out file.', true);
  if (names === undefined) {
    if (taskData !== undefined) complain(at('taskData'), 'no tasks are named', 'Add "tasks": ["kobest_copa"].', true);
    if (limit !== undefined) complain(at('limit'), 'no tasks are named', 'Add "tasks": ["kobest_copa"].', true);
  } else if (taskData === undefined) {
    const remedy = 'Add "taskData": the directory with klue/, kobest/ or kosbi/.';
    complain(at('tasks'), "it is not said where the tasks' files are", remedy, true);
  } else {
    checkFiles(names, path.resolve(base, taskData), complain);
  }
  if (prompts === undefined && maxTokens !== undefined)
    complain(at('maxTokens'), 'no prompts are named', 'Add "prompts": ["…"].', true);
}

function checkFiles(names: readonly string[], directory: string, complain: Complain): void {
  if (!existsSync(directory)) {
    const remedy = 'Correct the path: it starts at the directory of the spec.';
    complain(['evaluation', 'taskData'], `there is no directory ${directory}`, remedy);
    return;
  }
  for (const [i, name] of names.entries()) {
    const task = tasks.find((known) => known.name === name);
    const file = task === undefined ? undefined : fileOfTask(task);
    if (task === undefined || file === undefined || existsSync(path.join(directory, file))) continue;
    const remedy = `Put ${task.title}'s own file there, or leave the task out.`;
    complain(['evaluation', 'tasks', i], `there is no file ${path.join(directory, file)}`, remedy);
  }
}

export function resolveEvaluation(
  { every, tasks: names, taskData, limit, prompts, maxTokens }: WrittenEvaluation,
  base: string,
  data: readonly DataFile[],
): EvaluationSpec {
  return {
    every,
    data,
    ...(names === undefined || taskData === undefined
      ? {}
      : { tasks: names, taskData: path.resolve(base, taskData), limit: limit ?? defaultLimit }),
    ...(prompts === undefined ? {} : { prompts, maxTokens: maxTokens ?? defaultMaxTokens }),
  };
}

/** Absolute paths of the files that the tasks' rows stand in. */
export function taskFiles({ tasks: names = [], taskData }: EvaluationSpec): string[] {
  if (taskData === undefined) return [];
  const chosen = tasks.filter(({ name }) => names.includes(name));
  return chosen.flatMap((task) => fileOfTask(task) ?? []).map((file) => path.join(taskData, file));
}
