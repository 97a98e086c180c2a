/** A setting that is not of the type it must be: its default is used, and one message says so. */
import * as vscode from 'vscode';
import { SettingFault } from '../../server/src/protocol.ts';
import type { Workbench } from './workbench.ts';

export function registerSettingFaults({ extension, server, messages }: Workbench): void {
  /** A server that was started anew tells again. */
  const told = new Set<string>();
  extension.subscriptions.push(
    server.on(SettingFault.type, ({ name, wanted, found }) => {
      const key = `${name} ${found}`;
      if (told.has(key)) return;
      told.add(key);
      void messages.warn(
        vscode.l10n.t('The setting {0} is {1}, and must be {2}. Its default is used.', name, found, wordsOf(wanted)),
        [
          {
            label: vscode.l10n.t('Open Settings'),
            run: () => vscode.commands.executeCommand('workbench.action.openSettings', name),
          },
        ],
      );
    }),
  );
}

function wordsOf(wanted: SettingFault.Params['wanted']): string {
  switch (wanted.kind) {
    case 'text':
      return vscode.l10n.t('a text');
    case 'flag':
      return vscode.l10n.t('true or false');
    case 'count':
      return vscode.l10n.t('a whole number from 0 on');
    case 'choice':
      return vscode.l10n.t('one of {0}', wanted.choices.join(', '));
    default:
      return wanted satisfies never;
  }
}
