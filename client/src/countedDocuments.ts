/** Which documents are texts, and of which the tokens are counted. */
import * as vscode from 'vscode';

/** Documents whose tokens are counted, by language; cells of notebooks are documents of their own. */
export const languages: readonly string[] = ['bllossom-prompt', 'plaintext', 'markdown', 'json', 'jsonc', 'jsonl'];

/** Code: only marked strings in it are text, so it is not counted as a whole. */
export const codeLanguages: readonly string[] = [
  'python',
  'typescript',
  'typescriptreact',
  'javascript',
  'javascriptreact',
];

const always: readonly string[] = ['file', 'untitled', 'vscode-notebook-cell'];

/** File systems that hold older versions of texts: the left side of a difference is not told of again. */
const historical: readonly string[] = ['git', 'gitfs', 'gitlens', 'review', 'pr'];

/** Texts of any file system, in virtual workspaces too; not the editor's own pages, outputs and boxes. */
export const isText = ({ uri: { scheme } }: vscode.TextDocument): boolean =>
  always.includes(scheme) ||
  (!historical.includes(scheme) && vscode.workspace.fs.isWritableFileSystem(scheme) !== undefined);

export const isCounted = (document: vscode.TextDocument): boolean =>
  languages.includes(document.languageId) && isText(document);
