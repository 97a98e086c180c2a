/**
 * A longer proof of the merge, on Llama 2 and KoBERT: by each recipe the published sizes, English untouched (but by `append`),
 * Korean at its known cost; and where a tokenizer.json is written, Hugging Face's own library gives the same ids by it.
 * (That SentencePiece gives the same ids, tokenizers.test.ts shows.)
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, parseModel } from '../../engine/src/tokenizers/index.ts';
import { huggingFace } from '../../engine/src/tokenizers/testing/huggingFace.ts';
import { mergeVocabularies } from '../../engine/src/vocab/merge.ts';
import { type Recipe, recipes } from '../../engine/src/vocab/recipes.ts';
import { TextComparison } from '../../engine/src/vocab/textReport.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data');
if (!existsSync(shared)) process.stderr.write('no ../shared/data: the real vocabularies are not merged\n');

const timeout = 1_800_000;

/** Tokens of the Korean reviews, of Llama 2's; whether lines without Korean change; whether there is a tokenizer.json. */
const known: Readonly<Record<Recipe, readonly [korean: number, changes: boolean, json: boolean]>> = {
  append: [0.411, true, false],
  ranked: [0.418, false, true],
  greedy: [0.397, false, false],
  closed: [0.389, false, true],
};

describe.runIf(existsSync(shared)).each(recipes)('%s', (recipe) => {
  const read = (name: string) => readFileSync(path.join(shared, name));
  const lines = (name: string) => read(`corpora/${name}`).toString('utf8').trimEnd().split('\n');

  it(
    'English, Korean, and Hugging Face',
    async () => {
      const model = (name: string) => unwrap(parseModel(read(`tokenizers/${name}.model`), `${name}.model`));
      const llama2 = model('llama2');
      const merged = unwrap(mergeVocabularies(llama2, model('kobert'), recipe, 'merged.model'));
      const [korean, changes, json] = known[recipe];
      const [before, after] = [createTokenizer(llama2), createTokenizer(merged.model)];
      const compared = (texts: readonly string[]) => {
        const comparison = new TextComparison(before, after, merged.language.marks);
        for (const [i, line] of texts.entries()) comparison.add('lines', i + 1, line);
        return comparison.result(['lines']);
      };

      const reviews = lines('nsmc.ko.txt').slice(0, 10_000);
      const cost = compared(reviews);
      expect(cost.tokensAfter / cost.tokensBefore).toBeCloseTo(korean, 2);

      const documents = lines('python-docs.ko-en.jsonl').map((line) => (JSON.parse(line) as { en: string }).en);
      const english = [...lines('korean-english-park.dev.en'), ...documents].slice(0, 8000);
      const { proof } = compared(english);
      expect(proof.lines).toBeGreaterThan(7900);
      expect(proof.changed > 0).toBe(changes);

      expect(merged.tokenizerJson.ok).toBe(json);
      if (!merged.tokenizerJson.ok) return;
      const library = huggingFace(merged.tokenizerJson.value);
      // Names of special tokens are read as such there, which is Hugging Face's own way.
      const texts = [...reviews, ...english].filter((line) => !/<\/?s>|<unk>/.test(line));
      for (let from = 0; from < texts.length; from += 1000) {
        const some = texts.slice(from, from + 1000);
        const theirs = await library.encode(some);
        const own = some.map((line) => Array.from(after.encode(line).ids));
        const first = own.findIndex((ids, i) => ids.join() !== theirs[i]!.join());
        expect(first < 0 ? undefined : some[first]).toBeUndefined();
      }
    },
    timeout,
  );
});
