/** Task files (`*.task.json`): JSON with comments, checked against the schema that editors complete from, and for sense. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import schema from '../../schemas/task.schema.json' with { type: 'json' };
import { fileProblem } from '../base/fileProblem.ts';
import { firstOf, inOrder, readJsonDocument } from '../base/jsonDocument.ts';
import { type Problem, type Result, bad, ok } from '../base/problem.ts';
import { complaintsUnder } from '../base/schemaComplaints.ts';
import type { Task } from './task.ts';
import { type TaskDefinition, compileTask } from './taskDefinition.ts';

export const taskFileEnding = '.task.json';

const complaintsOf = complaintsUnder(schema);

export interface ParsedTask {
  /** There exactly where `problems` is empty. */
  readonly task?: Task;
  /** In the order of the text. */
  readonly problems: readonly Problem[];
}

/** `builtIn`: names that no file may give its task. */
export function parseTask(text: string, file: string, builtIn: readonly string[]): ParsedTask {
  const remedy = 'Begin with {"name": …, "title": …, "language": …, "version": 1, "files": {…}, …}.';
  const read = readJsonDocument(text, file, complaintsOf, remedy);
  if ('problems' in read) return read;
  const { value, where } = read.document;
  const definition = value as TaskDefinition;
  const problems: Problem[] = [];
  const task = compileTask(definition, path.resolve(file), (segments, what, mend, atName) => {
    problems.push({ what, where: where(segments, atName), ...(mend === undefined ? {} : { remedy: mend }) });
  });
  if (builtIn.includes(task.name))
    problems.push({
      what: `${task.name} is a built-in task's name`,
      where: where(['name']),
      remedy: 'Give it another name: its results would be taken for the built-in one’s.',
    });
  return problems.length > 0 ? { problems: inOrder(problems) } : { task, problems };
}

/** The task of a file, or its first problem. */
export function readTaskFile(file: string, builtIn: readonly string[]): Result<Task> {
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return fileProblem(error, file);
  }
  // The mark of UTF-16 is no UTF-8.
  if (text.startsWith('\uFFFD\uFFFD')) return bad('this is not UTF-8', { file }, 'Save it in UTF-8.');
  const { task, problems } = parseTask(text, file, builtIn);
  return task === undefined ? { ok: false, problem: firstOf(problems) } : ok(task);
}
