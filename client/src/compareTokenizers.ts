/**
 * 'Compare Tokenizers…': the open text under two tokenizers, beside the editor. It follows the editor in front, its edits and
 * its selection. `bllossom.compareTokenizers({left, right})` asks nothing.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import { CompareEnd, TokenLines, TokenTotals } from '../../server/src/protocol.ts';
import { compareLabels } from './compareLabels.ts';
import { copyTable } from './copyTable.ts';
import { debounce } from './debounce.ts';
import { optionsOf, textOption } from './options.ts';
import { pageHtml, pageRoots, panelIcon, sender } from './pages.ts';
import { pathOf } from './paths.ts';
import { lineOf } from './problemLines.ts';
import { isCancelled } from './problems.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import { shortName, type TokenizersFeature } from './tokenizers.ts';
import type { CompareState, FromPage, PageData, SideName, ToPage } from './webview/_compareProtocol.ts';
import type { Workbench } from './workbench.ts';

const viewType = 'bllossom.compare';
/** Changes within so many milliseconds are shown at once. */
const togetherMs = 120;

export interface CompareTokenizersFeature {
  /** What the page shows; undefined where none is open. */
  state(): CompareState | undefined;
}

interface Features {
  readonly tokenCounts: TokenCountsFeature;
  readonly tokenizers: TokenizersFeature;
}

type Pair = Readonly<Record<SideName, string>>;

export function registerCompareTokenizers(workbench: Workbench, features: Features): CompareTokenizersFeature {
  const { extension, messages } = workbench;
  const { tokenCounts, tokenizers } = features;
  let open: ComparePanel | undefined;

  const attach = (panel: vscode.WebviewPanel, pair: Pair) => {
    const attached = (open = new ComparePanel(workbench, features, panel, pair));
    panel.onDidDispose(() => {
      attached.dispose();
      if (open === attached) open = undefined;
    });
  };

  /** The tokenizers to compare: those given, one of the tree, or asked for. */
  const ask = async (argument: unknown): Promise<Pair | undefined> => {
    const options = optionsOf(argument, 'left');
    const fromTree = 'left' in options ? undefined : pathOf(argument);
    const inUse = tokenCounts.get(tokenCounts.document()?.uri.toString() ?? '')?.tokenizer.path;
    const left =
      pathOf(textOption(options, 'left')) ??
      fromTree ??
      (await tokenizers.pick(vscode.l10n.t('Compare Tokenizers (1/2): on the left')));
    if (left === undefined) return undefined;
    const right =
      pathOf(textOption(options, 'right')) ??
      (await tokenizers.pick(vscode.l10n.t('Compare Tokenizers (2/2): beside {0}', shortName(left)), {
        except: left,
        ...(inUse === undefined ? {} : { first: inUse }),
      }));
    return right === undefined ? undefined : { left, right };
  };

  const compare = async (argument?: unknown): Promise<Pair | undefined> => {
    try {
      if (tokenCounts.document() === undefined) {
        void messages.info(vscode.l10n.t('Open a text first: it is shown under both tokenizers.'));
        return undefined;
      }
      const pair = await ask(argument);
      if (pair === undefined) return undefined;
      if (open !== undefined) open.compare(pair);
      else {
        const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false };
        const title = vscode.l10n.t('Compare Tokenizers');
        attach(vscode.window.createWebviewPanel(viewType, title, place, { enableScripts: true }), pair);
      }
      return pair;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.compareTokenizers', compare),
    vscode.commands.registerCommand('bllossom.compareWith', compare),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel, state: unknown) => {
        const options = optionsOf(state, 'left');
        const left = textOption(options, 'left');
        const right = textOption(options, 'right');
        if (left === undefined || right === undefined || open !== undefined) panel.dispose();
        else attach(panel, { left, right });
        return Promise.resolve();
      },
    }),
  );
  return { state: () => open?.state };
}

class ComparePanel {
  readonly #workbench: Workbench;
  readonly #features: Features;
  readonly #panel: vscode.WebviewPanel;
  readonly #send: (message: ToPage) => void;
  readonly #disposables: readonly { dispose(): unknown }[];
  readonly #update = debounce(togetherMs, () => void this.#compare());
  #pair: Pair;
  #cancel = new vscode.CancellationTokenSource();
  /** What was compared last: lines are asked for of the same. */
  #shown: { readonly uri: vscode.Uri; readonly range: vscode.Range | undefined } | undefined;
  state: CompareState | undefined;

