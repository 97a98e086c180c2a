/** Evaluation tasks in the workspace (`*.task.json`): which there are, and their faults as squiggles while they are written. */
import { parseTask, taskFileEnding } from '../../engine/src/evaluation/taskFile.ts';
import type { Task } from '../../engine/src/evaluation/task.ts';
import { isTaskFile, taskNames, tasks, tasksNamed } from '../../engine/src/evaluation/tasks.ts';
import type { Context } from './context.ts';
import { toDiagnostic } from './runSpec.ts';
import { uriToPath } from './uris.ts';

const quietMs = 300;

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

export function registerTaskFiles({ connection, documents, onShutdown }: Context): void {
  const timers = new Map<string, NodeJS.Timeout>();

  const check = (uri: string) => {
    timers.delete(uri);
    const document = documents.get(uri);
    if (document === undefined) return;
    const { problems } = parseTask(document.text.getText(), uriToPath(uri) ?? uri, taskNames);
    const diagnostics = problems.map((problem) => toDiagnostic(problem));
    void connection.sendDiagnostics({ uri, version: document.version, diagnostics });
  };
  const schedule = (uri: string, delay: number) => {
    if (!uri.endsWith(taskFileEnding)) return;
    clearTimeout(timers.get(uri));
    timers.set(
      uri,
      setTimeout(() => check(uri), delay),
    );
  };

  documents.onOpen((document) => schedule(document.uri, 0));
  documents.onChange((document) => schedule(document.uri, quietMs));
  documents.onClose((uri) => {
    if (!uri.endsWith(taskFileEnding)) return;
    clearTimeout(timers.get(uri));
    timers.delete(uri);
    void connection.sendDiagnostics({ uri, diagnostics: [] });
  });
  onShutdown(() => {
    for (const timer of timers.values()) clearTimeout(timer);
  });
}
