// JSON schemas in Korean: the English ones with their descriptions out of l10n/schemas.ko.json.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from './places.mjs';

/** The schemas whose English is written by hand; lint's is made of its rules. */
export const translated = ['run', 'task'];

const told = ['title', 'description', 'label'];

/**
 * A schema with what people read of it in other words, and the texts that have none there.
 * @param {unknown} schema
 * @param {Readonly<Record<string, string>>} words by the schema's own texts
 */
export function inOtherWords(schema, words) {
  /** @type {string[]} */
  const missing = [];
  /** @type {Set<string>} */
  const used = new Set();
  /** @type {(value: unknown, name?: string) => unknown} */
  const translate = (value, name) => {
    if (Array.isArray(value)) return value.map((item) => translate(item));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [
          key,
          // What a snippet writes is the user's text, and so is a value.
          ['body', 'default', 'enum', 'const'].includes(key) ? inner : translate(inner, key),
        ]),
      );
    if (typeof value !== 'string' || name === undefined || !told.includes(name)) return value;
    used.add(value);
    const word = words[value];
    if (word === undefined) missing.push(value);
    return word ?? value;
  };
  return { schema: translate(schema), missing, used };
}

/**
 * Writes JSON as prettier would have it.
 * @param {string} name from the project's root
 * @param {unknown} value
 */
export async function writeJson(name, value) {
  const file = path.join(root, name);
  const options = { ...(await resolveConfig(file)), filepath: file };
  await writeFile(file, await format(JSON.stringify(value, null, 2), options));
}
