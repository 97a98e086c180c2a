/**
 * Above a run spec, beside the server's `▶ Run`: the dry run, how much of the model trains and what memory it takes, how its run goes,
 * and what can be done about it.
 */
import * as vscode from 'vscode';
import { type MemoryEstimate, type RunInfo, SpecMemory, SpecTrains } from '../../server/src/protocol.ts';
import { partName } from './dryRunReport.ts';
import { count, memory, short } from './figures.ts';
import type { RunsFeature } from './runs.ts';
import { isActive, isResumable, statusLine } from './runWords.ts';
import type { Workbench } from './workbench.ts';

export function registerRunLens({ extension, server, messages }: Workbench, runs: RunsFeature): void {
  const changed = new vscode.EventEmitter<void>();
  const memories = new Map<string, MemoryEstimate>();
  const provider: vscode.CodeLensProvider = {
    onDidChangeCodeLenses: changed.event,
    provideCodeLenses: async (document) => {
      // Where the server's `▶ Run` stands: above the spec's first words.
      const line = document
        .getText()
        .split('\n')
        .findIndex((text) => /^\s*\{?\s*"kind"\s*:/.test(text));
      const at = new vscode.Range(Math.max(0, line), 0, Math.max(0, line), 0);
      const trains = await server.request(SpecTrains.type, { uri: document.uri.toString() }).catch((error: unknown) => {
        messages.quietly('asking what trains', error);
        return null;
      });
      const run = runs.all().find(({ specFile }) => specFile === document.uri.fsPath);
      const estimate = trains === null ? undefined : memories.get(document.uri.toString());
      const dryRun = {
        title: vscode.l10n.t('Dry run'),
        tooltip: vscode.l10n.t('Reads and counts the data, foresees memory and steps, and trains nothing'),
        command: 'bllossom.dryRun',
        arguments: [document.uri],
      };
      return [
        new vscode.CodeLens(at, dryRun),
        ...(trains === null ? [] : [new vscode.CodeLens(at, trainsCommand(trains))]),
        ...(estimate === undefined ? [] : [new vscode.CodeLens(at, memoryCommand(estimate))]),
        ...(run === undefined ? [] : runLenses(at, run)),
      ];
    },
  };
  extension.subscriptions.push(
    changed,
    vscode.languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/*.run.json' }, provider),
    runs.onChanged(() => changed.fire()),
    server.on(SpecMemory.type, ({ uri, memory: estimate }) => {
      const key = vscode.Uri.parse(uri).toString();
      if (estimate === null) memories.delete(key);
      else memories.set(key, estimate);
      changed.fire();
    }),
  );
}

/** Text alone: a command without a name does nothing. */
const trainsCommand = ({ trained, all, percent, groups }: NonNullable<SpecTrains.Answer>): vscode.Command => ({
  title: vscode.l10n.t('{0} of {1} parameters train ({2} %)', short(trained), short(all), percent),
  tooltip: [
    `${count(trained)} / ${count(all)}`,
    '',
    ...groups.map(({ name, parameters }) => `${name}: ${count(parameters)}`),
  ].join('\n'),
  command: '',
});

/** Of the memory that is fullest. */
function memoryCommand({ parts, memories: [fullest] }: MemoryEstimate): vscode.Command {
  const { name, needed, total } = fullest!;
  const inIt = parts.filter((part) => part.memory === name);
  const sign = needed > total ? '$(error) ' : needed >= 0.9 * total ? '$(warning) ' : '';
  return {
    title: `${sign}${vscode.l10n.t('{0} of {1}', memory(needed), memory(total))}`,
    tooltip: [name, '', ...inIt.map((part) => `${partName(part.name)}: ${memory(part.bytes)}`)].join('\n'),
    command: '',
  };
}

function runLenses(at: vscode.Range, run: RunInfo): vscode.CodeLens[] {
  const lens = (title: string, command: string) =>
    new vscode.CodeLens(at, { title, command: `bllossom.${command}`, arguments: [run] });
  const { state } = run.status;
  return [
    lens(`$(graph-line) ${statusLine(run.status)}`, 'showLossCurve'),
    ...(isActive(state) ? [lens(`$(debug-stop) ${vscode.l10n.t('Stop')}`, 'stopRun')] : []),
    ...(isResumable(state) ? [lens(`$(debug-continue) ${vscode.l10n.t('Resume')}`, 'resumeRun')] : []),
  ];
}
