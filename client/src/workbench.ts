/** What every feature of the extension is given. */
import * as vscode from 'vscode';
import type { LanguageServer } from './languageServer.ts';
import type { Messages } from './messages.ts';

export interface Workbench {
  readonly extension: vscode.ExtensionContext;
  readonly server: LanguageServer;
  readonly messages: Messages;
  readonly log: vscode.LogOutputChannel;
  /** When what the trees show may be stale: the server is ready (again), or the user asks to refresh. */
  readonly onStale: vscode.Event<void>;
}
