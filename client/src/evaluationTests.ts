/**
 * Evaluations in the Test Explorer: a task, its rows by the right answer, and each row with what the model thought of the
 * candidates. Rows are fetched where they are looked at. Running scores a model on the tasks chosen.
 */
import * as vscode from 'vscode';
import type { EvaluationInfo } from '../../server/src/protocol.ts';
import {
  EvaluationDetail,
  EvaluationRows,
  ListEvaluations,
  ListTasks,
  WorkspaceChanged,
} from '../../server/src/protocol.ts';
import type { EvaluateFeature } from './evaluate.ts';
import { anyOf, describe, failure, limitOf, rowName, say } from './evaluationTestRows.ts';
import { count, figure, percent } from './figures.ts';
import type { ChosenModel, ModelsFeature } from './models.ts';
import { pathOf, readable } from './paths.ts';
import { lineOf } from './problemLines.ts';
import type { Workbench } from './workbench.ts';

const modelKey = 'bllossom.testModel';
const evaluationKey = 'bllossom.testEvaluation';
/** Rows below one node, and rows of a task that a run reports on at once; others are told where they are opened. */
const pageSize = EvaluationRows.most;
const reported = 1000;

/** What a node stands for. */
type Node =
  | { readonly kind: 'task'; readonly task: string; readonly evaluation: EvaluationInfo | undefined }
  | {
      readonly kind: 'subset';
      readonly task: string;
      readonly evaluation: EvaluationInfo;
      readonly gold?: number;
      readonly rows: number;
    }
  | {
      readonly kind: 'page';
      readonly task: string;
      readonly evaluation: EvaluationInfo;
      readonly gold?: number;
      readonly from: number;
    }
  | { readonly kind: 'row'; readonly task: string; readonly row: EvaluationRows.Row };

export interface EvaluationTestsFeature {
  /** Labels as the tree has them, by levels. */
  labels(): readonly TestLabels[];
}

export interface TestLabels {
  readonly label: string;
  readonly children: readonly TestLabels[];
}

export function registerEvaluationTests(
  workbench: Workbench,
  { models, evaluate }: { readonly models: ModelsFeature; readonly evaluate: EvaluateFeature },
): EvaluationTestsFeature {
  const { extension, messages, server } = workbench;
  const controller = vscode.tests.createTestController('bllossom.evaluation', vscode.l10n.t('Evaluation Tasks'));
  const tests = new EvaluationTests(workbench, controller, models, evaluate);
  controller.resolveHandler = (item) => tests.resolve(item);
  controller.refreshHandler = () => tests.load();
  const profile = controller.createRunProfile(
    vscode.l10n.t('Evaluate'),
    vscode.TestRunProfileKind.Run,
    (request, token) => tests.run(request, token),
    true,
  );
  profile.configureHandler = () => {
    tests.chooseModel().catch((error: unknown) => void messages.failure(error));
  };
  extension.subscriptions.push(
    controller,
    profile,
    vscode.commands.registerCommand('bllossom.showInTests', async (argument?: unknown) => {
      await extension.workspaceState.update(evaluationKey, pathOf(argument));
      await vscode.commands.executeCommand('workbench.view.testing.focus');
      await tests.load();
    }),
    server.on(WorkspaceChanged.type, ({ what }) => {
      if (what.includes('evaluations')) void tests.refresh();
    }),
    workbench.onStale(() => void tests.refresh()),
  );
  const labelsOf = (items: vscode.TestItemCollection): TestLabels[] =>
    Array.from(items, ([, item]) => ({ label: item.label, children: labelsOf(item.children) }));
  return { labels: () => labelsOf(controller.items) };
}

class EvaluationTests {
  readonly #workbench: Workbench;
  readonly #controller: vscode.TestController;
  readonly #models: ModelsFeature;
  readonly #evaluate: EvaluateFeature;
  readonly #nodes = new WeakMap<vscode.TestItem, Node>();
  #tasks: readonly ListTasks.Entry[] = [];
  /** True once somebody has looked: before, nothing is asked of the server. */
  #looked = false;

  constructor(
    workbench: Workbench,
    controller: vscode.TestController,
    models: ModelsFeature,
    evaluate: EvaluateFeature,
  ) {
    this.#workbench = workbench;
    this.#controller = controller;
    this.#models = models;
    this.#evaluate = evaluate;
  }

