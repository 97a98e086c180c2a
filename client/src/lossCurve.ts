/**
 * The page of a run: its curve, other runs beside it, what was measured and answered meanwhile. The page keeps no rows when
 * hidden: it asks for them whenever it comes (back).
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { MetricRow, RunInfo } from '../../server/src/protocol.ts';
import { metricsCsv, RunSamples } from '../../server/src/protocol.ts';
import { copyTable } from './copyTable.ts';
import { curveLabels } from './curveLabels.ts';
import { pageHtml, pageRoots, panelIcon, sender } from './pages.ts';
import { absolute, readable, workspaceFolder } from './paths.ts';
import { problemLine } from './problemLines.ts';
import { RunRows } from './runRows.ts';
import type { RunsFeature } from './runs.ts';
import { isActive, isResumable, stateIcon, statusLine } from './runWords.ts';
import type { FromPage, PageData, RunView, ToPage } from './webview/_curveProtocol.ts';
import type { Workbench } from './workbench.ts';

const viewType = 'bllossom.lossCurve';

export interface LossCurveFeature {
  /** Rows of a run whose curve is open. */
  rows(directory: string): readonly MetricRow[] | undefined;
}

export function registerLossCurve(workbench: Workbench, runs: RunsFeature): LossCurveFeature {
  const { extension, messages } = workbench;
  const panels = new Map<string, CurvePanel>();
  const rows = new RunRows(workbench);

  const attach = (panel: vscode.WebviewPanel, directory: string): void => {
    const curve = new CurvePanel(workbench, runs, rows, panel, directory);
    panels.set(directory, curve);
    panel.onDidDispose(() => {
      panels.delete(directory);
      curve.dispose();
    });
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
      attach(panel, run.directory);
      return { directory: run.directory };
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.showLossCurve', show),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel, state: unknown) => {
        const directory = directoryOf(state);
        if (directory === undefined) panel.dispose();
        else attach(panel, directory);
        return Promise.resolve();
      },
    }),
    runs.onChanged((run) => {
      for (const panel of panels.values()) panel.update(run);
    }),
  );
  return { rows: (directory) => (panels.has(absolute(directory)) ? rows.get(absolute(directory))?.rows : undefined) };
}

class CurvePanel {
  readonly #workbench: Workbench;
  readonly #runs: RunsFeature;
  readonly #rows: RunRows;
  readonly #panel: vscode.WebviewPanel;
  readonly #send: (message: ToPage) => void;
  readonly #directory: string;
  /** The run and those beside it. */
  readonly #following = new Map<string, vscode.Disposable>();
  #run: RunInfo | undefined;

  constructor(workbench: Workbench, runs: RunsFeature, rows: RunRows, panel: vscode.WebviewPanel, directory: string) {
    this.#workbench = workbench;
    this.#runs = runs;
    this.#rows = rows;
    this.#panel = panel;
    this.#send = sender(panel);
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
    this.#follow(directory);
  }

  reveal(): void {
    this.#panel.reveal();
  }

  update(run: RunInfo): void {
    if (run.directory === this.#directory) {
      this.#run = run;
      this.#send({ type: 'run', run: view(run) });
    }
  }

