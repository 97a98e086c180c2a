/**
 * The loss curve of a run, in a panel that the user opens. The page keeps no rows when hidden: it asks for them whenever it
 * comes (back), and so does the panel after a window reload or a restart of the server. The run directory is the truth.
 */
import * as vscode from 'vscode';
import type { MetricRow, RunInfo } from '../../server/src/protocol.ts';
import { FollowRun, problemLine, RunMetrics, UnfollowRun } from '../../server/src/protocol.ts';
import { curveLabels } from './curveLabels.ts';
import { pageHtml, pageRoots, panelIcon } from './pages.ts';
import { absolute } from './paths.ts';
import { lineOf } from './problems.ts';
import type { RunsFeature } from './runs.ts';
import { isActive, isResumable, statusLine } from './runWords.ts';
import { appendRows, csv } from './webview/_curve.ts';
import type { FromPage, PageData, RunView, ToPage } from './webview/_curveProtocol.ts';
import type { Workbench } from './workbench.ts';

const viewType = 'bllossom.lossCurve';

export interface LossCurveFeature {
  /** Rows of a run whose curve is open. */
  rows(directory: string): readonly MetricRow[] | undefined;
}

export function registerLossCurve(workbench: Workbench, runs: RunsFeature): LossCurveFeature {
  const { extension, server, messages } = workbench;
  const panels = new Map<string, CurvePanel>();

  const attach = (panel: vscode.WebviewPanel, directory: string): CurvePanel => {
    const curve = new CurvePanel(workbench, runs, panel, directory);
    panels.set(directory, curve);
    panel.onDidDispose(() => {
      panels.delete(directory);
      server.notify(UnfollowRun.type, { directory });
    });
    return curve;
  };

  const show = async (argument?: unknown): Promise<{ readonly directory: string } | undefined> => {
    try {
      const run = await runs.choose(argument, vscode.l10n.t('Show Loss Curve'));
      if (run === undefined) return undefined;
      const open = panels.get(run.directory);
      if (open !== undefined) {
        open.reveal();
        return { directory: run.directory };
      }
      const panel = vscode.window.createWebviewPanel(viewType, run.name, vscode.ViewColumn.Active, {
        enableScripts: true,
        localResourceRoots: [...pageRoots(extension)],
      });
      await attach(panel, run.directory).follow();
      return { directory: run.directory };
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.showLossCurve', show),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: async (panel, state: unknown) => {
        const directory = directoryOf(state);
        if (directory === undefined) {
          panel.dispose();
          return;
        }
        await attach(panel, directory).follow();
      },
    }),
    server.on(RunMetrics.type, ({ directory, rows }) => panels.get(directory)?.add(rows)),
    runs.onChanged((run) => panels.get(run.directory)?.update(run)),
    // A server that came back follows nothing yet.
    server.onReady(() => {
      for (const panel of panels.values()) void panel.follow();
    }),
  );
  return { rows: (directory) => panels.get(absolute(directory))?.rows };
}

class CurvePanel {
  readonly #workbench: Workbench;
  readonly #panel: vscode.WebviewPanel;
  readonly #directory: string;
  #run: RunInfo | undefined;
  #rows: readonly MetricRow[] | undefined;
  #problem: string | undefined;
  /** Rows told while the answer with all rows is under way. */
  #early: MetricRow[] | undefined;

  constructor(workbench: Workbench, runs: RunsFeature, panel: vscode.WebviewPanel, directory: string) {
    this.#workbench = workbench;
    this.#panel = panel;
    this.#directory = directory;
    this.#run = runs.get(directory);
    const { extension } = workbench;
    const labels = curveLabels();
    const data: PageData = { directory, labels };
    panel.iconPath = panelIcon(extension);
    panel.webview.options = { enableScripts: true, localResourceRoots: [...pageRoots(extension)] };
    panel.webview.onDidReceiveMessage((message: FromPage) => this.#hear(message));
    panel.webview.html = pageHtml(panel.webview, extension, {
      name: 'lossCurve',
      title: labels.chart,
      body: '<main id="page"></main>',
      data,
    });
  }

  get rows(): readonly MetricRow[] | undefined {
    return this.#rows;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Asks for the whole curve; from then on rows come by themselves. */
  async follow(): Promise<void> {
    if (this.#early !== undefined) return;
    this.#early = [];
    try {
      const { run, rows } = await this.#workbench.server.request(FollowRun.type, { directory: this.#directory });
      this.#run = run;
      this.#rows = appendRows(rows, this.#early);
      this.#problem = undefined;
      this.#panel.title = run.name;
    } catch (error) {
      this.#problem = lineOf(error);
    } finally {
      this.#early = undefined;
    }
    this.#sendAll();
  }

  add(rows: readonly MetricRow[]): void {
    if (this.#early !== undefined) {
      this.#early.push(...rows);
      return;
    }
    this.#rows = appendRows(this.#rows ?? [], rows);
    this.#send({ type: 'rows', rows });
  }

  update(run: RunInfo): void {
    this.#run = run;
    this.#send({ type: 'run', run: view(run) });
  }

  #sendAll(): void {
    if (this.#problem !== undefined) this.#send({ type: 'problem', text: this.#problem });
    else if (this.#run !== undefined && this.#rows !== undefined) {
      this.#send({ type: 'reset', run: view(this.#run), rows: this.#rows });
    }
  }

  #send(message: ToPage): void {
    void this.#panel.webview.postMessage(message);
  }

  async #hear({ type }: FromPage): Promise<void> {
    const run = this.#run ?? this.#directory;
    switch (type) {
      case 'ready':
        this.#sendAll();
        return;
      case 'copyCsv':
        await vscode.env.clipboard.writeText(csv(this.#rows ?? []));
        vscode.window.setStatusBarMessage(vscode.l10n.t('Table copied'), 3000);
        return;
      case 'stop':
        await vscode.commands.executeCommand('bllossom.stopRun', run);
        return;
      case 'resume':
        await vscode.commands.executeCommand('bllossom.resumeRun', run);
        return;
      case 'log':
        await vscode.commands.executeCommand('bllossom.openRunLog', run);
        return;
      default:
        return type satisfies never;
    }
  }
}

function view({ directory, name, status }: RunInfo): RunView {
  return {
    directory,
    name,
    line: statusLine(status),
    active: isActive(status.state),
    resumable: isResumable(status.state),
    ...(status.problem === undefined ? {} : { problem: problemLine(status.problem) }),
    ...(status.backend === undefined ? {} : { backend: status.backend }),
  };
}

function directoryOf(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('directory' in state)) return undefined;
  return typeof state.directory === 'string' ? state.directory : undefined;
}