  async refresh(): Promise<void> {
    if (this.#looked) await this.load();
  }

  /** Fills in what is below a node; without one, the tasks. */
  async resolve(item: vscode.TestItem | undefined): Promise<void> {
    if (item === undefined) return this.load();
    const node = this.#nodes.get(item);
    item.busy = true;
    try {
      const rows = await this.#fill(item, node);
      if (rows.length > 0) this.#publish(rows);
    } catch (error) {
      item.error = lineOf(error);
    } finally {
      item.busy = false;
    }
  }

  /** The tasks there are, each with the evaluation whose rows it shows. */
  async load(): Promise<void> {
    this.#looked = true;
    const { server, messages } = this.#workbench;
    try {
      const [tasks, list] = await Promise.all([
        server.request(ListTasks.type, {}),
        server.request(ListEvaluations.type, {}),
      ]);
      this.#tasks = tasks;
      const known = new Set(tasks.map(({ name }) => name));
      // Tasks that are known by their results alone.
      const others = [...new Set(list.flatMap(({ samples = [] }) => samples))].filter((name) => !known.has(name));
      const all = [...tasks, ...others.map((name) => ({ name, title: name }))];
      const items = this.#controller.items;
      for (const [id] of items) if (!all.some(({ name }) => name === id)) items.delete(id);
      for (const [i, { name, title }] of all.entries()) this.#showTask(name, title, i, this.#evaluationOf(list, name));
    } catch (error) {
      messages.quietly('listing evaluations for the tests', error);
    }
  }

  /** The evaluation that was chosen, where it has rows of the task; else the latest one that has. */
  #evaluationOf(list: readonly EvaluationInfo[], task: string): EvaluationInfo | undefined {
    const chosen = this.#workbench.extension.workspaceState.get<string>(evaluationKey);
    const having = list.filter(({ samples }) => samples?.includes(task));
    return having.find(({ path: file }) => file === chosen) ?? having[0];
  }

