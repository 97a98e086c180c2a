/** Shows a report as a page beside the text: read only, in the editor's own colours, every table to be copied. */
import * as vscode from 'vscode';
import { copyTable } from './copyTable.ts';
import { pageHtml, pageRoots, panelIcon } from './pages.ts';
import type { Report } from './report.ts';
import { reportHtml, reportText, tableText } from './report.ts';
import type { Workbench } from './workbench.ts';

export interface ReportsFeature {
  /** Shows a report; `act` answers its buttons. A second report of the same kind takes the first one's panel. */
  show(kind: string, report: Report, act: (action: string) => unknown): void;
  lastText(): string | undefined;
}

export function registerReports({ extension, messages }: Workbench): ReportsFeature {
  const open = new Map<string, { readonly panel: vscode.WebviewPanel; act: (message: unknown) => unknown }>();
  let last: string | undefined;

  const panelFor = (kind: string) => {
    const before = open.get(kind);
    if (before !== undefined) return before;
    const panel = vscode.window.createWebviewPanel('bllossom.report', '', vscode.ViewColumn.Active, {
      enableScripts: true,
      enableFindWidget: true,
      localResourceRoots: [...pageRoots(extension)],
    });
    panel.iconPath = panelIcon(extension);
    const entry: { readonly panel: vscode.WebviewPanel; act: (message: unknown) => unknown } = {
      panel,
      act: () => undefined,
    };
    open.set(kind, entry);
    panel.onDidDispose(() => open.delete(kind));
    panel.webview.onDidReceiveMessage((message: unknown) => entry.act(message));
    return entry;
  };

  return {
    show: (kind, report, act) => {
      last = reportText(report);
      const entry = panelFor(kind);
      entry.panel.title = report.title;
      entry.act = async (message) => {
        const action = actionOf(message);
        if (action === undefined) return;
        try {
          const table = /^copy-(\d+)$/.exec(action)?.[1];
          if (table === undefined) {
            await act(action);
            return;
          }
          const chosen = report.tables[Number(table)];
          if (chosen !== undefined) await copyTable(tableText(chosen));
        } catch (error) {
          void messages.failure(error);
        }
      };
      const body = reportHtml(report, vscode.l10n.t('Copy Table'));
      entry.panel.webview.html = pageHtml(entry.panel.webview, extension, {
        name: 'report',
        title: report.title,
        body,
        data: null,
      });
      entry.panel.reveal();
    },
    lastText: () => last,
  };
}

function actionOf(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('action' in message)) return undefined;
  return typeof message.action === 'string' ? message.action : undefined;
}
