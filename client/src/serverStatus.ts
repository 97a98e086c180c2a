/**
 * In the editor's language status ({} at the bottom right): whether the language server answers, with Restart; the tokenizer of the
 * text, with a way to choose another; the log. Tells the walkthrough when a first text was counted, too.
 */
import * as vscode from 'vscode';
import { languages } from './countedDocuments.ts';
import { count } from './figures.ts';
import type { ServerState } from './languageServer.ts';
import type { TokenCountsFeature } from './tokenCounts.ts';
import type { Workbench } from './workbench.ts';

export function registerServerStatus({ extension, server }: Workbench, tokenCounts: TokenCountsFeature): void {
  const selector = languages.map((language) => ({ language }));
  const create = (id: string, name: string, command: string, title: string) => {
    const item = vscode.languages.createLanguageStatusItem(`bllossom.${id}`, selector);
    item.name = name;
    item.command = { command: `bllossom.${command}`, title };
    extension.subscriptions.push(item);
    return item;
  };
  const state = create('server', vscode.l10n.t('Bllossom Language Server'), 'restartServer', vscode.l10n.t('Restart'));
  const tokenizer = create(
    'tokenizer',
    vscode.l10n.t('Bllossom Tokenizer'),
    'selectTokenizer',
    vscode.l10n.t('Select Tokenizer…'),
  );
  const log = create('log', vscode.l10n.t('Bllossom Log'), 'showLog', vscode.l10n.t('Show Log'));
  log.text = vscode.l10n.t('Bllossom Log');

  const showState = (now: ServerState) => {
    state.text = wordOf(now);
    state.busy = now === 'starting';
    state.severity = now === 'down' ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    state.accessibilityInformation = { label: state.text };
  };
  const showTokenizer = (uri: string | undefined) => {
    const info = uri === undefined ? undefined : tokenCounts.get(uri)?.tokenizer;
    tokenizer.text = info?.name ?? vscode.l10n.t('No tokenizer');
    tokenizer.detail = info === undefined ? '' : vscode.l10n.t('{0}, {1} pieces', info.algorithm, count(info.size));
    tokenizer.severity =
      info === undefined ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
    tokenizer.accessibilityInformation = { label: vscode.l10n.t('Tokenizer: {0}', tokenizer.text) };
  };
  const shown = () => vscode.window.activeTextEditor?.document.uri.toString();

  showState(server.state);
  showTokenizer(shown());
  let known = false;
  extension.subscriptions.push(
    server.onState(showState),
    vscode.window.onDidChangeActiveTextEditor(() => showTokenizer(shown())),
    tokenCounts.onCounted((uri) => {
      if (uri === shown()) showTokenizer(uri);
      if (known || tokenCounts.get(uri) === undefined) return;
      known = true;
      void vscode.commands.executeCommand('setContext', 'bllossom.counted', true);
    }),
  );
}

function wordOf(state: ServerState): string {
  switch (state) {
    case 'starting':
      return vscode.l10n.t('Language server: starting');
    case 'running':
      return vscode.l10n.t('Language server: running');
    case 'down':
      return vscode.l10n.t('Language server: down');
    default:
      return state satisfies never;
  }
}
