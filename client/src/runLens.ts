/** Above a run spec, beside the server's `▶ Run`: how its run goes, and what can be done about it. */
import * as vscode from 'vscode';
import type { RunsFeature } from './runs.ts';
import { isActive, isResumable, statusLine } from './runWords.ts';
import type { Workbench } from './workbench.ts';

export function registerRunLens({ extension }: Workbench, runs: RunsFeature): void {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: (document) => {
      const run = runs.all().find(({ specFile }) => specFile === document.uri.fsPath);
      if (run === undefined) return [];
      // Where the server's `▶ Run` stands: above the spec's first words.
      const line = document
        .getText()
        .split('\n')
        .findIndex((text) => /^\s*\{?\s*"kind"\s*:/.test(text));
      const at = new vscode.Range(Math.max(0, line), 0, Math.max(0, line), 0);
      const lens = (title: string, command: string) =>
        new vscode.CodeLens(at, { title, command: `bllossom.${command}`, arguments: [run] });
      const { state } = run.status;
      return [
        lens(`$(graph-line) ${statusLine(run.status)}`, 'showLossCurve'),
        ...(isActive(state) ? [lens(`$(debug-stop) ${vscode.l10n.t('Stop')}`, 'stopRun')] : []),
        ...(isResumable(state) ? [lens(`$(debug-continue) ${vscode.l10n.t('Resume')}`, 'resumeRun')] : []),
      ];
    },
  };
  extension.subscriptions.push(
    changed,
    vscode.languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/*.run.json' }, provider),
    runs.onChanged(() => changed.fire()),
  );
}
