/**
 * The language server's life: started with the extension, started again when it dies, and never a reason to lose anything.
 * Runs are processes of their own, so what this file says when the server dies is that they go on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type {
  CancellationToken,
  LanguageClientOptions,
  NotificationType,
  RequestType,
} from 'vscode-languageclient/node';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { InitializationOptions } from '../../server/src/protocol.ts';
import type { Messages } from './messages.ts';
import { codeLanguages, languages, schemes } from './workbench.ts';

/** Starting again more often than this within the window is given up. */
const maxRestarts = 3;
const restartWindowMs = 3 * 60_000;

export class LanguageServer implements vscode.Disposable {
  readonly client: LanguageClient;
  readonly #messages: Messages;
  readonly #deaths: number[] = [];
  readonly #onReady = new vscode.EventEmitter<void>();
  #ending = false;

  /** Fires when the server answers: at first, and again after each restart; what was followed is to be followed anew. */
  readonly onReady = this.#onReady.event;

  constructor(extension: vscode.ExtensionContext, log: vscode.LogOutputChannel, messages: Messages) {
    this.#messages = messages;
    const at = (name: string) => vscode.Uri.joinPath(extension.extensionUri, 'dist', name).fsPath;
    const initializationOptions: InitializationOptions = {
      enginePath: at('bllossom.cjs'),
      editorExecPath: process.execPath,
      extensionVersion: String((extension.extension.packageJSON as { readonly version?: unknown }).version),
    };
    const module = { module: at('server.cjs'), transport: TransportKind.ipc } as const;
    const options: LanguageClientOptions = {
      documentSelector: schemes.flatMap((scheme) =>
        [...languages, ...codeLanguages].map((language) => ({ scheme, language })),
      ),
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions,
      diagnosticPullOptions: { onChange: true },
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => ({ action: this.#closed(), handled: true }),
      },
    };
    const debug = { ...module, options: { execArgv: ['--nolazy', '--inspect=6019'] } };
    this.client = new LanguageClient('bllossom', 'Bllossom', { run: module, debug }, options);
    this.client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) this.#onReady.fire();
    });
  }

  /** Starts the server. What goes wrong is told to the user, with a button to try again. */
  async start(): Promise<void> {
    try {
      await this.client.start();
    } catch (error) {
      this.#tellItIsDown(vscode.l10n.t('The Bllossom language server does not start.'), error);
    }
  }

  async restart(): Promise<void> {
    this.#deaths.length = 0;
    if (this.client.needsStop()) await this.client.stop().catch(() => undefined);
    await this.start();
  }

  /** Sends a request once the server is up. Rejects with the `ResponseError`, whose data is a `Problem`. */
  async request<P, R, E>(type: RequestType<P, R, E>, params: P, token?: CancellationToken): Promise<R> {
    // A request in the moment between a death and the restart waits for it.
    for (let i = 0; i < 50 && !this.client.isRunning() && this.client.state !== State.StartFailed; i++)
      await delay(100);
    // Without a token there must be no further argument: it would be sent as a second parameter.
    return token === undefined
      ? this.client.sendRequest<R>(type.method, params)
      : this.client.sendRequest<R>(type.method, params, token);
  }

  /** Tells the server something; what is lost because the server is down would mean nothing to the next one. */
  notify<P>(type: NotificationType<P>, params: P): void {
    if (this.client.isRunning()) this.client.sendNotification(type.method, params).catch(() => undefined);
  }

  on<P>(type: NotificationType<P>, handler: (params: P) => void): vscode.Disposable {
    return this.client.onNotification(type.method, handler);
  }

  async dispose(): Promise<void> {
    this.#ending = true;
    this.#onReady.dispose();
    if (this.client.needsStop()) await this.client.stop(5000).catch(() => undefined);
  }

  #closed(): CloseAction {
    if (this.#ending) return CloseAction.DoNotRestart;
    const now = Date.now();
    this.#deaths.push(now);
    while (this.#deaths[0] !== undefined && now - this.#deaths[0] > restartWindowMs) this.#deaths.shift();
    if (this.#deaths.length <= maxRestarts) {
      void this.#messages.warn(
        vscode.l10n.t('The Bllossom language server ended unexpectedly and is being started again. Runs go on.'),
        ['showLog'],
      );
      return CloseAction.Restart;
    }
    this.#tellItIsDown(
      vscode.l10n.t(
        'The Bllossom language server ended {0} times in three minutes and stays down. Runs go on.',
        this.#deaths.length,
      ),
    );
    return CloseAction.DoNotRestart;
  }

  #tellItIsDown(text: string, error?: unknown): void {
    const reason = error instanceof Error ? ` ${error.message}` : '';
    void this.#messages.error(`${text}${reason}`, ['restartServer', 'showLog']);
  }
}
