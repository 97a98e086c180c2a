/**
 * Verdicts by the hash of all that was asked, in a file that several comparisons share: what a judge has once said of two answers is
 * not asked, nor paid for, again. The file only grows; lines that are not whole are passed over.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectories } from '../base/directories.ts';
import { isFileError } from '../base/fileProblem.ts';
import { userCache } from '../base/userCache.ts';
import { sha256 } from './directory.ts';
import { JsonLinesWriter } from './jsonLines.ts';
import { type JudgeLanguage, judgePromptVersion } from './judgePrompts.ts';
import type { Judge, JudgeMessage } from './judge.ts';

/** The file that a person's comparisons share, in the editor as well; undefined: none. */
export const verdictsCacheFile = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  userCache('verdicts.jsonl', env);

/** Of judge, wording, prompt, and both answers in their order: the last three are the messages. */
export const verdictKey = (judge: Pick<Judge, 'identity'>, messages: readonly JudgeMessage[]): string =>
  sha256(JSON.stringify([judgePromptVersion, judge.identity, ...messages.map(({ role, content }) => [role, content])]));

/** Of judge, wording, and the language it is asked in: verdicts that differ in it are not counted together. */
export const settingsKey = (judge: Pick<Judge, 'identity'>, language: JudgeLanguage): string =>
  sha256(JSON.stringify([judgePromptVersion, judge.identity, language])).slice(0, 16);

/** By the place that an answer was shown in: the same two answers may be the sides of another comparison the other way round. */
export const placed = ['first', 'second', 'tie'] as const;
export type Placed = (typeof placed)[number];

export interface KeptVerdict {
  readonly verdict: Placed;
  readonly reason?: string;
}

export class JudgeCache {
  readonly #kept: Map<string, KeptVerdict>;
  readonly #file: string;
  #writer: Promise<JsonLinesWriter> | undefined;

  private constructor(file: string, kept: Map<string, KeptVerdict>) {
    this.#file = file;
    this.#kept = kept;
  }

  /** Throws the file system's errors, save where there is no file yet. */
  static async open(file: string): Promise<JudgeCache> {
    const kept = new Map<string, KeptVerdict>();
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      if (isFileError(error) && error.code === 'ENOENT') return '';
      throw error;
    });
    for (const line of text.split('\n')) {
      const found = /^\{"key":"([0-9a-f]{64})",/.exec(line);
      if (found === null) continue;
      try {
        const { verdict, reason } = JSON.parse(line) as { verdict?: unknown; reason?: unknown };
        const known = placed.find((one) => one === verdict);
        if (known !== undefined)
          kept.set(found[1]!, { verdict: known, ...(typeof reason === 'string' ? { reason } : {}) });
      } catch {
        continue; // half a line, of a kill
      }
    }
    return new JudgeCache(file, kept);
  }

  get(key: string): KeptVerdict | undefined {
    return this.#kept.get(key);
  }

  /** Kept in the file where that is possible: a verdict that came is not lost for a folder that nobody may write to. */
  async put(key: string, kept: KeptVerdict): Promise<void> {
    this.#kept.set(key, kept);
    this.#writer ??= openShared(this.#file);
    await passOver(this.#writer.then((writer) => writer.append({ key, ...kept })));
  }

  async close(): Promise<void> {
    await passOver((this.#writer ?? Promise.resolve(undefined)).then((writer) => writer?.close()));
  }
}

async function openShared(file: string): Promise<JsonLinesWriter> {
  makeDirectories(path.dirname(file));
  return JsonLinesWriter.open(file, 'shared');
}

/** What is wrong with the file: it only saves questions. Bugs are thrown. */
async function passOver(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isFileError(error)) throw error;
  }
}
