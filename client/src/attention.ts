/** Whether somebody is still where they were when they asked for long work: what it has made is opened before them only then. */
import * as vscode from 'vscode';

export interface Attention {
  /** False once another tab was chosen, or a text was changed: what opened now would take keys that are meant for it. */
  stays(): boolean;
  dispose(): void;
}

export function watchAttention(): Attention {
  const active = () => vscode.window.tabGroups.activeTabGroup.activeTab;
  const begun = active();
  let typed = false;
  const typing = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
    if (contentChanges.length > 0 && vscode.window.activeTextEditor?.document === document) typed = true;
  });
  return { stays: () => !typed && active() === begun, dispose: () => void typing.dispose() };
}
