/** What a run spec says is to be measured while the run goes: held-out files, evaluation tasks, prompts. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { problemLine } from '../base/problem.ts';
import type { Task } from '../evaluation/task.ts';
import { isTaskFile, tasksNamed } from '../evaluation/tasks.ts';
import type { Complain } from '../base/jsonDocument.ts';
import type { DataFile } from './specData.ts';

/** Resolved: paths absolute, defaults filled in. */
export interface EvaluationSpec {
  /** After so many steps each, and after the last. */
  readonly every: number;
  readonly data: readonly DataFile[];
  /** Names of built-in tasks, or absolute paths of task files. */
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
    checkFiles(names, base, path.resolve(base, taskData), complain);
  }
  if (prompts === undefined && maxTokens !== undefined)
    complain(at('maxTokens'), 'no prompts are named', 'Add "prompts": ["…"].', true);
}

function checkFiles(names: readonly string[], base: string, directory: string, complain: Complain): void {
  if (!existsSync(directory)) {
    const remedy = 'Correct the path: it starts at the directory of the spec.';
    complain(['evaluation', 'taskData'], `there is no directory ${directory}`, remedy);
    return;
  }
  for (const [i, name] of names.entries()) {
    const at = ['evaluation', 'tasks', i];
    const named = tasksNamed([resolveTask(name, base)]);
    if (!named.ok) {
      complain(at, problemLine(named.problem).replace(/\.$/, ''));
      continue;
    }
    const [task] = named.value;
    const file = fileOfTask(task!);
    if (file === undefined || existsSync(path.resolve(directory, file))) continue;
    const own = isTaskFile(name) ? 'the file' : `${task!.title}'s own file`;
    complain(at, `there is no file ${path.resolve(directory, file)}`, `Put ${own} there, or leave the task out.`);
  }
}

/** A task file's path starts at the directory of the spec. */
const resolveTask = (name: string, base: string): string => (isTaskFile(name) ? path.resolve(base, name) : name);

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
      : {
          tasks: names.map((name) => resolveTask(name, base)),
          taskData: path.resolve(base, taskData),
          limit: limit ?? defaultLimit,
        }),
    ...(prompts === undefined ? {} : { prompts, maxTokens: maxTokens ?? defaultMaxTokens }),
  };
}

/** Absolute paths of the files that the tasks' rows stand in, and of those that define tasks. */
export function taskFiles({ tasks: names = [], taskData }: EvaluationSpec): string[] {
  if (taskData === undefined) return [];
  return names.flatMap((name) => {
    const named = tasksNamed([name]);
    if (!named.ok) return [];
    const [task] = named.value;
    const rows = fileOfTask(task!);
    return [
      ...(rows === undefined ? [] : [path.resolve(taskData, rows)]),
      ...(task!.file === undefined ? [] : [task!.file]),
    ];
  });
}
