/** A run's status in words: the same in the tree, the progress notification, above the spec and beside the curve. */
import * as vscode from 'vscode';
import type { RunState, RunStatus } from '../../server/src/protocol.ts';
import { count, duration, figure } from './figures.ts';
import { engineWords } from './problemLines.ts';

/** What can be done about a run in a state. */
export const isActive = (state: RunState): boolean =>
  state === 'queued' || state === 'preparing' || state === 'running' || state === 'stopping';
export const isResumable = (state: RunState): boolean =>
  state === 'stopped' || state === 'interrupted' || state === 'failed';

export function stateWord(state: RunState): string {
  switch (state) {
    case 'queued':
      return vscode.l10n.t('queued');
    case 'preparing':
      return vscode.l10n.t('preparing');
    case 'running':
      return vscode.l10n.t('running');
    case 'stopping':
      return vscode.l10n.t('stopping');
    case 'stopped':
      return vscode.l10n.t('stopped');
    case 'done':
      return vscode.l10n.t('done');
    case 'failed':
      return vscode.l10n.t('failed');
    case 'interrupted':
      return vscode.l10n.t('interrupted');
    default:
      return state satisfies never;
  }
}

export function stateIcon(state: RunState): vscode.ThemeIcon {
  switch (state) {
    case 'queued':
      return new vscode.ThemeIcon('clock');
    case 'preparing':
    case 'running':
    case 'stopping':
      return new vscode.ThemeIcon('sync~spin');
    case 'stopped':
      return new vscode.ThemeIcon('debug-pause');
    case 'done':
      return new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
    case 'failed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed'));
    case 'interrupted':
      return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
    default:
      return state satisfies never;
  }
}

/** `step 12 / 400 · loss 2.314 · 2 min left`, preceded by the state unless it runs. */
export function statusLine(status: RunStatus): string {
  const { state, step, steps, loss, secondsLeft, message } = status;
  return [
    ...(state === 'running' ? [] : [stateWord(state)]),
    ...((state === 'queued' || state === 'preparing') && message !== undefined ? [engineWords(message)] : []),
    ...(steps > 0 && (step > 0 || state === 'running')
      ? [vscode.l10n.t('step {0} / {1}', count(step), count(steps))]
      : []),
    ...(loss === undefined ? [] : [vscode.l10n.t('loss {0}', figure(loss))]),
    // Between two steps: what is measured, or that a checkpoint is written.
    ...(state === 'running' && message !== undefined && message !== '' ? [engineWords(message)] : []),
    ...(secondsLeft === undefined || !isActive(state)
      ? []
      : [vscode.l10n.t('{0} left', duration(secondsLeft, vscode.env.language))]),
  ].join(' · ');
}
