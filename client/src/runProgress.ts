/** While a run that was started here goes: a notification with its step and loss. Cancelling it stops the run. */
import * as vscode from 'vscode';
import type { RunInfo } from '../../server/src/protocol.ts';
import { StopRun } from '../../server/src/protocol.ts';
import { figure } from './figures.ts';
import { isActive, statusLine } from './runWords.ts';
import type { Workbench } from './workbench.ts';

/**
 * Returns at once; the notification stays until the run ends. A window that closes leaves the run alone. `onChanged` tells of
 * every run.
 */
export function followInNotification(
  { server, messages }: Workbench,
  onChanged: vscode.Event<RunInfo>,
  started: RunInfo,
): void {
  const { directory, name } = started;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Run {0}', name),
    cancellable: true,
  };
  const ended = vscode.window.withProgress(options, (notification, token) => {
    return new Promise<RunInfo>((resolve) => {
      let shown = 0;
      const tell = (run: RunInfo) => {
        if (run.directory !== directory) return;
        if (!isActive(run.status.state)) {
          listening.dispose();
          resolve(run);
          return;
        }
        const share = run.status.steps > 0 ? (100 * run.status.step) / run.status.steps : 0;
        notification.report({ message: statusLine(run.status), increment: Math.max(0, share - shown) });
        shown = Math.max(shown, share);
      };
      const listening = onChanged(tell);
      token.onCancellationRequested(() => {
        notification.report({ message: vscode.l10n.t('stopping after this step; a checkpoint is written…') });
        server.request(StopRun.type, { directory }).catch((error: unknown) => void messages.failure(error));
      });
      tell(started);
    });
  });
  ended.then(
    (run) => {
      if (run.status.state !== 'done') return;
      void messages.info(vscode.l10n.t('The run {0} is done: loss {1}.', name, figure(run.status.loss)), [
        {
          label: vscode.l10n.t('Show Loss Curve'),
          run: () => vscode.commands.executeCommand('bllossom.showLossCurve', run),
        },
      ]);
    },
    () => undefined,
  );
}
