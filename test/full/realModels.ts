/** The real vocabularies of ../shared/data, and what every recipe makes of Llama 2's and KoBERT's. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { unwrap } from '../../engine/src/base/problem.ts';
import { parseModel } from '../../engine/src/tokenizers/index.ts';
import { mergeVocabularies } from '../../engine/src/vocab/merge.ts';
import { recipes } from '../../engine/src/vocab/recipes.ts';

export const shared = path.resolve(import.meta.dirname, '../../../shared/data');
export const hasShared = existsSync(shared);

const file = (name: string) => readFileSync(path.join(shared, 'tokenizers', name));
const model = (name: string) => unwrap(parseModel(file(name), name));

/** Files' contents by name, made when asked for. */
export const realModels: Readonly<Record<string, () => Uint8Array>> = {
  'Llama 2': () => file('llama2.model'),
  KoBERT: () => file('kobert.model'),
  ...Object.fromEntries(
    recipes.map((recipe) => [
      `merged by ${recipe}`,
      () => unwrap(mergeVocabularies(model('llama2.model'), model('kobert.model'), recipe, 'merged.model')).model.bytes,
    ]),
  ),
};
