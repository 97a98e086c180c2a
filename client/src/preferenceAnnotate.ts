/**
 * Blind verdicts: a page for a person and a comparison. The server alone knows which side stands where; what comes here and goes on
 * to the page speaks of places. `bllossom.annotatePreference({directory, annotator})` asks nothing.
 */
import * as vscode from 'vscode';
import { Annotate } from '../../server/src/protocol.ts';
import { optionsOf, textOption } from './options.ts';
import { pageHtml, pageRoots, panelIcon, sender } from './pages.ts';
import { pathOf } from './paths.ts';
import { lineOf } from './problemLines.ts';
import { isCancelled } from './problems.ts';
import { annotateLabels } from './preferenceLabels.ts';
import type { AnnotateState, FromPage, PageData, ToPage } from './webview/_annotateProtocol.ts';
import type { Workbench } from './workbench.ts';

const viewType = 'bllossom.annotate';
const annotatorKey = 'bllossom.annotator';

export interface AnnotateFeature {
  /** What the page of a comparison shows; undefined where it is not open. */
  state(directory: string): AnnotateState | undefined;
  /** Who is to be kept blind for a comparison: the name of this person, where it is known, and whether the page is open. */
  blind(directory: string): { readonly annotator?: string; readonly judging: boolean };
}

interface Options {
  /** The comparison that a command is meant for. */
  choose(argument: unknown, title: string): Promise<string | undefined>;
  showResult(directory: string): unknown;
  /** Told of each verdict. */
  onVerdict(directory: string): void;
  /** The page of a comparison was opened or closed. */
  onPage(directory: string): void;
}

export function registerAnnotate(workbench: Workbench, options: Options): AnnotateFeature {
  const { extension, messages } = workbench;
  const open = new Map<string, AnnotatePanel>();

  const attach = (panel: vscode.WebviewPanel, directory: string, annotator: string) => {
    const attached = new AnnotatePanel(workbench, panel, directory, annotator, {
      ...options,
      rename: async () => {
        const name = await askName(extension, true);
        if (name !== undefined) await show({ directory, annotator: name });
      },
    });
    open.set(directory, attached);
    options.onPage(directory);
    panel.onDidDispose(() => {
      if (open.get(directory) === attached) open.delete(directory);
      options.onPage(directory);
    });
  };

  const show = async (argument?: unknown): Promise<{ readonly directory: string } | undefined> => {
    try {
      const given = optionsOf(argument, 'directory');
      const directory = await options.choose(argument, vscode.l10n.t('Judge Blind'));
      if (directory === undefined) return undefined;
      const annotator = textOption(given, 'annotator') ?? (await askName(extension));
      if (annotator === undefined) return undefined;
      const before = open.get(directory);
      if (before?.annotator === annotator) before.panel.reveal();
      else {
        before?.panel.dispose();
        const title = vscode.l10n.t('Blind verdicts');
        const panel = vscode.window.createWebviewPanel(viewType, title, vscode.ViewColumn.Active, {
          enableScripts: true,
        });
        attach(panel, directory, annotator);
      }
      return { directory };
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };

  extension.subscriptions.push(
    vscode.commands.registerCommand('bllossom.annotatePreference', show),
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel, state: unknown) => {
        const kept = optionsOf(state, 'directory');
        const directory = textOption(kept, 'directory');
        const annotator = textOption(kept, 'annotator');
        if (directory === undefined || annotator === undefined || open.has(directory)) panel.dispose();
        else attach(panel, directory, annotator);
        return Promise.resolve();
      },
    }),
  );
  return {
    state: (directory) => open.get(pathOf(directory) ?? directory)?.state,
    blind: (directory) => {
      const page = open.get(directory);
      const annotator = page?.annotator ?? extension.globalState.get<string>(annotatorKey);
      return { ...(annotator === undefined ? {} : { annotator }), judging: page !== undefined };
    },
  };
}

/** The name that verdicts are kept under; asked for once. */
async function askName(extension: vscode.ExtensionContext, anew = false): Promise<string | undefined> {
  const known = extension.globalState.get<string>(annotatorKey);
  if (known !== undefined && !anew) return known;
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Judge Blind: your name'),
    prompt: vscode.l10n.t('Your verdicts are kept under it, beside those of others. It is asked once.'),
    ...(known === undefined ? {} : { value: known }),
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^[\p{L}\p{N}]([\p{L}\p{M}\p{N} ._@+-]*[\p{L}\p{M}\p{N}])?$/u.test(value.normalize('NFC').trim())
        ? undefined
        : vscode.l10n.t('Letters and digits, with spaces, points, hyphens and @ between them.'),
  });
  const name = answer?.normalize('NFC').trim();
  if (name !== undefined) await extension.globalState.update(annotatorKey, name);
  return name;
}

class AnnotatePanel {
  readonly panel: vscode.WebviewPanel;
  readonly annotator: string;
  readonly #workbench: Workbench;
  readonly #directory: string;
  readonly #options: Pick<Options, 'showResult' | 'onVerdict'> & { rename(): unknown };
  readonly #send: (message: ToPage) => void;
  state: AnnotateState | undefined;

  constructor(
    workbench: Workbench,
    panel: vscode.WebviewPanel,
    directory: string,
    annotator: string,
    options: Pick<Options, 'showResult' | 'onVerdict'> & { rename(): unknown },
  ) {
    this.#workbench = workbench;
    this.panel = panel;
    this.#directory = directory;
    this.annotator = annotator;
    this.#send = sender(panel);
    this.#options = options;
    const { extension } = workbench;
    const data: PageData = { directory, annotator, labels: annotateLabels() };
    panel.iconPath = panelIcon(extension);
    panel.webview.options = { enableScripts: true, localResourceRoots: [...pageRoots(extension)] };
    panel.webview.onDidReceiveMessage((message: FromPage) => this.#hear(message));
    panel.webview.html = pageHtml(panel.webview, extension, {
      name: 'annotate',
      title: data.labels.title,
      body: '<main id="page"></main>',
      data,
    });
  }

  async #hear(message: FromPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.#ask({ kind: 'show' });
      case 'undo':
        return this.#ask({ kind: 'undo' });
      case 'choose':
        return this.#ask({ kind: 'choose', index: message.index, choice: message.choice });
      case 'rename':
        await this.#options.rename();
        return;
      case 'results':
        await this.#options.showResult(this.#directory);
        return;
      case 'state':
        this.state = message.state;
        return;
      default:
        message satisfies never;
    }
  }

  async #ask(act: Annotate.Params['act']): Promise<void> {
    try {
      const params = { directory: this.#directory, annotator: this.annotator, act };
      const step = await this.#workbench.server.request(Annotate.type, params);
      this.#send({ type: 'step', step });
      if (act.kind !== 'show') this.#options.onVerdict(this.#directory);
    } catch (error) {
      if (!isCancelled(error)) this.#send({ type: 'problem', text: lineOf(error) });
    }
  }
}
