/** Messages to the user: what is wrong, what to do next, and a button for it. */
import * as vscode from 'vscode';
import type { Problem } from '../../server/src/protocol.ts';
import { lineOf, problemLine } from './problemLines.ts';
import { isCancelled, problemOf } from './problems.ts';

/** A button that does more than close the message: a standing one by name, or one of the caller's. */
export type Button = 'showLog' | 'restartServer' | 'selectTokenizer' | { readonly label: string; run(): unknown };

export class Messages {
  readonly #log: vscode.LogOutputChannel;
  /** The last messages shown, for tests. */
  readonly shown: string[] = [];

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  /** Shows a problem with its remedy. Resolves once the message is closed. */
  problem(problem: Problem, buttons: readonly Button[] = []): Promise<void> {
    const file = problem.where?.file;
    const open: readonly Button[] =
      file !== undefined && problem.where?.line !== undefined
        ? [{ label: vscode.l10n.t('Open File'), run: () => showPlace(problem) }]
        : [];
    return this.error(problemLine(problem), [...buttons, ...open, 'showLog']);
  }

  /** What a request failed with: silent where the user cancelled it. */
  failure(error: unknown, buttons: readonly Button[] = []): Promise<void> {
    if (isCancelled(error)) return Promise.resolve();
    const problem = problemOf(error);
    return problem === undefined ? this.error(lineOf(error), [...buttons, 'showLog']) : this.problem(problem, buttons);
  }

  /** For the log alone: what failed in the background, where a message would interrupt. */
  quietly(what: string, error: unknown): void {
    if (!isCancelled(error)) this.#log.warn(`${what}: ${lineOf(error)}`);
  }

  error(text: string, buttons: readonly Button[] = []): Promise<void> {
    this.#log.error(text);
    return this.#show(vscode.window.showErrorMessage, text, buttons);
  }

  warn(text: string, buttons: readonly Button[] = []): Promise<void> {
    this.#log.warn(text);
    return this.#show(vscode.window.showWarningMessage, text, buttons);
  }

  info(text: string, buttons: readonly Button[] = []): Promise<void> {
    return this.#show(vscode.window.showInformationMessage, text, buttons);
  }

  async #show(
    show: (text: string, ...items: string[]) => Thenable<string | undefined>,
    text: string,
    buttons: readonly Button[],
  ): Promise<void> {
    this.shown.push(text);
    if (this.shown.length > 50) this.shown.shift();
    const actions = buttons.map(toAction);
    const chosen = await show(text, ...actions.map(({ label }) => label));
    const action = actions.find(({ label }) => label === chosen);
    if (action === undefined) return;
    try {
      await action.run();
    } catch (error) {
      await this.failure(error);
    }
  }
}

function toAction(button: Button): { readonly label: string; run(): unknown } {
  switch (button) {
    case 'showLog':
      return { label: vscode.l10n.t('Show Log'), run: () => vscode.commands.executeCommand('bllossom.showLog') };
    case 'restartServer':
      return {
        label: vscode.l10n.t('Restart Language Server'),
        run: () => vscode.commands.executeCommand('bllossom.restartServer'),
      };
    case 'selectTokenizer':
      return {
        label: vscode.l10n.t('Select Tokenizer…'),
        run: () => vscode.commands.executeCommand('bllossom.selectTokenizer'),
      };
    default:
      return button;
  }
}

async function showPlace(problem: Problem): Promise<void> {
  const { file, line = 1, column = 1, length = 0 } = problem.where ?? {};
  if (file === undefined) return;
  const start = new vscode.Position(line - 1, column - 1);
  await vscode.window.showTextDocument(vscode.Uri.file(file), {
    selection: new vscode.Range(start, start.translate(0, length)),
  });
}
