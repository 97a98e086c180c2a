/**
 * The language server's life: started with the extension, started again when it dies, and never a reason to lose anything.
 * Runs are processes of their own, so what this file says when the server dies is that they go on.
 */
import type { ChildProcess } from 'node:child_process';
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
import { computing } from './computing.ts';
import { codeLanguages, isText, languages } from './countedDocuments.ts';
import { deathReason, Deaths } from './deaths.ts';
import type { Messages } from './messages.ts';

/** The death that is the last one, and the time within which so many end it. */
const lastDeath = 5;
const windowMs = 3 * 60_000;
/** Milliseconds that the end of a process is waited for, once its connection has closed. */
const endsWithinMs = 1000;

export type ServerState = 'starting' | 'running' | 'down';

export class LanguageServer implements vscode.Disposable {
  readonly client: LanguageClient;
  readonly #messages: Messages;
  readonly #deaths = new Deaths(lastDeath, windowMs);
  readonly #onState = new vscode.EventEmitter<ServerState>();
  #state: ServerState = 'starting';
  #process: ChildProcess | undefined;
  readonly #onReady = new vscode.EventEmitter<void>();
  #ending = false;

  /** Fires when the server answers: at first, and again after each restart; what was followed is to be followed anew. */
  readonly onReady = this.#onReady.event;
  readonly onState = this.#onState.event;

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
      documentSelector: [...languages, ...codeLanguages].map((language) => ({ language })),
      // The server knows of no other documents, and has nothing to say of them.
      middleware: {
        didOpen: (document, next) => (isText(document) ? next(document) : Promise.resolve()),
        didChange: (event, next) => (isText(event.document) ? next(event) : Promise.resolve()),
        didSave: (document, next) => (isText(document) ? next(document) : Promise.resolve()),
        didClose: (document, next) => (isText(document) ? next(document) : Promise.resolve()),
      },
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
      const states = { [State.Running]: 'running', [State.Stopped]: 'down', [State.StartFailed]: 'down' } as const;
      this.#set(newState in states ? states[newState as keyof typeof states] : 'starting');
      if (newState !== State.Running) return;
      this.#process = this.client.serverProcess;
      this.#onReady.fire();
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
    this.#deaths.forget();
    if (this.client.needsStop()) await this.client.stop().catch(() => undefined);
    await this.start();
  }

  /** Sends a request once the server is up. Rejects with the `ResponseError`, whose data is a `Problem`. */
  async request<P, R, E>(type: RequestType<P, R, E>, params: P, token?: CancellationToken): Promise<R> {
    if (!vscode.workspace.isTrusted && computing.has(type.method))
      throw new Error(vscode.l10n.t('Nothing runs in a workspace that is not trusted.'));
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

  /** Answers what the server asks. */
  answer<P, R, E>(
    type: RequestType<P, R, E>,
    handler: (params: P, token: CancellationToken) => Promise<R>,
  ): vscode.Disposable {
    return this.client.onRequest(type.method, handler);
  }

  async dispose(): Promise<void> {
    this.#ending = true;
    this.#onReady.dispose();
    this.#onState.dispose();
    if (this.client.needsStop()) await this.client.stop(5000).catch(() => undefined);
  }

  #closed(): CloseAction {
    if (this.#ending) return CloseAction.DoNotRestart;
    if (!this.#deaths.note(Date.now())) {
      void this.#messages.warn(
        vscode.l10n.t('The Bllossom language server ended unexpectedly and is being started again. Runs go on.'),
        ['showLog'],
      );
      return CloseAction.Restart;
    }
    void this.#reason().then((reason) =>
      this.#tellItIsDown(
        vscode.l10n.t(
          'The Bllossom language server ended {0} times in three minutes ({1}) and stays down. Runs go on.',
          lastDeath,
          reason ?? vscode.l10n.t('it gave no reason'),
        ),
      ),
    );
    return CloseAction.DoNotRestart;
  }

  /** Why the process ended the last time, which may become known a moment after its connection has closed. */
  async #reason(): Promise<string | undefined> {
    const ended = this.#process;
    if (ended === undefined) return undefined;
    for (let waited = 0; waited < endsWithinMs && ended.exitCode === null && ended.signalCode === null; waited += 50)
      await delay(50);
    return deathReason({ code: ended.exitCode, signal: ended.signalCode });
  }

  get state(): ServerState {
    return this.#state;
  }

  #set(state: ServerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState.fire(state);
  }

  #tellItIsDown(text: string, error?: unknown): void {
    const reason = error instanceof Error ? ` ${error.message}` : '';
    void this.#messages.error(`${text}${reason}`, ['restartServer', 'showLog']);
  }
}
