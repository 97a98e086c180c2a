/**
 * Evaluations in the Test Explorer: a task, its rows by the right answer, and each row with what the model thought of the
 * candidates. Rows are there before anything is scored. Running scores a model on tasks, on parts of them or on single rows.
 */
import * as vscode from 'vscode';
import type { EvaluationInfo } from '../../server/src/protocol.ts';
import { ListEvaluations, ListTasks, WorkspaceChanged } from '../../server/src/protocol.ts';
import type { EvaluateFeature } from './evaluate.ts';
import { choiceOf, type PartChoice, rowsOf } from './evaluationTestChoice.ts';
import { anyOf, describe, failure, say } from './evaluationTestRows.ts';
import { type Node, type Source, TestTree } from './evaluationTestTree.ts';
import { count, metricsLine } from './figures.ts';
import type { ChosenModel, ModelsFeature } from './models.ts';
import { pathOf, readable } from './paths.ts';
import { fill } from './plural.ts';
import { lineOf } from './problemLines.ts';
import type { Workbench } from './workbench.ts';

const modelKey = 'bllossom.testModel';
const evaluationKey = 'bllossom.testEvaluation';
/** Rows of a task that a run reports on at once; others are told where they are opened. */
const reported = 1000;

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
  controller.refreshHandler = () => tests.load({ afresh: true });
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
  readonly #tree: TestTree;
  #tasks: readonly ListTasks.Entry[] = [];
  /** The listing under way; what asks for one meanwhile is told of the next. */
  #loading: Promise<void> | undefined;
  #again: 'no' | 'changes' | 'all' = 'no';
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
    this.#tree = new TestTree(workbench.server, controller);
  }

  async refresh(): Promise<void> {
    if (this.#looked) await this.load();
  }

  /** Fills in what is below a node; without one, the tasks. */
  async resolve(item: vscode.TestItem | undefined): Promise<void> {
    if (item === undefined) return this.load();
    item.busy = true;
    item.error = undefined;
    try {
      const rows = await this.#tree.fill(item);
      if (rows.some((row) => resultOf(this.#tree.node(row)) !== undefined)) this.#publish(rows);
    } catch (error) {
      item.error = lineOf(error);
    } finally {
      item.busy = false;
    }
  }

  /** The tasks there are, each with the evaluation whose rows it shows. `afresh`: rows that are open are read again too. */
  load({ afresh = false } = {}): Promise<void> {
    this.#looked = true;
    if (this.#again !== 'all') this.#again = afresh ? 'all' : 'changes';
    const all = async () => {
      while (this.#again !== 'no') {
        const open = this.#again === 'all';
        this.#again = 'no';
        await this.#list(open);
      }
      this.#loading = undefined;
    };
    // One at a time: an older list that comes late would stand for the newer one.
    this.#loading ??= all();
    return this.#loading;
  }

  async #list(afresh: boolean): Promise<void> {
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
      const folders = await this.#evaluate.dataFolders(tasks);
      const items = this.#controller.items;
      for (const [id] of items) {
        if (all.some(({ name }) => name === id)) continue;
        items.delete(id);
        this.#tree.forget(id);
      }
      const names = all.map(({ name }) => name);
      const holding = new Map<string, Promise<readonly string[]>>();
      const holds: Holds = async (folder, task) => {
        const found = holding.get(folder) ?? this.#evaluate.tasksIn(tasks, folder, names);
        holding.set(folder, found);
        return (await found).includes(task);
      };
      for (const [i, { name, title }] of all.entries()) {
        const evaluation = this.#evaluationOf(list, name);
        const near = evaluation?.data === undefined ? folders : [evaluation.data, ...folders];
        await this.#showTask(title, i, await sourceOf(name, evaluation, near, holds), afresh);
      }
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

  async #showTask(title: string, i: number, source: Source, afresh: boolean): Promise<void> {
    const { items } = this.#controller;
    const { task, evaluation, data } = source;
    const before = items.get(task);
    const item = before ?? this.#controller.createTestItem(task, title);
    const node = before === undefined ? undefined : this.#tree.node(before);
    const old = node?.kind === 'task' ? node.source : undefined;
    const asBefore = old !== undefined && old.data === data && old.split === source.split;
    const sameResults = old?.evaluation?.path === evaluation?.path && old?.evaluation?.at === evaluation?.at;
    item.sortText = String(i).padStart(4, '0');
    item.description =
      evaluation !== undefined
        ? describe(evaluation, task)
        : data === undefined
          ? vscode.l10n.t('no rows in this workspace')
          : vscode.l10n.t('not evaluated yet');
    item.canResolveChildren = evaluation !== undefined || data !== undefined;
    this.#tree.set(item, { kind: 'task', source });
    if (before === undefined) items.add(item);
    else if (!sameResults && evaluation !== undefined) this.#controller.invalidateTestResults(item);
    if (item.children.size === 0 || (asBefore && sameResults && !afresh)) return;
    // What is open stays open: the editor does not ask again for what it has once been given.
    if (item.canResolveChildren) await this.resolve(item);
    else {
      item.children.replace([]);
      this.#tree.forget(task);
    }
  }

  /** Shows the states of rows that were evaluated before. Nothing opens for it, and the editor keeps no record. */
  #publish(items: readonly vscode.TestItem[]): void {
    const request = new vscode.TestRunRequest(items, undefined, undefined, false, true);
    const run = this.#controller.createTestRun(request, vscode.l10n.t('Results on disk'), false);
    for (const item of items) this.#report(run, item);
    run.end();
  }

  #report(run: vscode.TestRun, item: vscode.TestItem): void {
    const result = resultOf(this.#tree.node(item));
    if (result === undefined) return;
    // A text that was scored is neither right nor wrong: its bits stand beside it.
    if (result.right || result.scored !== undefined) run.passed(item);
    else run.failed(item, failure(result, item));
  }

  async chooseModel(): Promise<ChosenModel | undefined> {
    const model = await this.#models.pick(vscode.l10n.t('The Model That Tests Evaluate'), { adapters: true });
    if (model !== undefined) await this.#workbench.extension.workspaceState.update(modelKey, model);
    return model;
  }

  /** Scores what was chosen: whole tasks as an evaluation that stays; rows and parts of tasks for their states alone. */
  async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const { extension, messages } = this.#workbench;
    if (!this.#looked) await this.load();
    const chosen = request.include ?? Array.from(this.#controller.items, ([, item]) => item);
    const nodesOf = (items: readonly vscode.TestItem[]) => items.flatMap((item) => this.#tree.node(item) ?? []);
    const nodes = nodesOf(chosen);
    const choice = choiceOf(nodes, nodesOf(request.exclude ?? []));
    // All that was chosen is left out.
    if (nodes.length > 0 && choice.whole.length + choice.parts.length === 0) return;
    try {
      const model = extension.workspaceState.get<ChosenModel>(modelKey) ?? (await this.chooseModel());
      if (model === undefined) return;
      const known = nodes.flatMap(({ source }) => folderOf(source) ?? [])[0];
      const folder = known ?? (await this.#evaluate.askData(this.#tasks));
      if (folder === undefined) return;
      /** Tasks by the folders that hold their rows. */
      const whole = new Map<string, string[]>();
      for (const { source } of choice.whole) {
        const at = folderOf(source) ?? folder;
        whole.set(at, [...(whole.get(at) ?? []), source.task]);
      }
      // All tasks that were not named are those whose rows are there.
      if (request.include === undefined)
        for (const [at, tasks] of whole) whole.set(at, [...(await this.#evaluate.tasksIn(this.#tasks, at, tasks))]);
      const run = this.#controller.createTestRun(request);
      try {
        for (const [at, tasks] of whole)
          if (tasks.length > 0) await this.#scoreTasks({ model, folder: at, tasks }, run, token);
        for (const part of choice.parts) await this.#scoreRows(model, part, run, token);
      } finally {
        run.end();
      }
    } catch (error) {
      void messages.failure(error);
    }
  }

  async #scoreTasks(
    {
      model,
      folder,
      tasks,
    }: { readonly model: ChosenModel; readonly folder: string; readonly tasks: readonly string[] },
    run: vscode.TestRun,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const { extension } = this.#workbench;
    const items = tasks.flatMap((task) => this.#controller.items.get(task) ?? []);
    for (const item of items) run.started(item);
    try {
      const out = await this.#evaluate.freshOut(model);
      say(run, vscode.l10n.t('Evaluating {0}', readable(model.adapter ?? model.model)));
      const answer = await this.#evaluate.run({ ...model, tasks, data: folder, out }, anyOf(token, run.token));
      await extension.workspaceState.update(evaluationKey, answer.file);
      await this.load();
      for (const item of items) await this.#reportTask(run, item);
      for (const [task, metrics] of Object.entries(answer.results)) say(run, `${task}: ${metricsLine(metrics)}`);
    } catch (error) {
      this.#tellFailure(run, items, error, token);
      throw error;
    }
  }

  /** Rows of one task alone. Their results are kept by the Test Explorer: they are no evaluation of the task. */
  async #scoreRows(
    model: ChosenModel,
    part: PartChoice,
    run: vscode.TestRun,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const { source } = part.chosen[0];
    const { task, split } = source;
    const folder = folderOf(source);
    if (folder === undefined)
      throw new Error(vscode.l10n.t('The rows of {0} are not known here: run the whole task.', task));
    const ids = await rowsOf(part, (node) => this.#tree.ids(node));
    if (ids.length === 0) return;
    const items = () => ids.flatMap((id) => this.#tree.row(task, id) ?? []);
    for (const item of items()) run.started(item);
    const out = vscode.Uri.joinPath(this.#workbench.extension.globalStorageUri, 'rows', `${Date.now()}-${process.pid}`);
    try {
      say(run, vscode.l10n.t('Evaluating {0}', readable(model.adapter ?? model.model)));
      say(run, fill(vscode.l10n.t('{0}: {1} {1|row|rows}'), task, count(ids.length)));
      const answer = await this.#evaluate.run(
        {
          ...model,
          ...{ tasks: [task], data: folder, out: out.fsPath, samples: { [task]: ids } },
          ...(split === undefined ? {} : { split }),
        },
        anyOf(token, run.token),
      );
      for (const result of await this.#tree.results(answer.file, task, ids)) {
        const item = this.#tree.row(task, result.id);
        if (item === undefined) continue;
        if (this.#tree.land(item, result)) this.#report(run, item);
        else run.errored(item, new vscode.TestMessage(vscode.l10n.t('The row has changed in its file since.')));
      }
      say(run, `${task}: ${metricsLine(answer.results[task] ?? {})}`);
    } catch (error) {
      this.#tellFailure(run, items(), error, token);
      throw error;
    } finally {
      await vscode.workspace.fs.delete(out, { recursive: true }).then(undefined, () => undefined);
    }
  }

  #tellFailure(
    run: vscode.TestRun,
    items: readonly vscode.TestItem[],
    error: unknown,
    token: vscode.CancellationToken,
  ): void {
    for (const item of items)
      if (token.isCancellationRequested || run.token.isCancellationRequested) run.skipped(item);
      else run.errored(item, new vscode.TestMessage(lineOf(error)));
  }

  /** Opens a task's rows up to a number, and tells their states. */
  async #reportTask(run: vscode.TestRun, task: vscode.TestItem): Promise<void> {
    let told = 0;
    const waiting = [task];
    for (let item = waiting.shift(); item !== undefined && told < reported; item = waiting.shift()) {
      const rows = await this.#tree.fill(item);
      for (const row of rows) this.#report(run, row);
      told += rows.length;
      if (rows.length === 0) waiting.push(...Array.from(item.children, ([, child]) => child));
    }
  }
}

/** Whether a folder holds a task's rows. */
type Holds = (folder: string, task: string) => Promise<boolean>;

/** The first folder with the task's rows, and the split that was scored. */
async function sourceOf(
  task: string,
  evaluation: EvaluationInfo | undefined,
  folders: readonly string[],
  holds: Holds,
): Promise<Source> {
  let data: string | undefined;
  for (const folder of folders) if (data === undefined && (await holds(folder, task))) data = folder;
  const split = evaluation?.conditions?.[task]?.split;
  return {
    task,
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(data === undefined ? {} : { data }),
    ...(split === undefined ? {} : { split }),
  };
}

/** Where a task's rows are, as far as it is known. */
const folderOf = ({ data, evaluation }: Source): string | undefined => data ?? evaluation?.data;

const resultOf = (node: Node | undefined) => (node?.kind === 'row' ? node.result : undefined);