  dispose(): void {
    for (const following of this.#following.values()) following.dispose();
  }

  #follow(directory: string): void {
    if (this.#following.has(directory)) return;
    const own = directory === this.#directory;
    const following = this.#rows.follow(directory, {
      all: (known) => {
        if (own && known.run !== undefined) {
          this.#run = known.run;
          this.#panel.title = known.run.name;
        }
        this.#sendAll(directory);
      },
      more: (rows) => {
        this.#send({ type: 'rows', directory, rows });
        if (own && rows.some(({ samples }) => samples !== undefined)) void this.#sendSamples();
      },
    });
    this.#following.set(directory, following);
  }

  #sendAll(directory: string): void {
    const known = this.#rows.get(directory);
    const run = directory === this.#directory ? (this.#run ?? known?.run) : known?.run;
    if (known?.problem !== undefined) this.#send({ type: 'problem', text: known.problem });
    else if (run !== undefined && known?.rows !== undefined) {
      this.#send({ type: 'reset', run: view(run), rows: known.rows });
      if (directory === this.#directory) void this.#sendSamples();
    }
  }

  async #sendSamples(): Promise<void> {
    const { server, messages } = this.#workbench;
    try {
      const samples = await server.request(RunSamples.type, { directory: this.#directory });
      if (samples.length > 0) this.#send({ type: 'samples', samples });
    } catch (error) {
      messages.quietly('asking for the answers of a run', error);
    }
  }

  async #hear(message: FromPage): Promise<void> {
    const run = this.#run ?? this.#directory;
    switch (message.type) {
      case 'ready':
        for (const directory of message.compared) this.#follow(directory);
        for (const directory of this.#following.keys()) this.#sendAll(directory);
        return;
      case 'compare':
        await this.#compare(message.compared);
        return;
      case 'copyCsv':
        await copyTable(metricsCsv(this.#rows.get(this.#directory)?.rows ?? []));
        return;
      case 'savePng':
        await this.#savePng(message.base64);
        return;
      case 'export':
        await vscode.commands.executeCommand('bllossom.exportMetrics', run);
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
        return message satisfies never;
    }
  }

  /** Lets the user choose which runs stand beside this one. */
  async #compare(now: readonly string[]): Promise<void> {
    const others = this.#runs.all().filter(({ directory }) => directory !== this.#directory);
    if (others.length === 0) {
      void this.#workbench.messages.info(vscode.l10n.t('There is no other run to compare with.'));
      return;
    }
    const items = others.map((run) => ({
      label: run.name,
      description: statusLine(run.status),
      detail: readable(run.directory),
      iconPath: stateIcon(run.status.state),
      picked: now.includes(run.directory),
      directory: run.directory,
    }));
    const title = vscode.l10n.t('Compare with Runs');
    const chosen = await vscode.window.showQuickPick(items, { title, canPickMany: true });
    if (chosen === undefined) return;
    const compared = chosen.map(({ directory }) => directory);
    for (const [directory, following] of this.#following) {
      if (directory === this.#directory || compared.includes(directory)) continue;
      following.dispose();
      this.#following.delete(directory);
    }
    this.#send({ type: 'compared', directories: compared });
    for (const directory of compared) {
      if (this.#following.has(directory)) this.#sendAll(directory);
      else this.#follow(directory);
    }
  }

  async #savePng(base64: string): Promise<void> {
    try {
      const name = `${path.basename(this.#directory)}.png`;
      const folder = workspaceFolder() ?? this.#directory;
      const file = await vscode.window.showSaveDialog({
        title: vscode.l10n.t('Save as PNG…'),
        defaultUri: vscode.Uri.file(path.join(folder, name)),
        filters: { PNG: ['png'] },
      });
      if (file === undefined) return;
      await vscode.workspace.fs.writeFile(file, Buffer.from(base64, 'base64'));
      void this.#workbench.messages.info(vscode.l10n.t('Saved as {0}.', readable(file.fsPath)));
    } catch (error) {
      void this.#workbench.messages.failure(error);
    }
  }
}

function view({ directory, name, status, sources }: RunInfo): RunView {
  return {
    directory,
    name,
    line: statusLine(status),
    active: isActive(status.state),
    resumable: isResumable(status.state),
    sources: (sources ?? []).map((source) => ({ ...source, path: readable(source.path) })),
    ...(status.problem === undefined ? {} : { problem: problemLine(status.problem) }),
    ...(status.backend === undefined ? {} : { backend: status.backend }),
  };
}

function directoryOf(state: unknown): string | undefined {
  if (typeof state !== 'object' || state === null || !('directory' in state)) return undefined;
  return typeof state.directory === 'string' ? state.directory : undefined;
}
