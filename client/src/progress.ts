/** Requests that take a while: a notification with progress that can be cancelled; cancelling stops the work. */
import * as vscode from 'vscode';
import { WorkDoneProgress } from 'vscode-languageclient/node';
import { EngineCommand } from '../../server/src/protocol.ts';
import { duration } from './figures.ts';
import type { LanguageServer } from './languageServer.ts';
import { secondsLeft } from './remaining.ts';

let lastToken = 0;

/**
 * Runs `work` under a cancellable notification that follows the work-done progress sent under the token it is given.
 * Rejects as `work` does. `remaining`: tell the time that is left too.
 */
export async function withProgress<T>(
  server: LanguageServer,
  title: string,
  work: (token: vscode.CancellationToken, workDoneToken: string) => Promise<T>,
  { remaining = false }: { readonly remaining?: boolean } = {},
): Promise<T> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (notification, token) => {
    const workDoneToken = `bllossom-client-${(lastToken += 1)}`;
    const start = performance.now();
    let shown = 0;
    const listening = server.client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind === 'end') return;
      const percentage = value.percentage ?? shown;
      notification.report({
        ...(value.message === undefined
          ? {}
          : { message: remaining ? withTime(value.message, percentage, start) : value.message }),
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

function withTime(message: string, percentage: number, start: number): string {
  const left = secondsLeft((performance.now() - start) / 1000, percentage / 100);
  return left === undefined ? message : `${message} · ${vscode.l10n.t('{0} left', duration(left))}`;
}

/** Runs a command of the engine under a notification; the answer is the command's JSON. */
export function engineCommand(server: LanguageServer, title: string, args: readonly string[]): Promise<unknown> {
  return withProgress(server, title, (token, workDoneToken) =>
    server.request(EngineCommand.type, { args, workDoneToken }, token),
  );
}
