/** What lint needs of the editor beside diagnostics and quick fixes, which are the server's: pages of the rules, turning one off. */
import * as vscode from 'vscode';
import { LintRules } from '../../server/src/protocol.ts';
import type { Workbench } from './workbench.ts';

/** A page a rule, as a document that the editor's own Markdown preview shows. */
const scheme = 'bllossom-lint';

export function registerLint({ extension, server, messages }: Workbench): void {
  const rules = () => server.request(LintRules.type, {});
  const show = async (id?: string) => {
    const known = await rules();
    const rule =
      id === undefined
        ? await vscode.window.showQuickPick(
            known.map((one) => ({ ...one, label: one.title, description: one.id })),
            { title: vscode.l10n.t('Show a Lint Rule'), matchOnDescription: true },
          )
        : known.find((one) => one.id === id);
    if (rule !== undefined)
      await vscode.commands.executeCommand(
        'markdown.showPreview',
        vscode.Uri.from({ scheme, path: `/${rule.id}.md` }),
        undefined,
        { locked: true },
      );
    else if (id !== undefined) void messages.error(vscode.l10n.t('There is no lint rule {0}.', id));
  };
  /** In the settings of the document's folder, where there is one: other folders are not asked. */
  const turnOff = async (id: string, uri: string) => {
    const resource = vscode.Uri.parse(uri);
    const settings = vscode.workspace.getConfiguration('bllossom.lint', resource);
    const said = settings.inspect<Record<string, unknown>>('rules');
    const folder = vscode.workspace.getWorkspaceFolder(resource);
    const [target, now] =
      folder !== undefined && (vscode.workspace.workspaceFolders?.length ?? 0) > 1
        ? [vscode.ConfigurationTarget.WorkspaceFolder, said?.workspaceFolderValue]
        : vscode.workspace.workspaceFolders === undefined
          ? [vscode.ConfigurationTarget.Global, said?.globalValue]
          : [vscode.ConfigurationTarget.Workspace, said?.workspaceValue];
    await settings.update('rules', { ...now, [id]: 'off' }, target);
  };
  const orTell =
    <T extends unknown[]>(work: (...args: T) => Promise<void>) =>
    (...args: T) =>
      work(...args).catch((error: unknown) => messages.failure(error));
  extension.subscriptions.push(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: async ({ path }) =>
        (await rules()).find(({ id }) => path === `/${id}.md`)?.page ?? '',
    }),
    vscode.commands.registerCommand('bllossom.showLintRule', orTell(show)),
    vscode.commands.registerCommand('bllossom.turnOffLintRule', orTell(turnOff)),
  );
}
