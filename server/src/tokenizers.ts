/**
 * Which tokenizer a document has, and the tokenizers themselves: read once, kept, read again when their file changes.
 * A document's tokenizer is the one set for its folder, else the first one found there.
 */
import { unwatchFile, watchFile } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ResponseError } from 'vscode-languageserver/node';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Result } from '../../engine/src/base/problem.ts';
import { readTokenizerFile } from '../../engine/src/tokenizers/index.ts';
import type { Tokenizer } from '../../engine/src/tokenizers/index.ts';
import { isPath } from './params.ts';
import type { TokenizerInfo } from './protocol.ts';
import type { ReadSettings } from './settings.ts';
import type { Words } from './words.ts';
import type { Workspace } from './workspace.ts';
import { firstTokenizer } from './workspaceScan.ts';

export interface LoadedTokenizer {
  readonly info: TokenizerInfo;
  readonly tokenizer: Tokenizer;
}

/** How often a tokenizer's file is looked at, in milliseconds; a file watcher of the client's may be quicker. */
const lookEvery = 1000;

export class Tokenizers {
  readonly #workspace: Workspace;
  readonly #settings: ReadSettings;
  readonly #words: Words;
  /** By absolute path: a reading, done or under way. */
  readonly #loaded = new Map<string, Promise<Result<LoadedTokenizer>>>();
  readonly #listeners: (() => void)[] = [];

  constructor(workspace: Workspace, settings: ReadSettings, words: Words) {
    this.#words = words;
    this.#workspace = workspace;
    this.#settings = settings;
  }

  /** Called when a tokenizer's file, or the choice of tokenizers, may have changed. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** A tokenizer by its file's path, or the problem with it. The same object as long as the file stays as it is. */
  load(file: string): Promise<Result<LoadedTokenizer>> {
    const known = this.#loaded.get(file);
    if (known !== undefined) return known;
    // Neither read nor watched: both would throw.
    if (!isPath(file)) return Promise.resolve(bad('a path cannot be empty or hold a NUL character'));
    const reading = readTokenizer(file);
    this.#loaded.set(file, reading);
    watchFile(file, { interval: lookEvery, persistent: false }, (now, before) => {
      // Of a file that is not there Node tells once that it is not: nothing has changed, and reading it again would go on for ever.
      if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size) this.forget([file]);
    });
    return reading;
  }

  /** Files that have changed on disk: they are read again when next asked for. */
  forget(files: readonly string[]): void {
    const known = files.filter((file) => this.#loaded.delete(file));
    for (const file of known) unwatchFile(file);
    if (known.length > 0) this.changed();
  }

  /** The path of a document's tokenizer, and whether it was set. */
  async pathFor(uri: string): Promise<Result<{ readonly path: string; readonly source: 'setting' | 'workspace' }>> {
    const folder = this.#workspace.folderOf(uri);
    let tokenizer: string;
    try {
      ({ tokenizer } = await this.#settings(folder?.uri ?? uri));
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error;
      return bad(this.#words.settingsUntold(error.message), { name: 'bllossom.tokenizer' });
    }
    if (tokenizer !== '') return ok({ path: resolveSetting(tokenizer, folder?.path), source: 'setting' });
    const { tokenizers } = await this.#workspace.files();
    const first = folder === undefined ? tokenizers[0] : firstTokenizer(folder.path, tokenizers);
    if (first === undefined)
      return bad(this.#words.noTokenizer, { name: 'bllossom.tokenizer' }, this.#words.chooseTokenizer);
    return ok({ path: first, source: 'workspace' });
  }

  async for(uri: string): Promise<Result<LoadedTokenizer>> {
    const chosen = await this.pathFor(uri);
    return chosen.ok ? this.load(chosen.value.path) : chosen;
  }

  /** The tokenizer that a document's count is compared with; undefined where none is set, or its own. */
  async comparedFor(uri: string): Promise<Result<LoadedTokenizer> | undefined> {
    const folder = this.#workspace.folderOf(uri);
    const set = await this.#settings(folder?.uri ?? uri).catch((error: unknown) => {
      if (error instanceof ResponseError) return undefined; // told with the document's own tokenizer
      throw error;
    });
    if (set === undefined || set.compareTokenizer === '') return undefined;
    const file = resolveSetting(set.compareTokenizer, folder?.path);
    const own = await this.pathFor(uri);
    return own.ok && own.value.path === file ? undefined : this.load(file);
  }

  /** Those of these files that can be read. */
  async loadAll(files: readonly string[]): Promise<readonly LoadedTokenizer[]> {
    const results = await Promise.all(files.map((file) => this.load(file)));
    return results.flatMap((result) => (result.ok ? [result.value] : []));
  }

  /** Those read until now. */
  async loaded(): Promise<readonly LoadedTokenizer[]> {
    const results = await Promise.all(this.#loaded.values());
    return results.flatMap((result) => (result.ok ? [result.value] : []));
  }

  dispose(): void {
    for (const file of this.#loaded.keys()) unwatchFile(file);
    this.#loaded.clear();
  }
}

async function readTokenizer(file: string): Promise<Result<LoadedTokenizer>> {
  const read = await readTokenizerFile(file);
  if (!read.ok) return read;
  const { algorithm, size } = read.value;
  return ok({ info: { path: file, name: tokenizerName(file), algorithm, size }, tokenizer: read.value });
}

/** `llama2.model` → `llama2`; `merged/tokenizer.model` → `merged`, and so with tokenizer.json. */
export function tokenizerName(file: string): string {
  const name = path.basename(file);
  return name === 'tokenizer.model' || name === 'tokenizer.json'
    ? path.basename(path.dirname(file))
    : name.replace(/\.model$/, '');
}

/** Absolute: a relative path starts at the folder, `~/` at the home directory. */
export function resolveSetting(setting: string, folder: string | undefined): string {
  const home = setting === '~' || setting.startsWith('~/') ? path.join(os.homedir(), setting.slice(1)) : setting;
  return path.resolve(folder ?? os.homedir(), home);
}
