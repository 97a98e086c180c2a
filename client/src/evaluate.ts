/**
 * 'Evaluate Model…', the tree of evaluations, and a page for each with its figures.
 * `bllossom.evaluate({model, adapter?, tasks, data, limit?, shots?, split?, out?})` asks nothing, and returns the results.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { EvaluationInfo } from '../../server/src/protocol.ts';
import { ListEvaluations, RunEvaluation, WorkspaceChanged } from '../../server/src/protocol.ts';
import { evaluationReport } from './evaluationReport.ts';
import { figure } from './figures.ts';
import { factItem, ListTree } from './listTree.ts';
import type { ChosenModel, ModelsFeature } from './models.ts';
import { numberOption, optionsOf, textOption } from './options.ts';
import { absolute, askForFolder, freshName, pathOf, readable, workspaceFolder } from './paths.ts';
import { withProgress } from './progress.ts';
import type { ReportsFeature } from './reports.ts';
import type { Workbench } from './workbench.ts';

/** The tasks there are, with what each asks. */
const tasks = (): readonly (readonly [string, string])[] => [
  ['klue_nli', vscode.l10n.t('KLUE: does one sentence follow from another')],
  ['klue_sts', vscode.l10n.t('KLUE: do two sentences mean the same')],
  ['klue_ynat', vscode.l10n.t('KLUE: the topic of a headline')],
  ['kosbi', vscode.l10n.t('KoSBi: is a sentence safe or biased')],
  ['kobest_boolq', vscode.l10n.t('KoBEST: yes or no, from a paragraph')],
  ['kobest_copa', vscode.l10n.t('KoBEST: the likelier cause or effect')],
  ['kobest_hellaswag', vscode.l10n.t('KoBEST: how a story goes on')],
  ['kobest_sentineg', vscode.l10n.t('KoBEST: praise or blame, negations included')],
];

const dataKey = 'bllossom.evaluationData';

type Params = Omit<RunEvaluation.Params, 'workDoneToken'>;

export function registerEvaluate(
  workbench: Workbench,
  { models, reports }: { readonly models: ModelsFeature; readonly reports: ReportsFeature },
): void {
  const { extension, server, messages } = workbench;

  const tree = new ListTree<EvaluationInfo>({
    view: 'bllossom.evaluations',
    fetch: () => server.request(ListEvaluations.type, {}),
    toItem: treeItem,
    children: ({ results }) => Object.entries(results).map(([task, metrics]) => factItem(task, metricsLine(metrics))),
    staleOn: [workbench.onStale],
  });

  const show = (info: EvaluationInfo) =>
    reports.show('evaluation', evaluationReport(info), () =>
      vscode.window.showTextDocument(vscode.Uri.file(info.path), { preview: true }),
    );

  const evaluate = async (argument?: unknown): Promise<RunEvaluation.Answer | undefined> => {
    try {
      const params = await ask(workbench, models, argument);
      if (params === undefined) return undefined;
      const title = vscode.l10n.t('Evaluating {0}', path.basename(params.adapter ?? params.model));
      const answer = await withProgress(server, title, (token, workDoneToken) =>
        server.request(RunEvaluation.type, { ...params, workDoneToken }, token),
      );
      tree.refresh();
      show({
        path: answer.file,
        name: path.basename(path.dirname(answer.file)),
        model: params.adapter ?? params.model,
        results: answer.results,
        at: Date.now(),
      });
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
      const info = list.find((candidate) => candidate.path === named) ?? (named === undefined ? list[0] : undefined);
      if (info === undefined) void messages.error(vscode.l10n.t('There are no such results.'));
      else show(info);
    } catch (error) {
      void messages.failure(error);
    }
  };

  extension.subscriptions.push(
    tree,
    vscode.commands.registerCommand('bllossom.evaluate', evaluate),
    vscode.commands.registerCommand('bllossom.openEvaluation', open),
    server.on(WorkspaceChanged.type, ({ what }) => {
      if (what.includes('evaluations')) tree.refresh();
    }),
  );
}

async function ask({ extension }: Workbench, models: ModelsFeature, argument: unknown): Promise<Params | undefined> {
  const options = optionsOf(argument, 'tasks');
  const scripted = 'tasks' in options;
  const model = scripted ? givenModel(options) : await askModel(models, argument);
  if (model === undefined) return undefined;
  const chosen = scripted ? (options['tasks'] as readonly string[]) : await askTasks();
  if (chosen === undefined || chosen.length === 0) return undefined;
  const data = pathOf(textOption(options, 'data')) ?? (await askData(extension));
  if (data === undefined) return undefined;
  const limit = scripted ? numberOption(options, 'limit') : await askLimit();
  if (limit === null) return undefined;
  const name = path.basename(model.adapter ?? model.model);
  const day = new Date().toISOString().slice(0, 10);
  const out = pathOf(textOption(options, 'out')) ?? absolute(await freshName(`evaluations/${name}-${day}`));
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

function givenModel(options: Readonly<Record<string, unknown>>): ChosenModel | undefined {
  const model = pathOf(textOption(options, 'model'));
  const adapter = pathOf(textOption(options, 'adapter'));
  return model === undefined ? undefined : { model, ...(adapter === undefined ? {} : { adapter }) };
}

async function askModel(models: ModelsFeature, argument: unknown): Promise<ChosenModel | undefined> {
  const fromTree = pathOf(argument);
  if (fromTree !== undefined) return models.resolve(fromTree);
  return models.pick(vscode.l10n.t('Evaluate Model (1/4): the model'), { adapters: true });
}

async function askTasks(): Promise<readonly string[] | undefined> {
  const items = tasks().map(([label, detail]) => ({ label, detail }));
  const title = vscode.l10n.t('Evaluate Model (2/4): the tasks');
  const chosen = await vscode.window.showQuickPick(items, { title, canPickMany: true, ignoreFocusOut: true });
  return chosen?.map(({ label }) => label);
}

async function askData(extension: vscode.ExtensionContext): Promise<string | undefined> {
  const title = vscode.l10n.t('Evaluate Model (3/4): the folder with klue, kobest and kosbi');
  const before = extension.workspaceState.get<string>(dataKey);
  const found = await vscode.workspace.findFiles('**/{klue,kobest,kosbi}/**/*.{json,tsv}', '**/node_modules/**', 50);
  const folders = new Set([
    ...(before === undefined ? [] : [before]),
    ...found.map(({ fsPath }) => fsPath.replace(/[\\/](klue|kobest|kosbi)[\\/].*$/, '')),
  ]);
  const items = [
    ...[...folders].map((folder) => ({ label: `$(folder) ${readable(folder)}`, folder })),
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

const metricsLine = (metrics: Readonly<Record<string, number>>): string =>
  Object.entries(metrics)
    .map(([name, value]) => `${name} ${name === 'n' ? value : figure(value)}`)
    .join(' · ');

function treeItem(info: EvaluationInfo): vscode.TreeItem {
  const item = new vscode.TreeItem(info.name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = info.path;
  item.description = [Object.keys(info.results).join(', '), readable(info.model)]
    .filter((part) => part !== '')
    .join(' · ');
  item.tooltip = info.path;
  item.iconPath = new vscode.ThemeIcon('beaker');
  item.contextValue = 'evaluation';
  return item;
}
