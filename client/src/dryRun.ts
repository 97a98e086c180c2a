/** 'Dry Run': all of a run but the training as a page: what is read, what trains, memory by part. Every table can be copied. */
import * as vscode from 'vscode';
import type { DryRun } from '../../server/src/protocol.ts';
import { dryRunReport } from './dryRunReport.ts';
import { problemLine } from './problemLines.ts';
import { engineCommand } from './progress.ts';
import { readable } from './paths.ts';
import type { ReportsFeature } from './reports.ts';
import type { RunsFeature } from './runs.ts';
import type { Workbench } from './workbench.ts';

export function registerDryRun(
  { extension, server, messages }: Workbench,
  { runs, reports }: { readonly runs: RunsFeature; readonly reports: ReportsFeature },
): void {
  const run = async (argument?: unknown): Promise<DryRun | undefined> => {
    try {
      const spec = await runs.chooseSpec(argument);
      if (spec === undefined) return undefined;
      const backend = vscode.workspace.getConfiguration('bllossom').get<string>('engine.backend', 'auto');
      const told = (await engineCommand(server, vscode.l10n.t('Dry run of {0}', readable(spec)), [
        ...['train', spec, '--dry-run'],
        ...(backend === '' || backend === 'auto' ? [] : ['--backend', backend]),
      ])) as DryRun;
      reports.show('dryRun', dryRunReport(told, problemLine), (action) =>
        action === 'run' ? vscode.commands.executeCommand('bllossom.startRun', spec) : run(spec),
      );
      return told;
    } catch (error) {
      void messages.failure(error);
      return undefined;
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.dryRun', run));
}
