/** The shell of every webview page: a strict content policy, the page's own script and style sheet, and its data. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { escapeHtml } from './html.ts';

export { sender } from './sender.ts';

/** Where webviews load from; nothing else may be read by a page. */
export const pageRoots = (extension: vscode.ExtensionContext): readonly vscode.Uri[] => [
  vscode.Uri.joinPath(extension.extensionUri, 'dist', 'webview'),
];

/** The icon of a page's tab: a tab does not tint it as the activity bar does. */
export const panelIcon = (
  extension: vscode.ExtensionContext,
): { readonly light: vscode.Uri; readonly dark: vscode.Uri } => ({
  light: vscode.Uri.joinPath(extension.extensionUri, 'client/media/panel-light.svg'),
  dark: vscode.Uri.joinPath(extension.extensionUri, 'client/media/panel-dark.svg'),
});

/**
 * A page that may run only `dist/webview/NAME.js` and be styled only by `dist/webview/NAME.css`. `data` reaches the
 * script as JSON in an element with the id `data`.
 */
export function pageHtml(
  webview: vscode.Webview,
  extension: vscode.ExtensionContext,
  page: { readonly name: string; readonly title: string; readonly body: string; readonly data: unknown },
): string {
  const [root] = pageRoots(extension);
  const file = (ending: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(root ?? extension.extensionUri, `${page.name}.${ending}`)).toString();
  const nonce = randomBytes(18).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  // JSON inside an element must not be able to end it.
  const json = JSON.stringify(page.data).replaceAll('<', '\\u003c');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(vscode.env.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escapeHtml(page.title)}</title>
<link rel="stylesheet" href="${file('css')}">
</head>
<body>
${page.body}
<script type="application/json" id="data" nonce="${nonce}">${json}</script>
<script nonce="${nonce}" src="${file('js')}"></script>
</body>
</html>`;
}
