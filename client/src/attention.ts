/** Whether somebody is still where they were when they asked for long work: what it has made is opened before them only then. */
import * as vscode from 'vscode';

export interface Attention {
  /** False once another tab was chosen, or a text was changed: what opened now would take keys that are meant for it. */
  stays(): boolean;
  dispose(): void;
}

export function watchAttention(): Attention {
  const begun = activeTab();
  let typed = false;
  const typing = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    const shown = vscode.window.activeTextEditor?.document === document && document.uri.scheme !== 'output';
    if (shown && contentChanges.length > 0) typed = true;
  });
  return { stays: () => !typed && activeTab() === begun, dispose: () => void typing.dispose() };
}

/** The tab by what it shows: the editor's own object of it may be another one later. */
function activeTab(): string {
  const { activeTab: tab, viewColumn } = vscode.window.tabGroups.activeTabGroup;
  if (tab === undefined) return '';
  const { input, label } = tab;
  return `${viewColumn} ${input instanceof vscode.TabInputText ? input.uri.toString() : label}`;
}
