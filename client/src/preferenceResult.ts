/** The page of a comparison by preference: what came of it so far. It is read anew when verdicts come in. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ExportPreference, ReadPreference } from '../../server/src/protocol.ts';
import { copyTable } from './copyTable.ts';
import { debounce } from './debounce.ts';
import { optionsOf, textOption } from './options.ts';
import { pageHtml, pageRoots, panelIcon, sender } from './pages.ts';
import { pathOf, readable } from './paths.ts';
import { lineOf } from './problemLines.ts';
import { isCancelled } from './problems.ts';
import { pictureWords, preferenceLabels } from './preferenceLabels.ts';
import type { FromPage, PageData, PreferenceState, ToPage } from './webview/_preferenceProtocol.ts';
import type { Workbench } from './workbench.ts';

const viewType = 'bllossom.preference';
const shownKey = 'bllossom.preferenceShown';
/** Changes within so many milliseconds are read at once. */
const togetherMs = 300;

export interface PreferenceResultFeature {
  show(directory: string): void;
  /** Something in a comparison (in any, without one) may have changed. */
  changed(directory?: string): void;
  state(directory: string): PreferenceState | undefined;
}

interface Options {
  /** The comparison that a command is meant for. */
  choose(argument: unknown, title: string): Promise<string | undefined>;
  /** Who is to be kept blind. */
  blind(directory: string): NonNullable<ReadPreference.Params['blind']>;
}

export function registerPreferenceResult(workbench: Workbench, options: Options): PreferenceResultFeature {
  const { extension, messages } = workbench;
  const open = new Map<string, ResultPanel>();

  const attach = (panel: vscode.WebviewPanel, directory: string) => {
    const attached = new ResultPanel(workbench, panel, directory, options);
    open.set(directory, attached);
    panel.onDidDispose(() => {
      attached.dispose();
      if (open.get(directory) === attached) open.delete(directory);
    });
  };
  const show = (directory: string) => {
    const before = open.get(directory);
    if (before !== undefined) {
      before.panel.reveal();
      before.update();
      return;
    }
    const panel = vscode.window.createWebviewPanel(viewType, path.basename(directory), vscode.ViewColumn.Active, {
      enableScripts: true,
      enableFindWidget: true,
    });
    attach(panel, directory);
  };

  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.showPreference', async (argument?: unknown) => {
      try {
        const directory = await options.choose(argument, vscode.l10n.t('Show Preference Result'));
        if (directory !== undefined) show(directory);
        return directory === undefined ? undefined : { directory };
      } catch (error) {
        void messages.failure(error);
        return undefined;
      }
    }),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel, state: unknown) => {
        const directory = textOption(optionsOf(state, 'directory'), 'directory');
        if (directory === undefined || open.has(directory)) panel.dispose();
        else attach(panel, directory);
        return Promise.resolve();
      },
    }),
  );
  return {
    show,
    changed: (directory) => {
      for (const [one, panel] of open) if (directory === undefined || directory === one) panel.update();
    },
    state: (directory) => open.get(pathOf(directory) ?? directory)?.state,
  };
}

class ResultPanel {
  readonly panel: vscode.WebviewPanel;
  readonly #workbench: Workbench;
  readonly #directory: string;
  readonly #options: Options;
  readonly #update = debounce(togetherMs, () => void this.#read());
  /** The newest reading: an older one that comes late is not shown. */
  #reading = 0;
  readonly #send: (message: ToPage) => void;
  state: PreferenceState | undefined;

  constructor(workbench: Workbench, panel: vscode.WebviewPanel, directory: string, options: Options) {
    this.#workbench = workbench;
    this.#options = options;
    this.panel = panel;
    this.#send = sender(panel);
    this.#directory = directory;
    const { extension } = workbench;
    const data: PageData = { directory, labels: preferenceLabels() };
    panel.iconPath = panelIcon(extension);
    panel.webview.options = { enableScripts: true, localResourceRoots: [...pageRoots(extension)] };
    panel.webview.onDidReceiveMessage((message: FromPage) => this.#hear(message));
    panel.webview.html = pageHtml(panel.webview, extension, {
      name: 'preference',
      title: path.basename(directory),
      body: '<main id="page"></main>',
      data,
    });
  }

  update(): void {
    this.#update();
  }

  dispose(): void {
    this.#update.cancel();
  }

  async #read(): Promise<void> {
    const reading = (this.#reading += 1);
    try {
      const directory = this.#directory;
      const blind = this.#shown.includes(this.#viewer) ? {} : { blind: this.#options.blind(directory) };
      const report = await this.#workbench.server.request(ReadPreference.type, { directory, ...blind });
      if (reading !== this.#reading) return;
      this.#send('hidden' in report ? { type: 'hidden', hidden: report } : { type: 'report', report });
    } catch (error) {
      if (!isCancelled(error) && reading === this.#reading) this.#send({ type: 'problem', text: lineOf(error) });
    }
  }

  /** Who looks at what: a second person at the same desk is to be kept blind again. */
  get #viewer(): string {
    return JSON.stringify([this.#directory, this.#options.blind(this.#directory).annotator ?? '']);
  }

  /** Comparisons whose sides somebody wants to see before they have judged. */
  get #shown(): readonly string[] {
    return this.#workbench.extension.workspaceState.get<readonly string[]>(shownKey) ?? [];
  }

  async #hear(message: FromPage): Promise<void> {
    const { messages } = this.#workbench;
    const run = (command: string) => vscode.commands.executeCommand(command, { directory: this.#directory });
    try {
      switch (message.type) {
        case 'ready':
          await this.#read();
          return;
        case 'showAnyway':
          await this.#workbench.extension.workspaceState.update(shownKey, [...this.#shown, this.#viewer]);
          await this.#read();
          return;
        case 'annotate':
          await run('bllossom.annotatePreference');
          return;
        case 'judge':
          await run('bllossom.judgePreference');
          return;
        case 'resume':
          await run('bllossom.resumePreference');
          return;
        case 'saveCsv':
          await this.#save('csv');
          return;
        case 'saveJson':
          await this.#save('json');
          return;
        case 'saveSvg':
          await this.#save('svg');
          return;
        case 'copyText':
          await copyTable(message.text);
          return;
        case 'open':
          await this.#open(`answers-${message.side}.jsonl`, message.line);
          return;
        case 'state':
          this.state = message.state;
          return;
        default:
          message satisfies never;
      }
    } catch (error) {
      void messages.failure(error);
    }
  }

  async #save(format: ExportPreference.Params['format']): Promise<void> {
    const directory = this.#directory;
    const file = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Save the Result'),
      defaultUri: vscode.Uri.file(path.join(directory, `${path.basename(directory)}.${format}`)),
      filters: { [format.toUpperCase()]: [format] },
    });
    if (file === undefined) return;
    const { server, messages } = this.#workbench;
    const words = format === 'svg' ? { words: pictureWords() } : {};
    const text = await server.request(ExportPreference.type, { directory, format, ...words });
    await vscode.workspace.fs.writeFile(file, Buffer.from(text, 'utf8'));
    void messages.info(vscode.l10n.t('Saved as {0}.', readable(file.fsPath)));
  }

  async #open(name: string, line: number): Promise<void> {
    const at = new vscode.Position(line - 1, 0);
    await vscode.window.showTextDocument(vscode.Uri.file(path.join(this.#directory, name)), {
      selection: new vscode.Range(at, at),
      viewColumn: vscode.ViewColumn.Beside,
    });
  }
}
