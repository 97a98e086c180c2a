/** Hashes of what a figure depends on, so that two results can be told to be of the same thing, or not. All SHA-256 in hexadecimal. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hashFile, hashWindow } from '../base/hashes.ts';
import { isModelFile } from '../generation/modelState.ts';
import type { KeptHashes } from './keptHashes.ts';
import type { Question } from './task.ts';

/** Of all contexts and candidates, in order: of each question `JSON.stringify([context, ...candidates])` and a line end. */
export function promptsHash(questions: readonly Question[]): string {
  const hash = createHash('sha256');
  for (const { context, candidates } of questions) hash.update(`${JSON.stringify([context, ...candidates])}\n`);
  return hash.digest('hex');
}

/**
 * Of a model's or an adapter's files, by name: configuration, weights, tokenizer. `kept` knows those of files that have not changed.
 * Throws the signal's reason.
 */
export async function modelHashes(
  directory: string,
  signal?: AbortSignal,
  kept?: KeptHashes,
): Promise<Record<string, string>> {
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  const window = hashWindow();
  const hashes: Record<string, string> = {};
  for (const name of names)
    if (isModelFile(name)) {
      const file = path.join(directory, name);
      const hash = async () => (await hashFile(file, window, signal)).sha256;
      hashes[name] = await (kept === undefined ? hash() : kept.of(file, hash));
    }
  await kept?.save();
  return hashes;
}

/** Of the tokenizer's files alone: the adapter's own where it has some, else the model's. */
export function tokenizerHashes(
  model: Readonly<Record<string, string>>,
  adapter: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const files = ['tokenizer.model', 'tokenizer.json'];
  const owner = files.some((name) => name in adapter) ? adapter : model;
  return Object.fromEntries(files.flatMap((name) => (owner[name] === undefined ? [] : [[name, owner[name]]])));
}

/** The first id that `vocab expand` added to a model, by its config.json; undefined where it says none. */
export async function firstNewId(directory: string): Promise<number | undefined> {
  try {
    const config = JSON.parse(await readFile(path.join(directory, 'config.json'), 'utf8')) as unknown;
    const first = (config as { readonly base_vocab_size?: unknown } | null)?.base_vocab_size;
    return typeof first === 'number' && Number.isSafeInteger(first) && first > 0 ? first : undefined;
  } catch {
    return undefined; // a model that was opened has a config; what has none says nothing of new ids
  }
}
