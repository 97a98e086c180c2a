/**
 * A tokenizer's file as a page to look through: `.model` files open as one, tokenizer.json by 'Reopen Editor With…'. The page
 * asks for the rows on screen and the server answers; nothing of the file is read here.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { VocabularyRows, VocabularySummary } from '../../server/src/protocol.ts';
import { debounce } from './debounce.ts';
import { pageHtml, pageRoots, sender } from './pages.ts';
import { pathOf, readable } from './paths.ts';
import { fill } from './plural.ts';
import { lineOf, problemLine } from './problemLines.ts';
import { isCancelled, problemOf } from './problems.ts';
import { optionsOf, textOption } from './options.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import { vocabularyLabels } from './vocabularyLabels.ts';
import type { FromPage, PageData, PageState, ToPage } from './webview/_vocabularyProtocol.ts';
import type { Workbench } from './workbench.ts';

const vocabularyViewType = 'bllossom.vocabulary';
const jsonViewType = 'bllossom.vocabularyJson';

export interface VocabularyFeature {
  /** What the page of a file shows, by its path. */
  state(file: string): PageState | undefined;
}

export function registerVocabulary(workbench: Workbench, tokenizers: TokenizersFeature): VocabularyFeature {
  const { extension, messages } = workbench;
  const pages = new Map<string, VocabularyPanel>();
  /** What a page that is about to open shall search for, by its file. */
  const searches = new Map<string, string>();

  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: ({ uri }, panel) => {
      const page = new VocabularyPanel(workbench, uri, panel);
      pages.set(uri.fsPath, page);
      page.search(searches.get(uri.fsPath));
      searches.delete(uri.fsPath);
      panel.onDidDispose(() => {
        page.dispose();
        if (pages.get(uri.fsPath) === page) pages.delete(uri.fsPath);
      });
    },
  };

  /** `argument`: a file, a tree's entry, or `{ path, search }`. */
  const open = async (argument?: unknown): Promise<void> => {
    try {
      const file = pathOf(argument) ?? activeFile() ?? (await tokenizers.pick(vscode.l10n.t('Open Vocabulary')));
      if (file === undefined) return;
      const search = textOption(optionsOf(argument, 'search'), 'search');
      const known = pages.get(file);
      if (known !== undefined) known.search(search);
      else if (search !== undefined) searches.set(file, search);
      const viewType = file.endsWith('.json') ? jsonViewType : vocabularyViewType;
      await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(file), viewType);
    } catch (error) {
      void messages.failure(error);
    }
  };

  const options = { supportsMultipleEditorsPerDocument: false };
  extension.subscriptions.push(
    vscode.window.registerCustomEditorProvider(vocabularyViewType, provider, options),
    vscode.window.registerCustomEditorProvider(jsonViewType, provider, options),
    vscode.commands.registerCommand('bllossom.openVocabulary', open),
    // What a server that went away owed, the next one is asked for.
    workbench.server.onReady(() => {
      for (const page of pages.values()) void page.load();
    }),
  );
  return { state: (file) => pages.get(file)?.state };
}

class VocabularyPanel {
  readonly #workbench: Workbench;
  readonly #file: string;
  readonly #uri: vscode.Uri;
  readonly #panel: vscode.WebviewPanel;
  readonly #send: (message: ToPage) => void;
  readonly #disposables: readonly { dispose(): unknown }[];
  /** The query asked about last, and the end of what was asked under the one before. */
  #query = '';
  #cancel = new vscode.CancellationTokenSource();
  #search: string | undefined;
  #ready = false;
  state: PageState | undefined;

