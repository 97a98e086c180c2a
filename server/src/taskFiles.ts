/** Evaluation tasks in the workspace (`*.task.json`): which there are, and their faults as squiggles while they are written. */
import { parseTask, taskFileEnding } from '../../engine/src/evaluation/taskFile.ts';
import type { Task } from '../../engine/src/evaluation/task.ts';
import { isTaskFile, taskNames, tasks, tasksNamed } from '../../engine/src/evaluation/tasks.ts';
import { checkFiles } from './checkedFiles.ts';
import type { Context } from './context.ts';
import { toDiagnostic } from './runSpec.ts';
import { uriToPath } from './uris.ts';

/** The built-in tasks, then those of the files; a file that cannot be used, or whose name is taken, is left out. */
export function allTasks(files: readonly string[]): readonly Task[] {
  const found = [...tasks];
  for (const file of files) {
    const named = tasksNamed([file]);
    if (named.ok && !found.some(({ name }) => name === named.value[0]!.name)) found.push(...named.value);
  }
  return found;
}

/** Names of tasks as the engine takes them: a task of the workspace by its file. */
export function withFiles(names: readonly string[], files: readonly string[]): readonly string[] {
  if (names.every((name) => taskNames.includes(name) || isTaskFile(name))) return names;
  const known = allTasks(files);
  return names.map((name) => known.find((task) => task.name === name)?.file ?? name);
}

export function registerTaskFiles(context: Context): void {
  const { connection, documents } = context;
  checkFiles(
    context,
    (uri) => uri.endsWith(taskFileEnding),
    (uri) => {
      const document = documents.get(uri);
      if (document === undefined) return;
      const { problems } = parseTask(document.text.getText(), uriToPath(uri) ?? uri, taskNames);
      const diagnostics = problems.map((problem) => toDiagnostic(problem, context.language));
      void connection.sendDiagnostics({ uri, version: document.version, diagnostics });
    },
  );
}
