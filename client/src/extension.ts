/** The extension: starts the language server and puts each feature in its place. What is slow happens elsewhere. */
import * as vscode from 'vscode';
import type { Api } from './api.ts';
import { registerAsk } from './ask.ts';
import { registerByteCharacters } from './byteCharacters.ts';
import { registerCompareChoice } from './compareChoice.ts';
import { registerComparedCounts } from './comparedCounts.ts';
import { registerCompareTokenizers } from './compareTokenizers.ts';
import { registerContextBudget } from './contextBudget.ts';
import { registerDiagnostics } from './diagnostics.ts';
import { registerDryRun } from './dryRun.ts';
import { registerEvaluate } from './evaluate.ts';
import { registerEvaluationPages } from './evaluationPages.ts';
import { registerEvaluationTests } from './evaluationTests.ts';
import { registerExpandModel } from './expandModel.ts';
import { registerHeat } from './heat.ts';
import { LanguageServer } from './languageServer.ts';
import { registerLint } from './lint.ts';
import { createLog } from './log.ts';
import { registerExportMetrics } from './exportMetrics.ts';
import { registerLossCurve } from './lossCurve.ts';
import { registerMergeAdapter } from './mergeAdapter.ts';
import { registerMergeVocabularies } from './mergeVocabularies.ts';
import { Messages } from './messages.ts';
import { registerModels } from './models.ts';
import { pathOf, reveal } from './paths.ts';
import { registerPreference } from './preference.ts';
import { registerReports } from './reports.ts';
import { registerResults } from './results.ts';
import { registerRunLens } from './runLens.ts';
import { registerRuns } from './runs.ts';
import { registerServerStatus } from './serverStatus.ts';
import { registerSettingFaults } from './settingFaults.ts';
import { registerTokenCounts } from './tokenCounts.ts';
import { registerTokenizers } from './tokenizers.ts';
import { registerTrainVocabulary } from './trainVocabulary.ts';
import { registerVerifyTokenizer } from './verifyTokenizer.ts';
import { registerVocabulary } from './vocabulary.ts';
import type { Workbench } from './workbench.ts';

let server: LanguageServer | undefined;

export function activate(extension: vscode.ExtensionContext): Api {
  const { channel: log, show: showLog } = createLog(extension);
  const messages = new Messages(log);
  const started = (server = new LanguageServer(extension, log, messages));
  const stale = new vscode.EventEmitter<void>();
  started.onReady(() => stale.fire());
  const workbench: Workbench = { extension, server: started, messages, log, onStale: stale.event };

  extension.subscriptions.push(
    stale,
    vscode.commands.registerCommand('bllossom.refresh', () => stale.fire()),
    vscode.commands.registerCommand('bllossom.showLog', showLog),
    vscode.commands.registerCommand('bllossom.restartServer', () => started.restart()),
    vscode.commands.registerCommand('bllossom.reveal', reveal),
    vscode.commands.registerCommand('bllossom.copyPath', async (argument: unknown) => {
      const file = pathOf(argument);
      if (file !== undefined) await vscode.env.clipboard.writeText(file);
    }),
  );
  registerSettingFaults(workbench);
  const comparedCounts = registerComparedCounts(workbench);
  const tokenCounts = registerTokenCounts(workbench, comparedCounts);
  const byteCharacters = registerByteCharacters(workbench, tokenCounts);
  const tokenizers = registerTokenizers(workbench, tokenCounts);
  registerCompareChoice(workbench, tokenizers);
  registerHeat(workbench, tokenCounts);
  const vocabulary = registerVocabulary(workbench, tokenizers);
  const comparison = registerCompareTokenizers(workbench, { tokenCounts, tokenizers });
  const models = registerModels(workbench);
  const contextBudget = registerContextBudget(workbench, models);
  const runs = registerRuns(workbench);
  registerRunLens(workbench, runs);
  const reports = registerReports(workbench);
  registerDryRun(workbench, { runs, reports });
  const lossCurve = registerLossCurve(workbench, runs);
  registerExportMetrics(workbench, runs);
  registerMergeVocabularies(workbench, { tokenCounts, tokenizers, reports });
  registerTrainVocabulary(workbench, { tokenizers, reports });
  registerVerifyTokenizer(workbench, { tokenCounts, tokenizers, reports });
  registerExpandModel(workbench, { tokenizers, models, reports });
  registerMergeAdapter(workbench, models);
  const evaluationPages = registerEvaluationPages(workbench);
  const results = registerResults(workbench, evaluationPages);
  const evaluate = registerEvaluate(workbench, { models, pages: evaluationPages, results });
  const evaluationTests = registerEvaluationTests(workbench, { models, evaluate });
  const preference = registerPreference(workbench, models);
  const ask = registerAsk(workbench, models);
  registerServerStatus(workbench, tokenCounts);
  registerDiagnostics(workbench);
  registerLint(workbench);

  void started.start();
  return {
    tokenCounts: (uri) => tokenCounts.get(uri),
    statusText: () => tokenCounts.statusText(),
    budgetText: () => contextBudget.statusText(),
    byteRanges: (uri) => byteCharacters.get(uri),
    comparison: () => comparison.state(),
    vocabularyPage: (file) => vocabulary.state(file),
    results: () => results.state(),
    tests: () => evaluationTests.labels(),
    evaluationPage: (file) => evaluationPages.state(file),
    runs: () => runs.all(),
    curveRows: (directory) => lossCurve.rows(directory),
    threads: () => ask.threads(),
    reportText: () => reports.lastText(),
    annotation: (directory) => preference.annotation(directory),
    preference: (directory) => preference.result(directory),
    messages: () => [...messages.shown],
    serverPid: () => started.client.serverProcess?.pid,
  };
}

export async function deactivate(): Promise<void> {
  await server?.dispose();
}
