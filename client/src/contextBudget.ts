/** How much of the model's window the open text takes: `14 % of 1,536` beside the count; a warning in colour and words where it is over. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Budget } from '../../server/src/protocol.ts';
import { ChosenModel, ContextBudget } from '../../server/src/protocol.ts';
import { count, percent } from './figures.ts';
import type { ModelsFeature } from './models.ts';
import { fill } from './plural.ts';
import { problemLine } from './problemLines.ts';
import type { Workbench } from './workbench.ts';

export interface ContextBudgetFeature {
  statusText(): string | undefined;
}

export function registerContextBudget({ extension, server }: Workbench, models: ModelsFeature): ContextBudgetFeature {
  const budgets = new Map<string, Budget>();
  const item = vscode.window.createStatusBarItem('bllossom.contextBudget', vscode.StatusBarAlignment.Right, 100.55);
  item.name = vscode.l10n.t('Context Budget');
  item.command = {
    command: 'workbench.action.openSettings',
    title: vscode.l10n.t('Open Settings'),
    arguments: ['bllossom.context'],
  };
  let editor = vscode.window.activeTextEditor;
  let shown: string | undefined;

  const show = () => {
    const budget = editor === undefined ? undefined : budgets.get(editor.document.uri.toString());
    if (budget === undefined) {
      shown = undefined;
      item.hide();
      return;
    }
    const room = Math.max(0, budget.window - budget.reserved);
    const over = budget.used - room;
    const share = percent(budget.used / room, 0);
    shown =
      over > 0
        ? `$(warning) ${vscode.l10n.t('{0} over budget', count(over))}`
        : vscode.l10n.t('{0} of {1}', share, count(room));
    item.text = shown;
    item.backgroundColor = over > 0 ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    const lines = linesOf(budget, room);
    const tooltip = new vscode.MarkdownString();
    for (const line of lines) tooltip.appendText(line).appendMarkdown('  \n');
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: lines.join(', '), role: 'button' };
    item.show();
  };

  const tellModel = () => server.notify(ChosenModel.type, models.chosen() ?? {});
  extension.subscriptions.push(
    item,
    models.onChosen(tellModel),
    server.onReady(tellModel),
    server.on(ContextBudget.type, ({ uri, budget }) => {
      if (budget === null) budgets.delete(uri);
      else budgets.set(uri, budget);
      if (uri === editor?.document.uri.toString()) show();
    }),
    vscode.window.onDidChangeActiveTextEditor((active) => {
      if (active?.document.uri.scheme === 'comment') return; // the text counted stays the one beneath it
      editor = active;
      show();
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => budgets.delete(uri.toString())),
  );
  return { statusText: () => shown };
}

function linesOf({ window, from, reserved, used, added, template, problem }: Budget, room: number): string[] {
  const over = used - room;
  return [
    over > 0
      ? fill(vscode.l10n.t('Over budget: {0} {0|token|tokens}, and there is room for {1}'), count(used), count(room))
      : fill(vscode.l10n.t('{0} {0|token|tokens}, and there is room for {1}'), count(used), count(room)),
    template === undefined
      ? fill(vscode.l10n.t('The text as it stands, with {0} {0|token|tokens} around it'), count(added))
      : fill(vscode.l10n.t('With {0} {0|token|tokens} of the template {1}'), count(added), template),
    ...(problem === undefined ? [] : [problemLine(problem)]),
    from === 'setting'
      ? vscode.l10n.t('A window of {0} (setting), {1} of it for the answer', count(window), count(reserved))
      : vscode.l10n.t(
          'A window of {0} ({1}), {2} of it for the answer',
          count(window),
          path.basename(from.model),
          count(reserved),
        ),
  ];
}
