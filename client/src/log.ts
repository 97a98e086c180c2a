/**
 * The log: an output channel, whose lines are kept as well. An editor without its native logger (code-server installed
 * without a compiler) shows an empty channel; there the lines are shown as a read-only document instead.
 */
import * as vscode from 'vscode';
import { exists } from './paths.ts';

const scheme = 'bllossom-log';
const kept = 2000;
/** In the order of `vscode.LogLevel`, which counts them from 1. */
const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];

export interface Log {
  readonly channel: vscode.LogOutputChannel;
  readonly show: () => Promise<void>;
}

export function createLog(extension: vscode.ExtensionContext): Log {
  const own = vscode.window.createOutputChannel('Bllossom', { log: true });
  const lines: string[] = [];
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const uri = vscode.Uri.from({ scheme, path: 'Bllossom Log' });
  const keep = (level: string, text: string) => {
    lines.push(`${new Date().toISOString()} [${level}] ${text}`);
    if (lines.length > kept) lines.splice(0, lines.length - kept);
    changed.fire(uri);
  };
  const note = (name: Level, message: string | Error, more: readonly unknown[]) => {
    const { logLevel } = own;
    if (logLevel === vscode.LogLevel.Off || (logLevel as number) > levels.indexOf(name) + 1) return;
    const text = message instanceof Error ? (message.stack ?? message.message) : message;
    keep(name, [text, ...more.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))].join(' '));
  };
  // What is logged passes through here; the rest is the editor's own. The target is empty because the editor's object
  // may be frozen, and a proxy of a frozen object may answer nothing else.
  const channel = new Proxy({} as vscode.LogOutputChannel, {
    get: (_, name): unknown => {
      const level = levels.find((known) => known === name);
      if (level !== undefined) {
        return (message: string | Error, ...more: unknown[]) => {
          note(level, message, more);
          own[level](message as string, ...more);
        };
      }
      if (name === 'append' || name === 'appendLine') {
        return (text: string) => {
          keep('info', text);
          own[name](text);
        };
      }
      const value: unknown = Reflect.get(own, name, own);
      return typeof value === 'function' ? (value.bind(own) as unknown) : value;
    },
  });
  extension.subscriptions.push(
    own,
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => `${lines.join('\n')}\n`,
    }),
  );
  return {
    channel,
    show: async () => {
      if (await exists(vscode.Uri.joinPath(extension.logUri, 'Bllossom.log'))) own.show();
      else await vscode.window.showTextDocument(uri, { preview: true });
    },
  };
}
