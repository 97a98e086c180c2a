/** A page's table goes to the clipboard, and a word in the status bar says so. */
import * as vscode from 'vscode';

export async function copyTable(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Table copied'), 3000);
}
