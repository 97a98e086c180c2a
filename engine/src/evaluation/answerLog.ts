/**
 * Answers kept in a file that only grows, a line a batch: who is killed while writing, or finds no room, loses that batch at most. Each
 * line says whose answers it holds, and nothing is ever taken away, so that several evaluations may add to one file at once. In files of
 * version 1 a first line says so of those behind it.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectories } from '../base/directories.ts';
import { isFileError } from '../base/fileProblem.ts';
import { objectOfLine } from '../base/jsonLine.ts';
import type { KnownAnswers } from './score.ts';

const version = 2;

export class AnswerLog implements KnownAnswers {
  readonly file: string;
  readonly #owner: string;
  readonly #sums = new Map<string, number>();
  readonly #texts = new Map<string, string>();
  #handle: FileHandle | undefined;

  private constructor(file: string, owner: string) {
    this.file = file;
    this.#owner = owner;
  }

  /** Reads what is there; nothing is written before the first answers come. Throws the file system's errors. */
  static async open(file: string, owner: string): Promise<AnswerLog> {
    const log = new AnswerLog(file, owner);
    try {
      let first: Readonly<Record<string, unknown>> | undefined;
      for (const line of (await readFile(file, 'utf8')).split('\n')) {
        const value = objectOfLine(line);
        if (value?.['version'] === 1) first = value;
        else log.#read(value?.['version'] === undefined ? { ...first, ...value } : value);
      }
    } catch (error) {
      if (!isFileError(error) || error.code !== 'ENOENT') throw error;
    }
    return log;
  }

  get size(): number {
    return this.#sums.size + this.#texts.size;
  }

  get(key: string): number | undefined {
    return this.#sums.get(key);
  }

  text(key: string): string | undefined {
    return this.#texts.get(key);
  }

  async add(keys: readonly string[], sums: readonly number[]): Promise<void> {
    await this.#append({ keys, sums });
    for (const [i, key] of keys.entries()) this.#sums.set(key, sums[i]!);
  }

  async addTexts(keys: readonly string[], texts: readonly string[]): Promise<void> {
    await this.#append({ keys, texts });
    for (const [i, key] of keys.entries()) this.#texts.set(key, texts[i]!);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #append(answers: object): Promise<void> {
    const line = `${JSON.stringify({ version, owner: this.#owner, ...answers })}\n`;
    if (this.#handle !== undefined) return this.#handle.appendFile(line);
    makeDirectories(path.dirname(this.file));
    this.#handle = await open(this.file, 'a+');
    // Half a line that a killed writer left is ended. In one piece: what another adds meanwhile stands before it or behind it.
    await this.#handle.appendFile((await endsInLine(this.#handle)) ? line : `\n${line}`);
  }

  #read(value: Readonly<Record<string, unknown>>): void {
    if ((value['version'] !== version && value['version'] !== 1) || value['owner'] !== this.#owner) return;
    const [keys, answers] = [value['keys'], value['sums'] ?? value['texts']];
    if (!Array.isArray(keys) || !Array.isArray(answers) || keys.length !== answers.length) return;
    for (const [i, key] of (keys as readonly unknown[]).entries()) {
      const answer = (answers as readonly unknown[])[i];
      // What JSON has no number for is asked again.
      if (typeof key !== 'string') continue;
      if (typeof answer === 'number') this.#sums.set(key, answer);
      else if (typeof answer === 'string') this.#texts.set(key, answer);
    }
  }
}

/** True where the file is empty or its last line is whole. */
async function endsInLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === 0x0a;
}
