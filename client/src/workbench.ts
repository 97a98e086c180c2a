/** What every feature of the extension is given. */
import type * as vscode from 'vscode';
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

/** Documents whose tokens are counted, by language and scheme; cells of notebooks are documents of their own. */
export const languages: readonly string[] = ['bllossom-prompt', 'plaintext', 'markdown', 'json', 'jsonc', 'jsonl'];
export const schemes: readonly string[] = ['file', 'untitled', 'vscode-vfs', 'vscode-notebook-cell'];
/** Code: only marked strings in it are text, so it is not counted as a whole. */
export const codeLanguages: readonly string[] = [
  'python',
  'typescript',
  'typescriptreact',
  'javascript',
  'javascriptreact',
];

export const isCounted = (document: vscode.TextDocument): boolean =>
  languages.includes(document.languageId) && schemes.includes(document.uri.scheme);
