/** A language client for tests: speaks to the bundled server over stdio, as an editor does, and keeps what it is told. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { StreamMessageReader, StreamMessageWriter, createMessageConnection } from 'vscode-languageserver-protocol/node';
import type {
  NotificationType,
  MessageConnection,
  RequestType,
  TextDocumentContentChangeEvent,
} from 'vscode-languageserver-protocol/node';

const root = path.resolve(import.meta.dirname, '../..');
/** A place for each of vitest's workers: one shall not overwrite what another runs. */
const output = path.join(root, 'test/output', `server-${process.env['VITEST_POOL_ID'] ?? '0'}`);
export const enginePath = path.join(output, 'bllossom.cjs');

let built: Promise<unknown> | undefined;

/** Bundles server and engine beside the tests' other output, once for a test file. */
export function bundle(): Promise<unknown> {
  const args = [path.join(root, 'esbuild.mjs'), '--server', '--engine', '--outdir', output];
  return (built ??= promisify(execFile)(process.execPath, args, { cwd: root }));
}

export interface ClientOptions {
  readonly folders: readonly string[];
  /** Answers to workspace/configuration for the section `bllossom`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** In place of the bundled engine. */
  readonly enginePath?: string;
  /** Of the editor, beside the usual ones. */
  readonly capabilities?: {
    readonly workspace?: object;
    readonly textDocument?: object;
  };
  readonly locale?: string;
  /** Beside the tests' own environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export const uriOf = (file: string): string => pathToFileURL(file).href;

export class LanguageClient {
  readonly connection: MessageConnection;
  readonly process: ChildProcess;
  settings: Readonly<Record<string, unknown>>;
  /** Answers for the section `http`. */
  http: Readonly<Record<string, unknown>> = {};
  readonly #kept = new Map<string, unknown[]>();
  #wake: (() => void)[] = [];
  #versions = new Map<string, number>();

  private constructor(child: ChildProcess, options: ClientOptions) {
    this.process = child;
    this.settings = options.settings ?? {};
    this.connection = createMessageConnection(
      new StreamMessageReader(child.stdout!),
      new StreamMessageWriter(child.stdin!),
    );
    this.connection.onRequest('workspace/configuration', ({ items }: { items: { readonly section?: string }[] }) =>
      items.map(({ section }) => (section === 'http' ? this.http : this.settings)),
    );
    this.connection.onRequest('client/registerCapability', () => null);
    this.connection.onRequest('workspace/diagnostic/refresh', () => {
      this.#keep('workspace/diagnostic/refresh', null);
      return null;
    });
    this.connection.onNotification((method, params) => this.#keep(method, params));
    this.connection.onUnhandledProgress(({ token, value }) => this.#keep(`progress ${String(token)}`, value));
    this.connection.listen();
  }

  static async start(options: ClientOptions): Promise<LanguageClient> {
    await bundle();
    const child = spawn(process.execPath, [path.join(output, 'server.cjs'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...options.env },
    });
    const client = new LanguageClient(child, options);
    await client.connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      ...(options.locale === undefined ? {} : { locale: options.locale }),
      capabilities: {
        workspace: { configuration: true, workspaceFolders: true, ...options.capabilities?.workspace },
        textDocument: { ...options.capabilities?.textDocument },
        window: { workDoneProgress: true },
      },
      workspaceFolders: options.folders.map((folder) => ({ uri: uriOf(folder), name: path.basename(folder) })),
      initializationOptions: {
        enginePath: options.enginePath ?? enginePath,
        editorExecPath: process.execPath,
        extensionVersion: '0.0.0-test',
      },
    });
    await client.connection.sendNotification('initialized', {});
    return client;
  }

  request<P, R, E>(type: RequestType<P, R, E>, params: P): Promise<R> {
    return this.connection.sendRequest<R>(type.method, params);
  }

  open(uri: string, text: string, languageId = 'plaintext'): Promise<void> {
    this.#versions.set(uri, 1);
    return this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  /** Answers with the new version. */
  async change(uri: string, contentChanges: readonly TextDocumentContentChangeEvent[]): Promise<number> {
    const version = this.#versions.get(uri)! + 1;
    this.#versions.set(uri, version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
    return version;
  }

  close(uri: string): Promise<void> {
    return this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  filesChanged(...files: string[]): Promise<void> {
    return this.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: files.map((file) => ({ uri: uriOf(file), type: 2 })),
    });
  }

  async setSettings(settings: Readonly<Record<string, unknown>>): Promise<void> {
    this.settings = settings;
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  /** All notifications of a kind until now, in order. */
  told<P>(type: NotificationType<P> | string): readonly P[] {
    return (this.#kept.get(typeof type === 'string' ? type : type.method) ?? []) as P[];
  }

  /** The first notification of a kind that fits, among those come and those to come. */
  async until<P>(
    type: NotificationType<P> | string,
    fits: (params: P) => boolean = () => true,
    patienceMs = 20_000,
  ): Promise<P> {
    for (const until = Date.now() + patienceMs; ;) {
      const found = this.told(type).find(fits);
      if (found !== undefined) return found;
      const left = until - Date.now();
      if (left <= 0) {
        const name = typeof type === 'string' ? type : type.method;
        throw new Error(
          `no ${name} that fits within ${patienceMs} ms; told: ${JSON.stringify(this.told(type).slice(-3))}`,
        );
      }
      await new Promise<void>((wake) => {
        this.#wake.push(wake);
        setTimeout(wake, left);
      });
    }
  }

  /** Forgets the notifications until now. */
  forget(): void {
    this.#kept.clear();
  }

  #keep(method: string, params: unknown): void {
    const list = this.#kept.get(method);
    if (list === undefined) this.#kept.set(method, [params]);
    else list.push(params);
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  /** Ends the server as an editor does; answers with its exit status. */
  async stop(): Promise<number | null> {
    const exited = new Promise<number | null>((resolve) => this.process.once('exit', resolve));
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const code = await exited;
    this.connection.dispose();
    return code;
  }
}

/** Waits until a process is no more. */
export async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`process ${pid} lives on`);
}