  constructor(workbench: Workbench, uri: vscode.Uri, panel: vscode.WebviewPanel) {
    this.#workbench = workbench;
    this.#file = uri.fsPath;
    this.#uri = uri;
    this.#panel = panel;
    this.#send = sender(panel);
    const { extension } = workbench;
    const data: PageData = { labels: vocabularyLabels() };
    panel.webview.options = { enableScripts: true, localResourceRoots: [...pageRoots(extension)] };
    panel.webview.html = pageHtml(panel.webview, extension, {
      name: 'vocabulary',
      title: path.basename(this.#file),
      body: '<main id="page"></main>',
      data,
    });
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(path.dirname(this.#file)), path.basename(this.#file)),
    );
    // A file that is being written changes many times.
    const reload = debounce(300, () => void this.load());
    this.#disposables = [
      panel.webview.onDidReceiveMessage((message: FromPage) => this.#hear(message)),
      watcher,
      watcher.onDidChange(reload),
      watcher.onDidCreate(reload),
      watcher.onDidDelete(reload),
      { dispose: reload.cancel },
    ];
  }

  dispose(): void {
    this.#cancel.cancel();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  search(text: string | undefined): void {
    this.#search = text ?? this.#search;
    if (this.#ready) this.#sendSearch();
  }

  async load(): Promise<void> {
    try {
      const summary = await this.#workbench.server.request(VocabularySummary.type, { path: this.#file });
      this.#send({ type: 'summary', summary, place: readable(this.#file) });
      this.#ready = true;
      this.#sendSearch();
    } catch (error) {
      const problem = problemOf(error);
      const offset = problem?.where?.byteOffset;
      const place = readable(this.#file);
      this.#send({
        type: 'problem',
        title: vscode.l10n.t('{0} cannot be shown as a vocabulary', path.basename(this.#file)),
        text: sentence(problem === undefined ? lineOf(error) : problemLine({ ...problem, where: {} })),
        place: offset === undefined ? place : vscode.l10n.t('{0}, byte {1}', place, offset),
      });
    }
  }

  #sendSearch(): void {
    if (this.#search !== undefined) this.#send({ type: 'search', text: this.#search });
    this.#search = undefined;
  }

  async #hear(message: FromPage): Promise<void> {
    switch (message.type) {
      case 'ready':
      case 'tryAgain':
        return this.load();
      case 'ask':
        return this.#answer(message);
      case 'copyRows':
        return this.#copyRows(message);
      case 'copyText':
        return copy(message.text);
      case 'saveSvg':
        return this.#save(message.svg);
      case 'openAsText':
        await vscode.commands.executeCommand('vscode.openWith', this.#uri, 'default');
        return;
      case 'openWith':
        this.#panel.reveal();
        await vscode.commands.executeCommand('workbench.action.reopenWithEditor');
        return;
      case 'state':
        this.state = message.state;
        return;
      default:
        message satisfies never;
    }
  }

  async #answer({ request, query, from, count, find }: Extract<FromPage, { type: 'ask' }>): Promise<void> {
    const key = JSON.stringify(query);
    if (key !== this.#query) {
      this.#query = key;
      this.#cancel.cancel();
      this.#cancel = new vscode.CancellationTokenSource();
    }
    const asked = { path: this.#file, query, from, count, ...(find === undefined ? {} : { find }) };
    try {
      const answer = await this.#workbench.server.request(VocabularyRows.type, asked, this.#cancel.token);
      this.#send({ type: 'rows', request, answer });
    } catch (error) {
      if (!isCancelled(error)) this.#send({ type: 'refused', request, text: lineOf(error) });
    }
  }

  async #copyRows({ query, from, to }: Extract<FromPage, { type: 'copyRows' }>): Promise<void> {
    const columns = ['id', 'piece', 'kind', 'score', 'script', 'characters', 'bytes'] as const;
    const lines = [columns.join('\t')];
    try {
      for (let at = from; at < to; at += VocabularyRows.most) {
        const count = Math.min(VocabularyRows.most, to - at);
        const asked = { path: this.#file, query, from: at, count };
        const { rows } = await this.#workbench.server.request(VocabularyRows.type, asked);
        for (const row of rows) lines.push(columns.map((column) => cell(row[column])).join('\t'));
      }
      await copy(lines.join('\n'), lines.length - 1);
    } catch (error) {
      void this.#workbench.messages.failure(error);
    }
  }

  async #save(svg: string): Promise<void> {
    const proposed = vscode.Uri.file(this.#file.replace(/\.[^.]*$/, '') + '.svg');
    const chosen = await vscode.window.showSaveDialog({ defaultUri: proposed, filters: { SVG: ['svg'] } });
    if (chosen === undefined) return;
    try {
      await vscode.workspace.fs.writeFile(chosen, Buffer.from(svg, 'utf8'));
    } catch (error) {
      void this.#workbench.messages.failure(error);
    }
  }
}

/** A value that stays one cell: what would end it is spelled out. */
const cell = (value: string | number): string =>
  String(value).replaceAll(/[\t\n\r]/g, (character) => JSON.stringify(character).slice(1, -1));

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

async function copy(text: string, rows?: number): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  const said =
    rows === undefined ? vscode.l10n.t('Table copied') : fill(vscode.l10n.t('{0} {0|row|rows} copied'), rows);
  vscode.window.setStatusBarMessage(said, 3000);
}

/** The file of the tab in front, where it may be a tokenizer. */
function activeFile(): string | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const uri = input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
  return uri !== undefined && /(\.model|\/tokenizer\.json)$/.test(uri.path) ? uri.fsPath : undefined;
}
