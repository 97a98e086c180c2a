/** Choosing the second tokenizer that counts are compared with: the argument's, or one the user picks. */
import * as vscode from 'vscode';
import { CheckTokenizer } from '../../server/src/protocol.ts';
import { forSettings, pathOf } from './paths.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import type { Workbench } from './workbench.ts';

/** The command that chooses it: the argument's tokenizer, or one the user picks. */
export function registerCompareChoice({ extension, server, messages }: Workbench, tokenizers: TokenizersFeature): void {
  const choose = async (argument?: unknown): Promise<void> => {
    try {
      const set = vscode.workspace.getConfiguration('bllossom');
      const inWorkspace = vscode.workspace.workspaceFolders !== undefined;
      const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
      const file =
        pathOf(argument) ?? (await tokenizers.pick(vscode.l10n.t('Count Beside Another Tokenizer'), { beside: true }));
      if (file === undefined) return;
      if (file === '') {
        await set.update('compareTokenizer', undefined, target);
        return;
      }
      const info = await server.request(CheckTokenizer.type, { path: file });
      await set.update('compareTokenizer', inWorkspace ? forSettings(info.path) : info.path, target);
    } catch (error) {
      void messages.failure(error);
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.selectCompareTokenizer', choose));
}
