/** Requests that take a while: a notification with progress that can be cancelled; cancelling stops the work. */
import * as vscode from 'vscode';
import { WorkDoneProgress } from 'vscode-languageclient/node';
import { EngineCommand } from '../../server/src/protocol.ts';
import type { LanguageServer } from './languageServer.ts';
import { engineWords } from './problemLines.ts';

let lastToken = 0;

/**
 * Runs `work` under a cancellable notification that follows the work-done progress sent under the token it is given.
 * Rejects as `work` does.
 */
export async function withProgress<T>(
  server: LanguageServer,
  title: string,
  work: (token: vscode.CancellationToken, workDoneToken: string) => Promise<T>,
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (notification, token) => {
    const workDoneToken = `bllossom-client-${(lastToken += 1)}`;
    let shown = 0;
    const listening = server.client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind === 'end') return;
      const percentage = value.percentage ?? shown;
      notification.report({
        ...(value.message === undefined ? {} : { message: engineWords(value.message) }),
        ...(percentage > shown ? { increment: percentage - shown } : {}),
      });
      shown = Math.max(shown, percentage);
    });
    token.onCancellationRequested(() => notification.report({ message: vscode.l10n.t('stopping…') }));
    try {
      return await work(token, workDoneToken);
    } finally {
      listening.dispose();
    }
  });
}

/** Runs a command of the engine under a notification; the answer is the command's JSON. */
export function engineCommand(server: LanguageServer, title: string, args: readonly string[]): Promise<unknown> {
  return withProgress(server, title, (token, workDoneToken) =>
    server.request(EngineCommand.type, { args, workDoneToken }, token),
  );
}
