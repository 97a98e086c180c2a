/** The table of evaluation tasks. A new task is a definition in tasks/ and a line here. */
import { type Result, bad, ok } from '../base/problem.ts';
import type { Task } from './task.ts';
import { klue } from './tasks/klue.ts';
import { kobest } from './tasks/kobest.ts';
import { kosbi } from './tasks/kosbi.ts';

export const tasks: readonly Task[] = [...klue, kosbi, ...kobest];

/** The tasks of these names, in the order given; a name given twice counts once. */
export function tasksNamed(names: readonly string[]): Result<Task[]> {
  const found: Task[] = [];
  for (const name of new Set(names)) {
    const task = tasks.find((t) => t.name === name);
    const known = tasks.map((t) => t.name).join(', ');
    if (task === undefined) return bad(`there is no task '${name}'`, undefined, `Choose among ${known}.`);
    found.push(task);
  }
  if (found.length === 0) return bad('no task is named', undefined, 'Name one with --tasks, such as kobest_copa.');
  return ok(found);
}
