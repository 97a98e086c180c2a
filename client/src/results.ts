/** 'Evaluation Results': all evaluations of the workspace beside the published table. One page a window; it follows what is on disk. */
import * as vscode from 'vscode';
import { ListEvaluations, ListTasks, PublishedResults } from '../../server/src/protocol.ts';
import { copyTable } from './copyTable.ts';
import { evaluateLabels } from './evaluationLabels.ts';
import { pageHtml, pageRoots, panelIcon, sender } from './pages.ts';
import { readable } from './paths.ts';
import { lineOf, problemLine } from './problemLines.ts';
import type { FromPage, PageData, ResultsState, ToPage } from './webview/_resultsProtocol.ts';
import type { Workbench } from './workbench.ts';

const viewType = 'bllossom.results';

export interface ResultsFeature {
  /** What the page shows; undefined where it is not open. */
  state(): ResultsState | undefined;
  /** Evaluations on disk have changed. */
  refresh(): void;
}

interface Open {
  readonly panel: vscode.WebviewPanel;
  readonly send: (message: ToPage) => void;
  state: ResultsState | undefined;
}

export function registerResults(
  workbench: Workbench,
  evaluations: { open(path: string, task?: string): unknown },
): ResultsFeature {
  const { extension, server, messages } = workbench;
  let open: Open | undefined;

  const load = async (): Promise<void> => {
    const send = open?.send;
    if (send === undefined) return;
    try {
      const [published, list, tasks] = await Promise.all([
        server.request(PublishedResults.type, {}),
        server.request(ListEvaluations.type, {}),
        server.request(ListTasks.type, {}),
      ]);
      send({
        type: 'results',
        published,
        evaluations: list
          .filter(({ problem }) => problem === undefined)
          .map((one) => ({ ...one, place: readable(one.adapter ?? one.model) })),
        unread: list.flatMap(({ problem }) => (problem === undefined ? [] : [problemLine(problem)])),
        titles: Object.fromEntries(tasks.map(({ name, title }) => [name, title])),
      });
    } catch (error) {
      send({ type: 'problem', text: lineOf(error) });
    }
  };

  const hear = async (message: FromPage): Promise<void> => {
    switch (message.type) {
      case 'ready':
        return load();
      case 'evaluate':
        await vscode.commands.executeCommand('bllossom.evaluate');
        return;
      case 'open':
        await evaluations.open(message.path, message.task);
        return;
      case 'copy':
        await copyTable(message.text);
        return;
      case 'state':
        if (open !== undefined) open.state = message.state;
        return;
      default:
        message satisfies never;
    }
  };

  const attach = (panel: vscode.WebviewPanel): void => {
    open = { panel, send: sender(panel), state: undefined };
    panel.iconPath = panelIcon(extension);
    panel.title = vscode.l10n.t('Evaluation Results');
    panel.webview.options = { enableScripts: true, localResourceRoots: [...pageRoots(extension)] };
    panel.webview.onDidReceiveMessage((message: FromPage) => hear(message));
    panel.onDidDispose(() => {
      if (open?.panel === panel) open = undefined;
    });
    const data: PageData = { labels: evaluateLabels() };
    panel.webview.html = pageHtml(panel.webview, extension, {
      name: 'results',
      title: data.labels.title,
      body: '<main id="page"></main>',
      data,
    });
  };

  const show = (): void => {
    if (open !== undefined) {
      open.panel.reveal();
      return;
    }
    try {
      attach(vscode.window.createWebviewPanel(viewType, '', vscode.ViewColumn.Active, { enableScripts: true }));
    } catch (error) {
      void messages.failure(error);
    }
  };

  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.showResults', show),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel) => {
        if (open === undefined) attach(panel);
        else panel.dispose();
        return Promise.resolve();
      },
    }),
    workbench.onStale(() => void load()),
  );
  return { state: () => open?.state, refresh: () => void load() };
}
