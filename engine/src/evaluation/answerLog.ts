/**
 * Answers kept in a file that only grows, a line a batch: who is killed while writing loses that batch at most. The first line says
 * whose answers they are; a file of another's is begun anew.
 */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectories } from '../base/directories.ts';
import { isFileError } from '../base/fileProblem.ts';
import { objectOfLine } from '../base/jsonLine.ts';
import type { KnownAnswers } from './score.ts';

const version = 1;

export class AnswerLog implements KnownAnswers {
  readonly file: string;
  readonly #owner: string;
  readonly #sums = new Map<string, number>();
  readonly #texts = new Map<string, string>();
  /** Bytes of what was there and stays. */
  #kept = 0;
  /** More stands behind it: half a line, or another's answers. */
  #torn = false;
  #handle: FileHandle | undefined;

  private constructor(file: string, owner: string) {
    this.file = file;
    this.#owner = owner;
  }

  /** Reads what is there; nothing is written before the first answers come. Throws the file system's errors. */
  static async open(file: string, owner: string): Promise<AnswerLog> {
    const log = new AnswerLog(file, owner);
    try {
      log.#read(await readFile(file));
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
    if (this.#handle === undefined) {
      makeDirectories(path.dirname(this.file));
      this.#handle = await open(this.file, 'a');
      // Only what is none of it: another evaluation of the same model may have written lines since.
      if (this.#torn) await this.#handle.truncate(this.#kept);
      if (this.#kept === 0) await this.#handle.appendFile(`${JSON.stringify({ version, owner: this.#owner })}\n`);
    }
    await this.#handle.appendFile(`${JSON.stringify(answers)}\n`);
  }

  #read(bytes: Buffer): void {
    const end = bytes.lastIndexOf(0x0a) + 1;
    this.#torn = bytes.length > 0;
    const [first, ...lines] = bytes.subarray(0, end).toString('utf8').split('\n');
    const head = objectOfLine(first ?? '');
    if (head?.['version'] !== version || head['owner'] !== this.#owner) return;
    this.#kept = end;
    this.#torn = bytes.length > end;
    for (const line of lines) {
      const value = objectOfLine(line);
      const [keys, answers] = [value?.['keys'], value?.['sums'] ?? value?.['texts']];
      if (!Array.isArray(keys) || !Array.isArray(answers) || keys.length !== answers.length) continue;
      for (const [i, key] of (keys as readonly unknown[]).entries()) {
        const answer = (answers as readonly unknown[])[i];
        // What JSON has no number for is asked again.
        if (typeof key !== 'string') continue;
        if (typeof answer === 'number') this.#sums.set(key, answer);
        else if (typeof answer === 'string') this.#texts.set(key, answer);
      }
    }
  }
}
