/** What every feature of the server is given. */
import type { Connection } from 'vscode-languageserver/node';
import type { CodeActions } from './codeActions.ts';
import type { CodeLenses } from './codeLenses.ts';
import type { Documents } from './documents.ts';
import type { InferenceHost } from './inferenceHost.ts';
import type { NodeChoice } from './nodePath.ts';
import type { InitializationOptions } from './protocol.ts';
import type { PullDiagnostics } from './pullDiagnostics.ts';
import type { ReadProxy } from './proxySettings.ts';
import type { ReadSettings } from './settings.ts';
import type { TokenizedDocuments } from './tokenizedDocuments.ts';
import type { Slices } from './slices.ts';
import type { Tokenizers } from './tokenizers.ts';
import type { Workspace } from './workspace.ts';
import type { WorkspaceWatch } from './workspaceWatch.ts';
import type { Language } from '../../engine/src/lint/index.ts';
import type { Result } from '../../engine/src/base/problem.ts';

export interface Context {
  readonly connection: Connection;
  readonly options: InitializationOptions;
  readonly settings: ReadSettings;
  /** Between this machine and a judge's address, by the settings as they are now. */
  readonly proxy: ReadProxy;
  /** The language of what is shown without passing the client's translations. */
  readonly language: Language;
  readonly lenses: CodeLenses;
  readonly actions: CodeActions;
  readonly workspace: Workspace;
  readonly documents: Documents;
  readonly watch: WorkspaceWatch;
  readonly tokenizers: Tokenizers;
  readonly tokens: TokenizedDocuments;
  /** The documents under the tokenizer that they are compared with, where one is set. */
  readonly compared: TokenizedDocuments;
  readonly slices: Slices;
  /** What an editor asks for of a document; a feature that finds something in documents adds itself. */
  readonly diagnostics: PullDiagnostics;
  readonly host: InferenceHost;
  /** The Node that runs the engine, by the settings as they are now. */
  readonly node: () => Promise<Result<NodeChoice>>;
  /** Called when the connection ends. */
  readonly onShutdown: (end: () => void | Promise<void>) => void;
}
