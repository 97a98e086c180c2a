// Writes the Korean JSON schemas of run specs and evaluation tasks. `node scripts/schemas.mjs`, after each change to the English ones.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from './lib/places.mjs';
import { inOtherWords, translated, writeJson } from './lib/schemas.mjs';
import { main, StepError } from './lib/steps.mjs';

await main(async () => {
  /** @type {(name: string) => Promise<any>} */
  const read = async (name) => JSON.parse(await readFile(path.join(root, name), 'utf8'));
  const words = await read('l10n/schemas.ko.json');
  for (const name of translated) {
    const { schema, missing } = inOtherWords(await read(`engine/schemas/${name}.schema.json`), words);
    if (missing.length > 0)
      throw new StepError(
        `${name}.schema.json has texts without Korean: ${missing.join(' ')}`,
        'Add them to l10n/schemas.ko.json',
      );
    await writeJson(`engine/schemas/ko/${name}.schema.json`, schema);
  }
});
