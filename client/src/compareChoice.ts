/** Choosing the second tokenizer that counts are compared with: the argument's, or one the user picks. */
import * as vscode from 'vscode';
import { CheckTokenizer } from '../../server/src/protocol.ts';
import { pathOf } from './paths.ts';
import { setTokenizer } from './tokenizerSettings.ts';
import type { TokenizersFeature } from './tokenizers.ts';
import type { Workbench } from './workbench.ts';

/** The command that chooses it: the argument's tokenizer, or one the user picks. */
export function registerCompareChoice({ extension, server, messages }: Workbench, tokenizers: TokenizersFeature): void {
  const choose = async (argument?: unknown): Promise<void> => {
    try {
      const file =
        pathOf(argument) ?? (await tokenizers.pick(vscode.l10n.t('Count Beside Another Tokenizer'), { beside: true }));
      if (file === undefined) return;
      const path = file === '' ? undefined : (await server.request(CheckTokenizer.type, { path: file })).path;
      await setTokenizer('compareTokenizer', path);
    } catch (error) {
      void messages.failure(error);
    }
  };
  extension.subscriptions.push(vscode.commands.registerCommand('bllossom.selectCompareTokenizer', choose));
}
