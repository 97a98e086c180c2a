/**
 * 'Export Metrics…': a run's metrics as CSV, or as an event file for TensorBoard.
 * `bllossom.exportMetrics({directory, format, out})` asks nothing, and returns the engine's report.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { ExportedMetrics } from '../../server/src/protocol.ts';
import { count } from './figures.ts';
import { optionsOf, textOption } from './options.ts';
import { absolute, askForNewFolder, readable, workspaceFolder } from './paths.ts';
import { fill } from './plural.ts';
import { engineCommand } from './progress.ts';
import type { RunsFeature } from './runs.ts';
import type { Workbench } from './workbench.ts';

export function registerExportMetrics({ extension, server, messages }: Workbench, runs: RunsFeature): void {
  const exportMetrics = async (argument?: unknown): Promise<ExportedMetrics | undefined> => {
    try {
      const options = optionsOf(argument, 'format');
      const run = await runs.choose(argument, vscode.l10n.t('Export Metrics'));
      if (run === undefined) return undefined;
      const format = textOption(options, 'format') ?? (await askForFormat());
      if (format === undefined) return undefined;
      const given = textOption(options, 'out');
      const out = given === undefined ? await askForTarget(format, run.name) : absolute(given);
      if (out === undefined) return undefined;
      // Where a dialog was shown it has asked about a file that is there.
      const force = given === undefined && format === 'csv' ? ['--force'] : [];
      const args = ['run', 'export', run.directory, '--format', format, '--out', out, ...force];
      const exported = (await engineCommand(server, vscode.l10n.t('Exporting metrics'), args)) as ExportedMetrics;
      const text = fill(
        vscode.l10n.t('{0} {0|row|rows} written to {1}.'),
        count(exported.rows),
        readable(exported.file),
      );
      void messages.info(text, [
        {
          label: vscode.l10n.t('Show in Explorer'),
          run: () => vscode.commands.executeCommand('bllossom.reveal', exported.file),
        },
      ]);
      return exported;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.exportMetrics', exportMetrics));
}

async function askForFormat(): Promise<string | undefined> {
  const items = [
    { label: 'CSV', description: vscode.l10n.t('a table, one row a step'), format: 'csv' },
    {
      label: 'TensorBoard',
      description: vscode.l10n.t('an event file, with the answers as texts'),
      format: 'tensorboard',
    },
  ];
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Export Metrics') }))?.format;
}

async function askForTarget(format: string, name: string): Promise<string | undefined> {
  if (format !== 'csv')
    return askForNewFolder(vscode.l10n.t('Export Metrics: a folder for TensorBoard'), `tensorboard/${name}`);
  const folder = workspaceFolder();
  const file = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export Metrics'),
    filters: { CSV: ['csv'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(path.join(folder, `${name}.csv`)) }),
  });
  return file?.fsPath;
}
