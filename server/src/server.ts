/** Entry of dist/server.cjs: the language server. It wires the features together and holds none itself. */
import {
  DidChangeConfigurationNotification,
  ProposedFeatures,
  TextDocumentSyncKind,
  createConnection,
} from 'vscode-languageserver/node';
import type { InitializeParams, InitializeResult } from 'vscode-languageserver/node';
import { registerByteCharacters } from './byteCharacters.ts';
import { registerChat } from './chat.ts';
import { CodeActions, codeActions } from './codeActions.ts';
import { CodeLenses } from './codeLenses.ts';
import { registerComparedCounts } from './comparedCounts.ts';
import { registerCompareTokenizers } from './compareTokenizers.ts';
import type { Context } from './context.ts';
import { registerContextBudget } from './contextBudget.ts';
import { registerDiagnostics } from './diagnostics.ts';
import { Documents } from './documents.ts';
import { registerEngineCommand } from './engineCommand.ts';
import { registerEvaluation } from './evaluation.ts';
import { registerEvaluationRows } from './evaluationRows.ts';
import { registerHeat } from './heat.ts';
import { registerHover } from './hover.ts';
import { registerInstructionActions } from './instructionActions.ts';
import { registerInstructions } from './instructions.ts';
import { InferenceHost } from './inferenceHost.ts';
import { registerLint } from './lint.ts';
import { LintSettings } from './lintSettings.ts';
import { registerModels } from './models.ts';
import { chooseNode } from './nodePath.ts';
import { registerPreference } from './preference.ts';
import type { InitializationOptions } from './protocol.ts';
import { PullDiagnostics, pullDiagnostics } from './pullDiagnostics.ts';
import { registerRuns } from './runs.ts';
import { registerRunSpec } from './runSpec.ts';
import { registerTaskFiles } from './taskFiles.ts';
import { registerSectionCounts } from './sectionCounts.ts';
import { proxyReader } from './proxySettings.ts';
import { settingsReader } from './settings.ts';
import { registerTokenCounts } from './tokenCounts.ts';
import { TokenizedDocuments } from './tokenizedDocuments.ts';
import { registerTokenizerList } from './tokenizerList.ts';
import { Tokenizers } from './tokenizers.ts';
import { Slices } from './slices.ts';
import { registerTranslationCounts } from './translationCounts.ts';
import { serverVersion } from './version.ts';
import { registerVocabulary } from './vocabulary.ts';
import { languageOf, wordsOf } from './words.ts';
import { Workspace } from './workspace.ts';
import { WorkspaceWatch } from './workspaceWatch.ts';

const connection = createConnection(ProposedFeatures.all);
connection.onInitialize(initialize);
connection.listen();

function initialize(params: InitializeParams): InitializeResult {
  const ends: (() => void | Promise<void>)[] = [];
  const context = createContext(params, ends);
  registerTokenCounts(context);
  registerComparedCounts(context);
  registerTranslationCounts(context);
  const budget = registerContextBudget(context);
  registerSectionCounts(context, params.capabilities.workspace ?? {});
  registerHeat(context);
  registerByteCharacters(context);
  const lintSettings = new LintSettings(context, budget);
  const instructions = registerInstructions(context, lintSettings);
  registerInstructionActions(context, instructions);
  registerHover(context, instructions);
  registerTokenizerList(context);
  registerVocabulary(context);
  registerCompareTokenizers(context);
  registerModels(context);
  registerEngineCommand(context);
  registerRuns(context);
  registerRunSpec(context);
  registerTaskFiles(context);
  registerChat(context);
  registerEvaluation(context);
  registerEvaluationRows(context);
  registerPreference(context);
  registerDiagnostics(context);
  registerLint(context, params, { chosen: budget, settings: lintSettings });
  context.diagnostics.add((uri, token) => instructions.diagnostics(uri, token));

  const { workspace } = params.capabilities;
  connection.onInitialized(async () => {
    if (workspace?.didChangeConfiguration?.dynamicRegistration === true)
      await connection.client.register(DidChangeConfigurationNotification.type, { section: 'bllossom' });
    if (workspace?.didChangeWatchedFiles?.dynamicRegistration === true) await context.watch.start();
    if (workspace?.workspaceFolders === true)
      connection.workspace.onDidChangeWorkspaceFolders(async () => {
        context.workspace.setFolders((await connection.workspace.getWorkspaceFolders()) ?? []);
        context.tokenizers.changed();
        context.watch.tell(['tokenizers', 'models', 'runs', 'evaluations']);
      });
  });
  connection.onDidChangeConfiguration(() => context.tokenizers.changed());
  connection.onShutdown(async () => {
    await Promise.allSettled(ends.map(async (end) => end()));
  });
  return {
    serverInfo: { name: 'Bllossom language server', version: serverVersion },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      hoverProvider: true,
      codeLensProvider: { resolveProvider: true },
      inlayHintProvider: { resolveProvider: true },
      completionProvider: { triggerCharacters: ['"'] },
      diagnosticProvider: pullDiagnostics,
      codeActionProvider: codeActions,
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
    },
  };
}

function createContext(params: InitializeParams, ends: (() => void | Promise<void>)[]): Context {
  const options = params.initializationOptions as InitializationOptions;
  const configuration = params.capabilities.workspace?.configuration === true;
  const settings = settingsReader(connection, configuration);
  const proxy = proxyReader(connection, configuration);
  const workspace = new Workspace(params.workspaceFolders ?? []);
  const language = languageOf(params.locale);
  const tokenizers = new Tokenizers(workspace, settings, wordsOf(language));
  const documents = new Documents(connection);
  const watch = new WorkspaceWatch(connection, workspace);
  const node = async () => {
    const { engine } = await settings();
    return chooseNode({ setting: engine.nodePath, editorExecPath: options.editorExecPath, env: process.env });
  };
  const onShutdown = (end: () => void | Promise<void>) => void ends.push(end);
  watch.onFiles((files) => {
    tokenizers.forget(files);
    if (files.some((file) => file.endsWith('.model'))) tokenizers.changed();
  });
  onShutdown(() => {
    watch.dispose();
    tokenizers.dispose();
  });
  const log = (line: string) => connection.console.info(line);
  const host = new InferenceHost({ enginePath: options.enginePath, node, log });
  onShutdown(() => host.dispose());
  const tokens = new TokenizedDocuments(documents, tokenizers);
  const compared = new TokenizedDocuments(documents, {
    for: (uri) => tokenizers.comparedFor(uri),
    onChange: (listener) => tokenizers.onChange(listener),
  });
  const diagnostics = new PullDiagnostics(connection, documents, params.capabilities);
  onShutdown(() => diagnostics.dispose());
  return {
    connection,
    options,
    settings,
    proxy,
    workspace,
    tokenizers,
    documents,
    tokens,
    compared,
    language,
    lenses: new CodeLenses(connection, documents),
    actions: new CodeActions(connection, params.capabilities),
    slices: new Slices(),
    diagnostics,
    watch,
    host,
    node,
    onShutdown,
  };
}
