/**
 * Where answers are kept: beside the results until these are written, so that an evaluation that was stopped goes on; and for each
 * model that was evaluated, so that a request is computed once, whatever evaluation it belongs to. Answers are of one model to the last
 * byte, on one backend, in one precision; a request is named by its token ids, so it does not matter which task asked.
 */
import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { isFileError } from '../base/fileProblem.ts';
import { userCache } from '../base/userCache.ts';
import { engineVersion } from '../version.ts';
import { AnswerLog } from './answerLog.ts';
import type { KnownAnswers } from './score.ts';

/** In the directory of the results, until these are there. */
export const answersFile = 'answers.jsonl';

/** Bytes of all models' kept answers; and of one model's. */
const limits = { all: 256e6, each: 64e6 };

/** What answers depend on beside what is asked: hashes of the model's files and the adapter's by name, and what computes. */
export interface Answerer {
  readonly model: Readonly<Record<string, string>>;
  readonly adapter?: Readonly<Record<string, string>>;
  readonly backend?: string;
  readonly device?: string;
  readonly precision?: string;
}

/** Names an answerer; undefined where its weights are in no file. */
export function ownerOf({ model, adapter, backend, device, precision }: Answerer): string | undefined {
  if (!Object.keys(model).some((name) => name.endsWith('.safetensors'))) return undefined;
  const all = [engineVersion, backend, device, precision, Object.entries(model), Object.entries(adapter ?? {})];
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** Where a person's answers are kept across evaluations; undefined: nowhere. BLLOSSOM_STATE_DIR moves it, an empty BLLOSSOM_CACHE_DIR does without. */
export function answersDirectory(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string | undefined {
  return userCache('evaluation-answers', env, platform);
}

/** Both places as one. */
export class KeptAnswers implements KnownAnswers {
  readonly #beside: AnswerLog;
  #cache: AnswerLog | undefined;

  private constructor(beside: AnswerLog, cache: AnswerLog | undefined) {
    this.#beside = beside;
    this.#cache = cache;
  }

  /**
   * `out`: the directory of the results; `cache`: that of all models' answers; absent: none. What is wrong with the cache is passed
   * over: it only saves time. Throws the file system's errors of `out`.
   */
  static async open(out: string, cache: string | undefined, owner: string): Promise<KeptAnswers> {
    const beside = await AnswerLog.open(path.join(out, answersFile), owner);
    return new KeptAnswers(beside, cache === undefined ? undefined : await openCache(cache, owner));
  }

  get(key: string): number | undefined {
    return this.#beside.get(key) ?? this.#cache?.get(key);
  }

  text(key: string): string | undefined {
    return this.#beside.text(key) ?? this.#cache?.text(key);
  }

  async add(keys: readonly string[], sums: readonly number[]): Promise<void> {
    await this.#keep((log) => log.add(keys, sums));
  }

  async addTexts(keys: readonly string[], texts: readonly string[]): Promise<void> {
    await this.#keep((log) => log.addTexts(keys, texts));
  }

  async #keep(add: (log: AnswerLog) => Promise<void>): Promise<void> {
    await add(this.#beside);
    try {
      if (this.#cache !== undefined) await add(this.#cache);
    } catch (error) {
      if (!isFileError(error)) throw error;
      const full = this.#cache;
      this.#cache = undefined;
      await full?.close();
    }
  }

  async close(): Promise<void> {
    await this.#beside.close();
    await this.#cache?.close();
  }

  /** The results are written: what stands beside them is not needed any more. */
  async finish(): Promise<void> {
    await this.close();
    await rm(this.#beside.file, { force: true });
  }
}

async function openCache(directory: string, owner: string): Promise<AnswerLog | undefined> {
  const file = path.join(directory, `${owner.slice(0, 32)}.jsonl`);
  try {
    await makeRoom(directory, file);
    return await AnswerLog.open(file, owner);
  } catch (error) {
    if (isFileError(error)) return undefined;
    throw error;
  }
}

/** Of models that were not evaluated for long, answers go first; this one's only where they alone are too many. */
export async function makeRoom(directory: string, own: string, { all, each } = limits): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const file = path.join(directory, name);
      const is = await stat(file).catch(() => undefined); // another evaluation has just made room
      return is?.isFile() === true ? [{ file, size: is.size, mtimeMs: is.mtimeMs }] : [];
    }),
  );
  const files = found.flat();
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    const goes = file === own ? size > each : total > all;
    if (goes) {
      await rm(file, { force: true });
      total -= size;
    } else if (file === own) {
      const now = new Date();
      await utimes(file, now, now);
    }
  }
}
