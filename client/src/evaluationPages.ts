/** The page of each evaluation: it asks for what is on screen, and the server answers; no row is read here. */
import path from 'node:path';
import * as vscode from 'vscode';
import {
  CompareEvaluations,
  EvaluationDetail,
  EvaluationRows,
  ListEvaluations,
  ListTasks,
} from '../../server/src/protocol.ts';
import { copyTable } from './copyTable.ts';
import { evaluationLabels } from './evaluationLabels.ts';
import { pageHtml, pageRoots, panelIcon, sender } from './pages.ts';
import { readable } from './paths.ts';
import { lineOf, problemLine } from './problemLines.ts';
import { isCancelled } from './problems.ts';
import type { EvaluationState, FromPage, PageData, ToPage } from './webview/_evaluationProtocol.ts';
import type { Workbench } from './workbench.ts';

const viewType = 'bllossom.evaluation';

export interface EvaluationPagesFeature {
  /** Opens an evaluation's page by its results file, at one of its tasks. */
  open(file: string, task?: string): void;
  /** What the open page of an evaluation shows, by its results file. */
  state(file: string): EvaluationState | undefined;
  /** Evaluations on disk have changed. */
  refresh(): void;
}

export function registerEvaluationPages(workbench: Workbench): EvaluationPagesFeature {
  const { extension } = workbench;
  const pages = new Map<string, EvaluationPanel>();

  const attach = (panel: vscode.WebviewPanel, file: string): EvaluationPanel => {
    const page = new EvaluationPanel(workbench, panel, file);
    pages.set(file, page);
    panel.onDidDispose(() => {
      if (pages.get(file) === page) pages.delete(file);
      page.dispose();
    });
    return page;
  };

  const refresh = (): void => {
    for (const page of pages.values()) void page.load();
  };
  extension.subscriptions.push(
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel, state: unknown) => {
        const file = fileOf(state);
        if (file === undefined || pages.has(file)) panel.dispose();
        else attach(panel, file);
        return Promise.resolve();
      },
    }),
    workbench.onStale(refresh),
  );
  return {
    open: (file, task) => {
      const known = pages.get(file);
      const page =
        known ??
        attach(vscode.window.createWebviewPanel(viewType, '', vscode.ViewColumn.Active, { enableScripts: true }), file);
      if (known !== undefined) known.reveal();
      if (task !== undefined) page.show(task);
    },
    state: (file) => pages.get(file)?.state,
    refresh,
  };
}

const besides = (other: string | undefined) => (other === undefined ? {} : { other });

function fileOf(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('path' in state)) return undefined;
  return typeof state.path === 'string' ? state.path : undefined;
}

class EvaluationPanel {
  readonly #workbench: Workbench;
  readonly #panel: vscode.WebviewPanel;
  readonly #file: string;
  readonly #send: (message: ToPage) => void;
  /** The task to be shown once the page is there. */
  #task: string | undefined;
  #ready = false;
  /** Ends what was asked under the query before. */
  #cancel = new vscode.CancellationTokenSource();
  state: EvaluationState | undefined;

  constructor(workbench: Workbench, panel: vscode.WebviewPanel, file: string) {
    this.#workbench = workbench;
    this.#panel = panel;
    this.#send = sender(panel);
    this.#file = file;
    const { extension } = workbench;
    panel.iconPath = panelIcon(extension);
    panel.title = path.basename(path.dirname(file));
    panel.webview.options = { enableScripts: true, localResourceRoots: [...pageRoots(extension)] };
    panel.webview.onDidReceiveMessage((message: FromPage) => this.#hear(message));
    const data: PageData = { path: file, labels: evaluationLabels() };
    panel.webview.html = pageHtml(panel.webview, extension, {
      name: 'evaluation',
      title: panel.title,
      body: '<main id="page"></main>',
      data,
    });
  }

  reveal(): void {
    this.#panel.reveal();
  }

  show(task: string): void {
    if (this.#ready) this.#send({ type: 'show', task });
    else this.#task = task;
  }

  dispose(): void {
    this.#cancel.cancel();
  }

  async load(): Promise<void> {
    const { server } = this.#workbench;
    try {
      const [list, tasks] = await Promise.all([
        server.request(ListEvaluations.type, {}),
        server.request(ListTasks.type, {}),
      ]);
      const evaluation = list.find((one) => one.path === this.#file);
      if (evaluation === undefined) {
        this.#send({ type: 'problem', text: vscode.l10n.t('{0} is no longer there.', readable(this.#file)) });
        return;
      }
      if (evaluation.problem !== undefined) {
        this.#send({ type: 'problem', text: problemLine(evaluation.problem) });
        return;
      }
      if (this.#task !== undefined) this.#send({ type: 'show', task: this.#task });
      this.#task = undefined;
      this.#ready = true;
      const { adapter, model, at } = evaluation;
      this.#send({
        type: 'evaluation',
        evaluation,
        model: adapter === undefined ? readable(model) : `${readable(model)} + ${readable(adapter)}`,
        at: at === undefined ? '' : new Date(at).toLocaleString(vscode.env.language),
        others: list.flatMap((one) =>
          one.path === this.#file ? [] : [{ path: one.path, name: one.name, samples: one.samples ?? [] }],
        ),
        titles: Object.fromEntries(tasks.map(({ name, title }) => [name, title])),
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!isCancelled(error)) this.#send({ type: 'problem', text: lineOf(error) });
  }

  async #hear(message: FromPage): Promise<void> {
    try {
      await this.#answer(message);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #answer(message: FromPage): Promise<void> {
    const { server } = this.#workbench;
    const file = this.#file;
    switch (message.type) {
      case 'ready':
        return this.load();
      case 'openFile':
        await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
        return;
      case 'openResults':
        await vscode.commands.executeCommand('bllossom.showResults');
        return;
      case 'detail': {
        const { task } = message;
        const detail = await server.request(EvaluationDetail.type, { path: file, task });
        this.#send({ type: 'detail', task, detail });
        return;
      }
      case 'rows': {
        const { request, task, query, other, from, count } = message;
        this.#cancel.cancel();
        this.#cancel = new vscode.CancellationTokenSource();
        const answer = await server.request(
          EvaluationRows.type,
          { path: file, task, query, ...besides(other), from, count },
          this.#cancel.token,
        );
        this.#send({ type: 'rows', request, answer });
        return;
      }
      case 'whole': {
        const { request, task, query, other, from } = message;
        const { rows } = await server.request(EvaluationRows.type, {
          path: file,
          task,
          query,
          ...besides(other),
          from,
          count: 1,
          whole: true,
        });
        const [row] = rows;
        if (row !== undefined) this.#send({ type: 'whole', request, row });
        return;
      }
      case 'compare': {
        const { task, other } = message;
        const answer = await server.request(CompareEvaluations.type, { path: file, other, task });
        this.#send({ type: 'compared', task, other, answer });
        return;
      }
      case 'open': {
        const at = new vscode.Position(message.line - 1, 0);
        await vscode.window.showTextDocument(vscode.Uri.file(message.file), {
          selection: new vscode.Range(at, at),
          preview: true,
        });
        return;
      }
      case 'copy':
        await copyTable(message.text);
        return;
      case 'state':
        this.state = message.state;
        return;
      default:
        message satisfies never;
    }
  }
}
