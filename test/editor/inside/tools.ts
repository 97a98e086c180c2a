/** What the tests in the extension host share: the extension's API, files of the workspace, the command line, patience. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { Api } from '../../../client/src/api.ts';

/** The installed extension, started. */
export async function installed(): Promise<{ readonly api: Api; readonly folder: string }> {
  const extension = vscode.extensions.getExtension<Api>('bllossom-workbench.bllossom-workbench');
  if (extension === undefined) throw new Error('the extension is not installed');
  return { api: await extension.activate(), folder: extension.extensionPath };
}

/** Absolute path of a file of the workspace. */
export function inWorkspace(name: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error('no folder is open');
  return path.join(folder.uri.fsPath, name);
}

export async function openFile(name: string): Promise<vscode.TextEditor> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(inWorkspace(name)));
  return vscode.window.showTextDocument(document);
}

/** Waits until `get` returns something; fails with what it waited for. `get` may throw while things are not ready. */
export async function until<T>(
  what: string,
  get: () => T | undefined | Promise<T | undefined>,
  seconds = 30,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await get();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Runs the installed command line in the workspace; its standard output. */
export async function bllossom(args: readonly string[], input = ''): Promise<string> {
  const { folder } = await installed();
  const child = promisify(execFile)(process.execPath, [path.join(folder, 'dist/bllossom.cjs'), ...args], {
    cwd: inWorkspace('.'),
    maxBuffer: 2 ** 28,
  });
  child.child.stdin?.end(input);
  return (await child).stdout;
}

export interface TokenizedLine {
  readonly ids: readonly number[];
  readonly pieces: readonly string[];
  readonly spans: readonly (readonly [number, number])[];
}

/** Each line of a text under a tokenizer of the workspace, as the command line has it. */
export async function tokenize(tokenizer: string, text: string): Promise<TokenizedLine[]> {
  const out = await bllossom(['tokenize', '--tokenizer', inWorkspace(tokenizer), '--json'], text);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TokenizedLine);
}
