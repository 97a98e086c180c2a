/** Setting a tokenizer's file: for the workspace where there is one, else for the user. */
import * as vscode from 'vscode';
import { forSettings } from './paths.ts';

/** Writes `bllossom.tokenizer` or `bllossom.compareTokenizer`; undefined takes the setting away. `file` is absolute. */
export async function setTokenizer(name: 'tokenizer' | 'compareTokenizer', file: string | undefined): Promise<void> {
  const inWorkspace = vscode.workspace.workspaceFolders !== undefined;
  await vscode.workspace
    .getConfiguration('bllossom')
    .update(
      name,
      file !== undefined && inWorkspace ? forSettings(file) : file,
      inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
    );
}
