/**
 * 'Evaluate Model…' and the tree of evaluations.
 * `bllossom.evaluate({model, adapter?, tasks, data, limit?, shots?, split?, out?})` asks nothing, and returns the results.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { EvaluationInfo } from '../../server/src/protocol.ts';
import { ListEvaluations, ListTasks, RunEvaluation, WorkspaceChanged } from '../../server/src/protocol.ts';
import { watchAttention } from './attention.ts';
import type { EvaluationPagesFeature } from './evaluationPages.ts';
import { anyOf } from './evaluationTestRows.ts';
import { metricsLine } from './figures.ts';
import { factItem, ListTree, markBroken } from './listTree.ts';
import type { ChosenModel, ModelsFeature } from './models.ts';
import { numberOption, optionsOf, textOption } from './options.ts';
import { absolute, askForFolder, exists, freshName, pathOf, readable, workspaceFolder } from './paths.ts';
import { withProgress } from './progress.ts';
import type { ResultsFeature } from './results.ts';
import type { Workbench } from './workbench.ts';

const dataKey = 'bllossom.evaluationData';

type Params = Omit<RunEvaluation.Params, 'workDoneToken'>;

export interface EvaluateFeature {
  /** Scores as asked, under a notification that can be cancelled; rejects as the request does. */
  run(params: Params, token?: vscode.CancellationToken): Promise<RunEvaluation.Answer>;
  /** Asks for the folder with the rows; undefined where the user closes the list. */
  askData(known: readonly ListTasks.Entry[]): Promise<string | undefined>;
  /** Those of the tasks named whose rows are in a folder. */
  tasksIn(known: readonly ListTasks.Entry[], folder: string, names: readonly string[]): Promise<readonly string[]>;
  /** Folders that may hold rows, those that were chosen before first; nobody is asked. */
  dataFolders(known: readonly ListTasks.Entry[]): Promise<readonly string[]>;
  /** The folder for the results of a model, one that is not there yet. */
  freshOut(model: ChosenModel): Promise<string>;
}

