/** Paths in the editor's settings, dialogs and trees. */
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';

/** The folder that relative paths are read against; undefined without a workspace on disk. */
export const workspaceFolder = (): string | undefined =>
  vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;

/** A path for people: relative to the workspace, or with `~` for the home folder. */
export function readable(file: string): string {
  const folder = workspaceFolder();
  if (folder !== undefined && (file === folder || file.startsWith(folder + path.sep))) {
    return path.relative(folder, file) || path.basename(folder);
  }
  const home = homedir();
  return file.startsWith(home + path.sep) ? `~${file.slice(home.length)}` : file;
}

/** A path as it goes into the workspace's settings: relative inside the workspace, with forward slashes. */
export function forSettings(file: string): string {
  const folder = workspaceFolder();
  const inside = folder !== undefined && file.startsWith(folder + path.sep);
  return inside ? path.relative(folder, file).replaceAll(path.sep, '/') : file;
}

/** Absolute, read against the workspace folder; `~` stands for the home folder. */
export function absolute(file: string): string {
  const whole = file.startsWith('~/') ? path.join(homedir(), file.slice(2)) : file;
  return path.resolve(workspaceFolder() ?? homedir(), whole);
}

/** What a command may be given instead of a dialog: a path, a uri (or its text), or a tree's element with a path. */
export function pathOf(argument: unknown): string | undefined {
  if (argument instanceof vscode.Uri) return argument.fsPath;
  if (typeof argument === 'string')
    return argument.startsWith('file:') ? vscode.Uri.parse(argument).fsPath : absolute(argument);
  if (typeof argument !== 'object' || argument === null) return undefined;
  for (const key of ['path', 'directory', 'spec'] as const) {
    const value = (argument as Readonly<Record<string, unknown>>)[key];
    if (typeof value === 'string') return absolute(value);
  }
  return undefined;
}

/** Of a document that is not on disk, as one of a virtual workspace: the scheme of where it lies. */
export function schemeOf(argument: unknown): string | undefined {
  const uri =
    argument instanceof vscode.Uri
      ? argument
      : typeof argument === 'string' && /^[a-z][a-z\d+.-]+:\/?/i.test(argument) && !/^[a-z]:[\\/]/i.test(argument)
        ? vscode.Uri.parse(argument)
        : undefined;
  return uri === undefined || uri.scheme === 'file' ? undefined : uri.scheme;
}

/** Shows a file where the editor lists files; one that is not of the workspace, where the system does. */
export async function reveal(argument: unknown): Promise<void> {
  const file = pathOf(argument);
  if (file === undefined) return;
  const uri = vscode.Uri.file(file);
  const inside = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(inside ? 'revealInExplorer' : 'revealFileInOS', uri);
}

/** Asks for a file; undefined where the dialog is closed. */
export async function askForFile(
  title: string,
  filters: Readonly<Record<string, readonly string[]>>,
): Promise<string | undefined> {
  const folder = workspaceFolder();
  const chosen = await vscode.window.showOpenDialog({
    title,
    openLabel: vscode.l10n.t('Choose'),
    filters: Object.fromEntries(Object.entries(filters).map(([name, endings]) => [name, [...endings]])),
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(folder) }),
  });
  return chosen?.[0]?.fsPath;
}

/** Asks for a folder that is there; undefined where the dialog is closed. */
export async function askForFolder(title: string, at?: string): Promise<string | undefined> {
  const folder = at ?? workspaceFolder();
  const chosen = await vscode.window.showOpenDialog({
    title,
    openLabel: vscode.l10n.t('Choose'),
    canSelectFiles: false,
    canSelectFolders: true,
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.file(folder) }),
  });
  return chosen?.[0]?.fsPath;
}

/** Asks for a folder to be made, with a path proposed that is not there yet; undefined where the box is closed. */
export async function askForNewFolder(title: string, proposed: string): Promise<string | undefined> {
  const answer = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('A new folder, relative to the workspace or absolute'),
    value: await freshName(proposed),
    ignoreFocusOut: true,
    validateInput: async (value) => {
      if (value.trim() === '') return vscode.l10n.t('Give the folder a name.');
      return (await holdsFiles(absolute(value.trim())))
        ? vscode.l10n.t('This folder is there already and holds files.')
        : undefined;
    },
  });
  return answer === undefined ? undefined : absolute(answer.trim());
}

/** `name`, or `name-2`, `name-3` … where that is taken already; relative to the workspace. */
export async function freshName(name: string): Promise<string> {
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!(await holdsFiles(absolute(candidate)))) return candidate;
  }
}

/** Whether there is such a file or folder. */
export async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}

async function holdsFiles(file: string): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.readDirectory(vscode.Uri.file(file))).length > 0;
  } catch {
    return exists(vscode.Uri.file(file));
  }
}
