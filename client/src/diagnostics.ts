/** 'Diagnostics': versions, the backend taken and why, devices, paths, as a read-only document that can be copied at once. */
import * as vscode from 'vscode';
import { Diagnostics } from '../../server/src/protocol.ts';
import { lineOf } from './problemLines.ts';
import type { Workbench } from './workbench.ts';

const scheme = 'bllossom-diagnostics';

export function registerDiagnostics({ extension, server, messages }: Workbench): void {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const uri = vscode.Uri.from({ scheme, path: 'Bllossom Diagnostics' });
  let text = '';

  const collect = async (): Promise<string> => {
    const { version } = extension.extension.packageJSON as { readonly version?: unknown };
    const lines: (readonly [string, string])[] = [
      ['Bllossom Workbench', String(version)],
      ['editor', `${vscode.env.appName} ${vscode.version}`],
      ['extension host', `Node ${process.versions.node}, ${process.platform}-${process.arch}`],
      [
        'window',
        `${vscode.UIKind[vscode.env.uiKind]}${vscode.env.remoteName === undefined ? '' : `, remote: ${vscode.env.remoteName}`}`,
      ],
      ['display language', vscode.env.language],
    ];
    try {
      const answer = await server.request(Diagnostics.type, {});
      // The extension's version stands at the top already.
      const more = answer.lines.filter(({ name }) => name !== 'extension');
      lines.push(...more.map(({ name, value }) => [name, value] as const));
    } catch (error) {
      lines.push(['language server', lineOf(error)]);
    }
    const width = Math.max(...lines.map(([name]) => name.length));
    return lines
      .map(([name, value]) => `${name.padEnd(width)}  ${value.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}\n`)
      .join('');
  };
  const copy = () => vscode.env.clipboard.writeText(text);

  const show = async (): Promise<string> => {
    const options = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Collecting diagnostics') };
    text = await vscode.window.withProgress(options, collect);
    changed.fire(uri);
    await vscode.window.showTextDocument(uri, { preview: true });
    void messages.info(vscode.l10n.t('Diagnostics hold versions, devices and paths, nothing else.'), [
      { label: vscode.l10n.t('Copy'), run: copy },
    ]);
    return text;
  };

  extension.subscriptions.push(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => text,
    }),
    vscode.commands.registerCommand('bllossom.diagnostics', show),
    vscode.commands.registerCommand('bllossom.copyDiagnostics', copy),
  );
}