export function registerEvaluate(
  workbench: Workbench,
  {
    models,
    pages,
    results,
  }: { readonly models: ModelsFeature; readonly pages: EvaluationPagesFeature; readonly results: ResultsFeature },
): EvaluateFeature {
  const { extension, server, messages } = workbench;

  const tree = new ListTree<EvaluationInfo>({
    view: 'bllossom.evaluations',
    fetch: () => server.request(ListEvaluations.type, {}),
    toItem: treeItem,
    children: ({ results }) => Object.entries(results).map(([task, metrics]) => factItem(task, metricsLine(metrics))),
    staleOn: [workbench.onStale],
    onFailure: (error) => messages.quietly('listing evaluations', error),
  });

  const run: EvaluateFeature['run'] = async (params, token) => {
    const title = vscode.l10n.t('Evaluating {0}', path.basename(params.adapter ?? params.model));
    const answer = await withProgress(server, title, (cancel, workDoneToken) => {
      return server.request(
        RunEvaluation.type,
        { ...params, workDoneToken },
        anyOf(cancel, ...(token === undefined ? [] : [token])),
      );
    });
    tree.refresh();
    return answer;
  };

  const evaluate = async (argument?: unknown): Promise<RunEvaluation.Answer | undefined> => {
    try {
      const params = await ask(workbench, models, argument);
      if (params === undefined) return undefined;
      const attention = watchAttention();
      const answer = await run(params).finally(() => attention.dispose());
      const show = () => pages.open(answer.file);
      if ('tasks' in optionsOf(argument, 'tasks') || attention.stays()) show();
      else {
        const name = path.basename(path.dirname(answer.file));
        void messages.info(vscode.l10n.t('{0} is evaluated.', name), [
          { label: vscode.l10n.t('Open Evaluation'), run: show },
        ]);
      }
      return answer;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  const open = async (argument?: unknown): Promise<void> => {
    try {
      const list = await server.request(ListEvaluations.type, {});
      const named = pathOf(argument);
      const info =
        list.find((candidate) => candidate.path === named) ??
        (named === undefined ? list.find(({ problem }) => problem === undefined) : undefined);
      if (info === undefined) void messages.error(vscode.l10n.t('There are no such results.'));
      else pages.open(info.path);
    } catch (error) {
      void messages.failure(error);
    }
  };

  extension.subscriptions.push(
    tree,
    vscode.commands.registerCommand('bllossom.evaluate', evaluate),
    vscode.commands.registerCommand('bllossom.openEvaluation', open),
    server.on(WorkspaceChanged.type, ({ what }) => {
      if (!what.includes('evaluations')) return;
      tree.refresh();
      results.refresh();
      pages.refresh();
    }),
  );
  const tasksIn: EvaluateFeature['tasksIn'] = async (known, folder, names) =>
    (await tasksWithRows(known, folder)).map(({ name }) => name).filter((name) => names.includes(name));
  return {
    run,
    askData: (known) => askData(extension, known),
    tasksIn,
    dataFolders: (known) => dataFolders(extension, known),
    freshOut,
  };
}

async function ask(
  { extension, server }: Workbench,
  models: ModelsFeature,
  argument: unknown,
): Promise<Params | undefined> {
  const options = optionsOf(argument, 'tasks');
  const scripted = 'tasks' in options;
  const model = scripted ? givenModel(options) : await askModel(models, argument);
  if (model === undefined) return undefined;
  const known = scripted ? [] : await server.request(ListTasks.type, {});
  const data = pathOf(textOption(options, 'data')) ?? (await askData(extension, known));
  if (data === undefined) return undefined;
  const chosen = scripted ? (options['tasks'] as readonly string[]) : await askTasks(known, data);
  if (chosen === undefined) return undefined;
  const limit = scripted ? numberOption(options, 'limit') : await askLimit();
  if (limit === null) return undefined;
  const out = pathOf(textOption(options, 'out')) ?? (await freshOut(model));
  const split = textOption(options, 'split');
  const shots = numberOption(options, 'shots');
  return {
    ...model,
    tasks: chosen,
    data,
    out,
    ...(limit === undefined ? {} : { limit }),
    ...(split === undefined ? {} : { split }),
    ...(shots === undefined ? {} : { shots }),
  };
}

async function freshOut({ model, adapter }: ChosenModel): Promise<string> {
  // A run leaves its model in `final`, which says nothing by itself.
  const name = path.basename((adapter ?? model).replace(/[\\/]final$/, ''));
  const day = new Date().toISOString().slice(0, 10);
  return absolute(await freshName(`evaluations/${name}-${day}`));
}

function givenModel(options: Readonly<Record<string, unknown>>): ChosenModel | undefined {
  const model = pathOf(textOption(options, 'model'));
  const adapter = pathOf(textOption(options, 'adapter'));
  return model === undefined ? undefined : { model, ...(adapter === undefined ? {} : { adapter }) };
}

async function askModel(models: ModelsFeature, argument: unknown): Promise<ChosenModel | undefined> {
  const fromTree = pathOf(argument);
  if (fromTree !== undefined) return models.resolve(isRun(argument) ? await finalOf(fromTree) : fromTree);
  return models.pick(vscode.l10n.t('Evaluate Model (1/4): the model'), { adapters: true });
}

/** A run, as its tree gives it. */
export const isRun = (argument: unknown): boolean =>
  typeof argument === 'object' && argument !== null && 'directory' in argument;

/** The model that a run has left. */
export async function finalOf(directory: string): Promise<string> {
  const folder = path.join(directory, 'final');
  if (await exists(vscode.Uri.file(folder))) return folder;
  throw new Error(
    vscode.l10n.t('The run {0} has left no model yet: it writes one when it ends.', path.basename(directory)),
  );
}

async function tasksWithRows(known: readonly ListTasks.Entry[], data: string): Promise<readonly ListTasks.Entry[]> {
  const here = await Promise.all(
    known.map(({ files }) => Promise.all(files.map((file) => exists(vscode.Uri.file(path.join(data, file)))))),
  );
  return known.filter((_, i) => here[i]!.includes(true));
}

/** The tasks whose rows are in the folder, all of them chosen at first: Enter scores what there is. */
async function askTasks(known: readonly ListTasks.Entry[], data: string): Promise<readonly string[] | undefined> {
  const items = (await tasksWithRows(known, data)).map(({ name, title }) => ({
    ...{ label: name, description: title, picked: true },
  }));
  if (items.length === 0) {
    throw new Error(
      vscode.l10n.t('{0} holds the rows of no task. A task looks for a file such as {1}.', data, known[0]!.files[0]!),
    );
  }
  const title = vscode.l10n.t('Evaluate Model (3/4): the tasks');
  const chosen = await vscode.window.showQuickPick(items, { title, canPickMany: true, ignoreFocusOut: true });
  if (chosen?.length === 0) throw new Error(vscode.l10n.t('No task was chosen.'));
  return chosen?.map(({ label }) => label);
}

async function dataFolders(
  extension: vscode.ExtensionContext,
  known: readonly ListTasks.Entry[],
): Promise<readonly string[]> {
  const before = extension.workspaceState.get<string>(dataKey);
  const files = known.flatMap((task) => task.files);
  const found = await vscode.workspace.findFiles(`**/{${files.join(',')}}`, '**/node_modules/**', 50);
  const folders = new Set(before === undefined ? [] : [before]);
  for (const { fsPath } of found) {
    const file = files.find((name) => fsPath.endsWith(path.normalize(`/${name}`)));
    if (file !== undefined) folders.add(fsPath.slice(0, -file.length - 1));
  }
  return [...folders];
}

async function askData(
  extension: vscode.ExtensionContext,
  known: readonly ListTasks.Entry[],
): Promise<string | undefined> {
  const title = vscode.l10n.t('Evaluate Model (2/4): the folder with the rows');
  const before = extension.workspaceState.get<string>(dataKey);
  const folders = await dataFolders(extension, known);
  const items = [
    ...folders.map((folder) => ({ label: `$(folder) ${readable(folder)}`, folder })),
    { label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`, folder: undefined },
  ];
  const item = await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true });
  if (item === undefined) return undefined;
  const folder = item.folder ?? (await askForFolder(title, before ?? workspaceFolder()));
  if (folder !== undefined) await extension.workspaceState.update(dataKey, folder);
  return folder;
}

/** How many rows of each task: undefined for all, null where the box is closed. */
async function askLimit(): Promise<number | undefined | null> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Evaluate Model (4/4): how many rows of each task'),
    prompt: vscode.l10n.t('The first rows in file order. Empty: all of them.'),
    value: '100',
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^\s*(|[1-9]\d*)\s*$/.test(value) ? undefined : vscode.l10n.t('A whole number, or nothing.'),
  });
  if (answer === undefined) return null;
  return answer.trim() === '' ? undefined : Number(answer);
}

function treeItem(info: EvaluationInfo): vscode.TreeItem {
  const item = new vscode.TreeItem(info.name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = info.path;
  if (info.problem !== undefined) {
    item.collapsibleState = vscode.TreeItemCollapsibleState.None;
    markBroken(item, info.problem);
    return item;
  }
  item.description = [Object.keys(info.results).join(', '), readable(info.model)]
    .filter((part) => part !== '')
    .join(' · ');
  item.tooltip = info.path;
  item.iconPath = new vscode.ThemeIcon('beaker');
  item.contextValue = 'evaluation';
  return item;
}
