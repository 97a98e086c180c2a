/** The editor's end of the language server, for benchmarks: the built server, started and spoken to as the extension does. */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-languageserver-protocol/node';
import type { DocumentDiagnosticReport, Position } from 'vscode-languageserver-protocol';
import { TokenCounts } from '../../server/src/protocol.ts';
import { root } from './places.ts';
import type { Stroke } from './typing.ts';

export const serverFile = path.join(root, 'dist/server.cjs');

export class EditorEnd {
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #counts = new Map<string, TokenCounts.Params>();
  #heard: (() => void)[] = [];

  private constructor(child: ChildProcess, settings: object) {
    this.#child = child;
    this.#connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    this.#connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
      items.map(() => settings),
    );
    this.#connection.onRequest('client/registerCapability', () => null);
    this.#connection.onNotification(TokenCounts.method, (params: TokenCounts.Params) => {
      this.#counts.set(params.uri, params);
      const heard = this.#heard;
      this.#heard = [];
      for (const wake of heard) wake();
    });
    this.#connection.listen();
  }

  /** `settings`: answers to the section `bllossom`. */
  static async start(settings: object): Promise<EditorEnd> {
    const child = fork(serverFile, ['--node-ipc'], { silent: false });
    const editor = new EditorEnd(child, settings);
    const options = { enginePath: path.join(root, 'dist/bllossom.cjs'), editorExecPath: process.execPath };
    await editor.#connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      capabilities: { workspace: { configuration: true } },
      workspaceFolders: null,
      initializationOptions: { ...options, extensionVersion: '0.0.0-bench' },
    });
    await editor.#connection.sendNotification('initialized', {});
    return editor;
  }

  open(uri: string, text: string, languageId = 'plaintext'): Promise<void> {
    return this.#connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  change(uri: string, version: number, contentChanges: readonly Change[]): Promise<void> {
    return this.#connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  async close(uri: string): Promise<void> {
    this.#counts.delete(uri);
    await this.#connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  /** The count of a version, or of a newer one. */
  async counted(uri: string, version: number): Promise<TokenCounts.Params> {
    for (;;) {
      const count = this.#counts.get(uri);
      if (count !== undefined && count.version >= version) return count;
      await new Promise<void>((wake) => this.#heard.push(wake));
    }
  }

  request(method: string, params: object): Promise<unknown> {
    return this.#connection.sendRequest(method, params);
  }

  /** Asks for diagnostics; `cancel` tells that nobody waits any more. */
  pull(uri: string): { readonly report: Promise<DocumentDiagnosticReport>; readonly cancel: () => void } {
    const source = new CancellationTokenSource();
    const params = { textDocument: { uri } };
    const report = this.#connection.sendRequest<DocumentDiagnosticReport>(
      'textDocument/diagnostic',
      params,
      source.token,
    );
    return { report, cancel: () => source.cancel() };
  }

  /** Processor seconds and resident bytes of the server until now; undefined where the system does not tell. */
  async usage(): Promise<{ readonly seconds: number; readonly resident: number } | undefined> {
    const at = `/proc/${this.#child.pid}`;
    try {
      const stat = (await readFile(`${at}/stat`, 'utf8')).split(') ')[1]!.split(' ');
      const resident = /VmRSS:\s*(\d+) kB/.exec(await readFile(`${at}/status`, 'utf8'))?.[1];
      return { seconds: (Number(stat[11]) + Number(stat[12])) / 100, resident: Number(resident) * 1024 };
    } catch {
      return undefined;
    }
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    await this.#connection.sendRequest('shutdown');
    await this.#connection.sendNotification('exit');
    await exited;
    this.#connection.dispose();
  }
}

export interface Change {
  readonly range: { readonly start: Position; readonly end: Position };
  readonly text: string;
}

/** A text on screen, with a caret. */
export class Screen {
  readonly #lines: string[];
  #line = 0;
  #character = 0;

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  /** Puts the caret somewhere, by a number in [0, 1); not into a surrogate pair. */
  place(share: number, inLine: number): void {
    this.#line = Math.floor(share * this.#lines.length);
    const line = this.#lines[this.#line]!;
    this.#character = Math.floor(inLine * (line.length + 1));
    if (/^[\udc00-\udfff]/.test(line.slice(this.#character))) this.#character++;
  }

  /** What the editor tells of a stroke. */
  stroke({ before, text }: Stroke): Change {
    const end = { line: this.#line, character: this.#character };
    let [line, left] = [this.#line, before];
    let character = this.#character;
    for (; left > character && line > 0; character = this.#lines[line]!.length) {
      left -= character + 1;
      line--;
    }
    const start = { line, character: character - left };
    const rest = this.#lines[end.line]!.slice(end.character);
    const written = (this.#lines[line]!.slice(0, start.character) + text).split('\n');
    this.#line = line + written.length - 1;
    this.#character = written.at(-1)!.length;
    written.push(`${written.pop() ?? ''}${rest}`);
    this.#lines.splice(line, end.line - line + 1, ...written);
    return { range: { start, end }, text };
  }
}
