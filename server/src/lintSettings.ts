/**
 * Which lint rules are on for a document: the editor's settings for its folder, and over them the nearest `.bllossomlint.json`. What
 * is not as it must be is told once, and the rest holds.
 */
import path from 'node:path';
import { MessageType, ShowMessageNotification } from 'vscode-languageserver/node';
import { problemLine } from '../../engine/src/base/problem.ts';
import type { Problem } from '../../engine/src/base/problem.ts';
import {
  type AllSettings,
  ConfigFiles,
  configName,
  type Layer,
  layerOf,
  noLayer,
  settingsOf,
  settingsProblem,
} from '../../engine/src/lint/index.ts';
import type { Context } from './context.ts';
import type { ChosenWindow } from './contextBudget.ts';
import { fileOf } from './uris.ts';

export const isLintConfig = (uri: string): boolean => uri.endsWith(`/${configName}`);

export class LintSettings {
  readonly #context: Context;
  readonly #chosen: ChosenWindow;
  /** Settings by directory, asked for once until something changes. */
  #known = new Map<string, Promise<AllSettings>>();
  #files = new Map<string | undefined, ConfigFiles>();
  /** The problem that stands, by what it is read for. */
  readonly #standing = new Map<string, string>();

  constructor(context: Context, chosen: ChosenWindow) {
    this.#context = context;
    this.#chosen = chosen;
  }

  /** The same object as long as nothing changes. Rejects where the editor does not tell its settings. */
  for(uri: string): Promise<AllSettings> {
    const file = fileOf(uri);
    const folder = this.#context.workspace.folderOf(uri);
    const directory = file === undefined ? folder?.path : path.dirname(file);
    const key = JSON.stringify([folder?.uri, directory]);
    let found = this.#known.get(key);
    if (found === undefined) this.#known.set(key, (found = this.#read(folder, uri, directory)));
    return found;
  }

  /** Settings or files may have changed: they are read anew. */
  changed(): void {
    this.#known = new Map();
    this.#files = new Map();
  }

  async #read(
    folder: { readonly uri: string; readonly path: string } | undefined,
    uri: string,
    directory: string | undefined,
  ): Promise<AllSettings> {
    const { lint, context } = await this.#context.settings(folder?.uri ?? uri);
    // As the status bar reckons it: no budget where no window is known.
    const window = context.window > 0 ? context.window : ((await this.#chosen.length()) ?? 0);
    const budget: Layer = { rules: { 'over-budget': { options: { window, answer: context.reservedAnswer } } } };
    this.#complain(`settings ${folder?.uri ?? uri}`, settingsProblem(lint, 'bllossom.lint', this.#context.language));
    return settingsOf([budget, layerOf(lint), await this.#layerOf(directory, folder?.path)]);
  }

  async #layerOf(directory: string | undefined, folder: string | undefined): Promise<Layer> {
    if (directory === undefined) return noLayer;
    let files = this.#files.get(folder);
    if (files === undefined) this.#files.set(folder, (files = new ConfigFiles(folder, this.#context.language)));
    const layer = await files.layerFor(directory);
    this.#complain(`file for ${directory}`, layer.ok ? undefined : layer.problem);
    return layer.ok ? layer.value : noLayer;
  }

  /** Tells a problem once, however many documents it bears on, and again only where it was gone in between. */
  #complain(source: string, problem: Problem | undefined): void {
    if (problem === undefined) {
      this.#standing.delete(source);
      return;
    }
    const line = problemLine(problem);
    const isNew = ![...this.#standing.values()].includes(line);
    this.#standing.set(source, line);
    if (isNew)
      void this.#context.connection.sendNotification(ShowMessageNotification.type, {
        type: MessageType.Warning,
        message: line,
      });
  }
}