  constructor(workbench: Workbench, features: Features, panel: vscode.WebviewPanel, pair: Pair) {
    this.#workbench = workbench;
    this.#features = features;
    this.#panel = panel;
    this.#send = sender(panel);
    this.#pair = pair;
    const { extension, server } = workbench;
    const data: PageData = { labels: compareLabels(), ...pair };
    panel.iconPath = panelIcon(extension);
    panel.webview.options = { enableScripts: true, localResourceRoots: [...pageRoots(extension)] };
    panel.webview.html = pageHtml(panel.webview, extension, {
      name: 'compareTokenizers',
      title: vscode.l10n.t('Compare Tokenizers'),
      body: '<main id="page"></main>',
      data,
    });
    const isShown = (document: vscode.TextDocument) => document.uri.toString() === this.#shown?.uri.toString();
    this.#disposables = [
      panel.webview.onDidReceiveMessage((message: FromPage) => this.#hear(message)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && isShown(document)) this.#update();
      }),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (!isShown(textEditor.document)) return;
        if (!sameRange(selectionOf(textEditor), this.#shown?.range)) this.#update();
      }),
      // Counting tells of another text in front, of another tokenizer's file, and of a server that came back.
      features.tokenCounts.onCounted((uri) => {
        if (uri === features.tokenCounts.document()?.uri.toString() && uri !== this.#shown?.uri.toString())
          this.#update();
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        if (editor !== undefined && editor.document === features.tokenCounts.document()) this.#update();
      }),
      server.onReady(() => this.#update()),
      { dispose: this.#update.cancel },
    ];
  }

  dispose(): void {
    this.#cancel.cancel();
    if (this.#shown !== undefined) this.#workbench.server.notify(CompareEnd.type, { uri: this.#shown.uri.toString() });
    for (const disposable of this.#disposables) disposable.dispose();
  }

  compare(pair: Pair): void {
    this.#pair = pair;
    this.#panel.reveal(undefined, true);
    void this.#compare();
  }

  /** Asks what the text costs under both, and shows it; a newer text, selection or pair ends what is under way. */
  async #compare(): Promise<void> {
    const document = this.#features.tokenCounts.document();
    if (document === undefined) return;
    this.#cancel.cancel();
    const { token } = (this.#cancel = new vscode.CancellationTokenSource());
    const { server } = this.#workbench;
    const before = this.#shown?.uri;
    if (before !== undefined && before.toString() !== document.uri.toString())
      server.notify(CompareEnd.type, { uri: before.toString() });
    const editor = vscode.window.visibleTextEditors.find((visible) => visible.document === document);
    const range = editor === undefined ? undefined : selectionOf(editor);
    this.#shown = { uri: document.uri, range };
    try {
      const [left, right] = await Promise.all(
        [this.#pair.left, this.#pair.right].map((file) =>
          server.request(TokenTotals.type, this.#asked(file, document.uri, range), token),
        ),
      );
      if (token.isCancellationRequested) return;
      // The text has changed meanwhile, and the change is about to be told; or the server has just begun to read it.
      if (left === undefined || right === undefined || left === null || right === null) {
        this.#update();
        return;
      }
      const name = path.basename(document.uri.path);
      this.#send({
        type: 'comparison',
        comparison: {
          name:
            range === undefined
              ? name
              : vscode.l10n.t('{0}, lines {1} to {2}', name, range.start.line + 1, range.end.line + 1),
          left,
          right,
          lines: left.lines,
          characters: left.characters,
          firstLine: (range?.start.line ?? 0) + 1,
        },
      });
    } catch (error) {
      if (!isCancelled(error)) this.#send({ type: 'problem', text: lineOf(error) });
    }
  }

  #asked(file: string, uri: vscode.Uri, range: vscode.Range | undefined): TokenTotals.Params {
    const { code2ProtocolConverter } = this.#workbench.server.client;
    const part = range === undefined ? {} : { range: code2ProtocolConverter.asRange(range) };
    return { uri: uri.toString(), path: file, ...part };
  }

  async #lines({ request, from, to }: Extract<FromPage, { type: 'ask' }>): Promise<void> {
    const { uri, range } = this.#shown ?? {};
    const { token } = this.#cancel;
    if (uri === undefined) return;
    try {
      const [left, right] = await Promise.all(
        [this.#pair.left, this.#pair.right].map((file) =>
          this.#workbench.server.request(TokenLines.type, { ...this.#asked(file, uri, range), from, to }, token),
        ),
      );
      if (
        left === undefined ||
        right === undefined ||
        left === null ||
        right === null ||
        left.version !== right.version
      )
        this.#send({ type: 'stale', request });
      else this.#send({ type: 'lines', request, left: left.lines, right: right.lines });
    } catch (error) {
      this.#send({ type: 'stale', request });
      if (!isCancelled(error)) this.#send({ type: 'problem', text: lineOf(error) });
    }
  }

  async #hear(message: FromPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.#compare();
      case 'ask':
        return this.#lines(message);
      case 'swap':
        this.#pair = { left: this.#pair.right, right: this.#pair.left };
        return this.#compare();
      case 'choose': {
        const other = message.side === 'left' ? 'right' : 'left';
        const chosen = await this.#features.tokenizers
          .pick(vscode.l10n.t('Compare with {0}', shortName(this.#pair[other])), { except: this.#pair[other] })
          .catch((error: unknown) => void this.#workbench.messages.failure(error));
        if (chosen === undefined) return;
        this.#pair = message.side === 'left' ? { ...this.#pair, left: chosen } : { ...this.#pair, right: chosen };
        return this.#compare();
      }
      case 'copyText':
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

/** What is selected in an editor; of several selections the first that is not empty. */
function selectionOf(editor: vscode.TextEditor): vscode.Range | undefined {
  const found = editor.selections.find((selection) => !selection.isEmpty);
  return found === undefined ? undefined : new vscode.Range(found.start, found.end);
}

const sameRange = (a: vscode.Range | undefined, b: vscode.Range | undefined): boolean =>
  a === undefined || b === undefined ? a === b : a.isEqual(b);