  #showTask(name: string, title: string, i: number, evaluation: EvaluationInfo | undefined): void {
    const { items } = this.#controller;
    const before = items.get(name);
    const item = before ?? this.#controller.createTestItem(name, title);
    const node = before === undefined ? undefined : this.#nodes.get(before);
    const same =
      node?.kind === 'task' && node.evaluation?.path === evaluation?.path && node.evaluation?.at === evaluation?.at;
    item.sortText = String(i).padStart(4, '0');
    item.description = evaluation === undefined ? vscode.l10n.t('not evaluated yet') : describe(evaluation, name);
    item.canResolveChildren = evaluation !== undefined;
    if (!same) item.children.replace([]);
    this.#nodes.set(item, { kind: 'task', task: name, evaluation });
    if (before === undefined) items.add(item);
    else if (!same && evaluation !== undefined) this.#controller.invalidateTestResults(item);
  }

  /** Makes what is below a node; answers with the rows among it. */
  async #fill(item: vscode.TestItem, node: Node | undefined): Promise<readonly vscode.TestItem[]> {
    switch (node?.kind) {
      case undefined:
      case 'row':
        return [];
      case 'task':
        if (node.evaluation !== undefined) item.children.replace(await this.#subsets(node.task, node.evaluation));
        return [];
      case 'subset': {
        const { task, evaluation, gold, rows } = node;
        if (rows <= pageSize)
          return this.#rows(item, { task, evaluation, ...(gold === undefined ? {} : { gold }), from: 0 });
        const pages = Array.from({ length: Math.ceil(rows / pageSize) }, (_, i) => {
          const from = i * pageSize;
          const to = Math.min(rows, from + pageSize);
          const page = this.#item(`${item.id} ${from}`, vscode.l10n.t('{0} to {1}', count(from + 1), count(to)), {
            ...{ kind: 'page', task, evaluation, from },
            ...(gold === undefined ? {} : { gold }),
          });
          page.sortText = String(i).padStart(6, '0');
          return page;
        });
        item.children.replace(pages);
        return [];
      }
      case 'page':
        return this.#rows(item, node);
      default:
        return node satisfies never;
    }
  }

  #item(id: string, label: string, node: Node, uri?: vscode.Uri): vscode.TestItem {
    const item = this.#controller.createTestItem(id, label, uri);
    item.canResolveChildren = node.kind !== 'row';
    this.#nodes.set(item, node);
    return item;
  }

  /** A task's rows by their right answer. */
  async #subsets(task: string, evaluation: EvaluationInfo): Promise<vscode.TestItem[]> {
    const { confusion, labels, rows } = await this.#workbench.server.request(EvaluationDetail.type, {
      path: evaluation.path,
      task,
    });
    const split = evaluation.conditions?.[task]?.split;
    const prefix = split === undefined ? '' : `${split} · `;
    if (labels.length === 0) {
      const label = `${prefix}${vscode.l10n.t('all rows')}`;
      return [this.#item(`${task}/all`, label, { kind: 'subset', task, evaluation, rows })];
    }
    return labels.flatMap((label, gold) => {
      const n = (confusion[gold] ?? []).reduce((a, b) => a + b, 0);
      if (n === 0) return [];
      const text = label.trim();
      const name = /^\d+$/.test(text) ? vscode.l10n.t('answer {0}', text) : text;
      const item = this.#item(`${task}/${gold}`, `${prefix}${name}`, {
        kind: 'subset',
        task,
        evaluation,
        gold,
        rows: n,
      });
      item.description = `${percent((confusion[gold]?.[gold] ?? 0) / n)} · ${vscode.l10n.t('{0} rows', count(n))}`;
      item.sortText = String(gold).padStart(4, '0');
      return [item];
    });
  }

  async #rows(
    parent: vscode.TestItem,
    { task, evaluation, gold, from }: Pick<Extract<Node, { kind: 'page' }>, 'task' | 'evaluation' | 'gold' | 'from'>,
  ): Promise<readonly vscode.TestItem[]> {
    const { rows } = await this.#workbench.server.request(EvaluationRows.type, {
      path: evaluation.path,
      task,
      query: { search: '', sort: 'row', descending: false, ...(gold === undefined ? {} : { gold }) },
      ...{ from, count: pageSize },
    });
    const items = rows.map((row) => {
      const uri = row.place === undefined ? undefined : vscode.Uri.file(row.place.file);
      const item = this.#item(`${task}#${row.id}`, rowName(row), { kind: 'row', task, row }, uri);
      if (row.place !== undefined) item.range = new vscode.Range(row.place.line - 1, 0, row.place.line - 1, 0);
      item.sortText = String(row.id).padStart(8, '0');
      return item;
    });
    parent.children.replace(items);
    return items;
  }

  /** Shows the states of rows that were evaluated before. Nothing opens for it, and the editor keeps no record. */
  #publish(items: readonly vscode.TestItem[]): void {
    const request = new vscode.TestRunRequest(items, undefined, undefined, false, true);
    const run = this.#controller.createTestRun(request, vscode.l10n.t('Results on disk'), false);
    for (const item of items) this.#report(run, item);
    run.end();
  }

  #report(run: vscode.TestRun, item: vscode.TestItem): void {
    const node = this.#nodes.get(item);
    if (node?.kind !== 'row') return;
    if (node.row.right) run.passed(item);
    else run.failed(item, failure(node.row, item));
  }

  async chooseModel(): Promise<ChosenModel | undefined> {
    const model = await this.#models.pick(vscode.l10n.t('The Model That Tests Evaluate'), { adapters: true });
    if (model !== undefined) await this.#workbench.extension.workspaceState.update(modelKey, model);
    return model;
  }

  /** Scores the tasks of what was chosen: of rows alone, the first rows up to the last of them. */
  async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const { extension, messages } = this.#workbench;
    if (!this.#looked) await this.load();
    const chosen = request.include ?? Array.from(this.#controller.items, ([, item]) => item);
    const nodes = chosen.flatMap((item) => this.#nodes.get(item) ?? []);
    const excluded = new Set(request.exclude?.map((item) => item.id));
    const data = nodes.flatMap((node) => (node.kind === 'row' ? [] : (node.evaluation?.data ?? [])))[0];
    try {
      const model = extension.workspaceState.get<ChosenModel>(modelKey) ?? (await this.chooseModel());
      if (model === undefined) return;
      const folder = data ?? (await this.#evaluate.askData(this.#tasks));
      if (folder === undefined) return;
      const asked = [...new Set(nodes.map(({ task }) => task))].filter((task) => !excluded.has(task));
      // All tasks that were not named are those whose rows are there.
      const tasks = request.include === undefined ? await this.#evaluate.tasksIn(this.#tasks, folder, asked) : asked;
      const limit = limitOf(nodes.map((node) => (node.kind === 'row' ? node.row : undefined)));
      await this.#score({ model, folder, tasks, limit }, this.#controller.createTestRun(request), token);
    } catch (error) {
      void messages.failure(error);
    }
  }

  async #score(
    {
      model,
      folder,
      tasks,
      limit,
    }: {
      readonly model: ChosenModel;
      readonly folder: string;
      readonly tasks: readonly string[];
      readonly limit: number | undefined;
    },
    run: vscode.TestRun,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const { extension } = this.#workbench;
    const items = tasks.flatMap((task) => this.#controller.items.get(task) ?? []);
    for (const item of items) run.started(item);
    try {
      const out = await this.#evaluate.freshOut(model);
      say(run, vscode.l10n.t('Evaluating {0}', readable(model.adapter ?? model.model)));
      if (limit !== undefined) say(run, vscode.l10n.t('The first {0} rows of each task', count(limit)));
      const params = { ...model, tasks, data: folder, out, ...(limit === undefined ? {} : { limit }) };
      const answer = await this.#evaluate.run(params, anyOf(token, run.token));
      await extension.workspaceState.update(evaluationKey, answer.file);
      await this.load();
      for (const item of items) await this.#reportTask(run, item);
      for (const [task, metrics] of Object.entries(answer.results))
        say(
          run,
          `${task}: ${Object.entries(metrics)
            .map(([name, value]) => `${name} ${figure(value)}`)
            .join(' · ')}`,
        );
    } catch (error) {
      for (const item of items)
        if (token.isCancellationRequested || run.token.isCancellationRequested) run.skipped(item);
        else run.errored(item, new vscode.TestMessage(lineOf(error)));
      throw error;
    } finally {
      run.end();
    }
  }

  /** Opens a task's rows up to a number, and tells their states. */
  async #reportTask(run: vscode.TestRun, task: vscode.TestItem): Promise<void> {
    let told = 0;
    const waiting = [task];
    for (let item = waiting.shift(); item !== undefined && told < reported; item = waiting.shift()) {
      const rows = await this.#fill(item, this.#nodes.get(item));
      for (const row of rows) this.#report(run, row);
      told += rows.length;
      if (rows.length === 0) waiting.push(...Array.from(item.children, ([, child]) => child));
    }
  }
}
