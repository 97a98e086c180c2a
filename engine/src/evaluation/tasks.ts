/** The evaluation tasks there are: the built-in ones, which are data in tasks/, and those of task files. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Result, bad, ok, ProblemError } from '../base/problem.ts';
import type { Task } from './task.ts';
import { type TaskDefinition, compileTask } from './taskDefinition.ts';
import { readTaskFile, taskFileEnding } from './taskFile.ts';
import klueNli from './tasks/klue_nli.task.json' with { type: 'json' };
import klueSts from './tasks/klue_sts.task.json' with { type: 'json' };
import klueYnat from './tasks/klue_ynat.task.json' with { type: 'json' };
import kobestBoolq from './tasks/kobest_boolq.task.json' with { type: 'json' };
import kobestCopa from './tasks/kobest_copa.task.json' with { type: 'json' };
import kobestHellaswag from './tasks/kobest_hellaswag.task.json' with { type: 'json' };
import kobestSentineg from './tasks/kobest_sentineg.task.json' with { type: 'json' };
import kosbi from './tasks/kosbi.task.json' with { type: 'json' };

/** The built-in tasks. */
export const tasks: readonly Task[] = [
  ...[klueNli, klueSts, klueYnat, kosbi],
  ...[kobestBoolq, kobestCopa, kobestHellaswag, kobestSentineg],
].map((definition) =>
  // The file's type is wider than the definition's: words are strings there. A test holds each against the schema.
  compileTask(definition as unknown as TaskDefinition, undefined, (_, what) => {
    throw new ProblemError({ what, where: { name: definition.name } });
  }),
);

export const taskNames: readonly string[] = tasks.map((task) => task.name);

/** True for the path of a task file, as opposed to a name. */
export const isTaskFile = (name: string): boolean => name.endsWith(taskFileEnding);

/** Names and paths between commas; the path of a task file that is there may hold commas itself. */
export function taskList(text: string): string[] {
  const parts = text.split(',');
  const list: string[] = [];
  for (let from = 0; from < parts.length;) {
    let to = from + 1;
    let name = parts[from]!.trim();
    for (let end = parts.length; end > from + 1 && to === from + 1; end--) {
      const longer = parts.slice(from, end).join(',').trim();
      if (isTaskFile(longer) && existsSync(longer)) [to, name] = [end, longer];
    }
    list.push(name);
    from = to;
  }
  return list;
}

/** Task files that stand beside the data, in DATA/tasks: they can be asked for by name. */
export function taskFilesBeside(data: string): string[] {
  const folder = path.join(data, 'tasks');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder)
    .filter(isTaskFile)
    .sort()
    .map((name) => path.join(folder, name));
}

/**
 * The tasks of these names, in the order given; a name given twice counts once. A name is a built-in task's, that of a file
 * NAME.task.json in `data`/tasks, or the path of a task file.
 */
export function tasksNamed(names: readonly string[], data?: string): Result<Task[]> {
  const found: Task[] = [];
  for (const name of new Set(names)) {
    const task = taskNamed(name, data);
    if (!task.ok) return task;
    const same = found.find((other) => other.name === task.value.name);
    if (same !== undefined && same.file === task.value.file) continue;
    if (same !== undefined) {
      const where = task.value.file === undefined ? undefined : { file: task.value.file };
      return bad(`a second task is named ${same.name}`, where, `Rename it, or leave ${same.file ?? same.name} out.`);
    }
    found.push(task.value);
  }
  if (found.length === 0) return bad('no task is named', undefined, 'Name one with --tasks, such as kobest_copa.');
  return ok(found);
}

function taskNamed(name: string, data: string | undefined): Result<Task> {
  const builtIn = tasks.find((task) => task.name === name);
  if (builtIn !== undefined) return ok(builtIn);
  if (isTaskFile(name)) return readTaskFile(name, taskNames);
  const beside = data === undefined ? [] : taskFilesBeside(data);
  const file = beside.find((one) => path.basename(one, taskFileEnding) === name);
  if (file === undefined) {
    const known = [...taskNames, ...beside.map((one) => path.basename(one, taskFileEnding))].join(', ');
    return bad(`there is no task '${name}'`, undefined, `Choose among ${known}, or give the path of a *.task.json.`);
  }
  const task = readTaskFile(file, taskNames);
  if (!task.ok || task.value.name === name) return task;
  return bad(`the task of this file is named ${task.value.name}`, { file }, 'Give the file its task’s name.');
}
