/** A longer proof: real corpora under tokenizer.json as it is written, line by line in Hugging Face's own library. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, parseModel } from '../../engine/src/tokenizers/index.ts';
import { huggingFace } from '../../engine/src/tokenizers/testing/huggingFace.ts';
import { tokenizerJson } from '../../engine/src/tokenizers/tokenizerJsonWriter.ts';
import { wellFormed } from '../../engine/src/tokenizers/unicode.ts';
import { mergeVocabularies } from '../../engine/src/vocab/merge.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data');
const hasShared = existsSync(shared);
if (!hasShared) process.stderr.write('no ../shared/data: corpora are not compared\n');
const most = 20_000;

const model = (name: string) => unwrap(parseModel(readFileSync(path.join(shared, name)), name));
const llama = () => model('tokenizers/llama2.model');

describe.runIf(hasShared)('tokenizer.json on corpora', () => {
  it.each([
    ['Llama 2', llama],
    ['the two merged', () => unwrap(mergeVocabularies(llama(), model('tokenizers/kobert.model'), 'ranked', 'm')).model],
    ['stories260K', () => model('models/stories260K/tokenizer.model')],
  ])('%s', { timeout: 900_000 }, async (_, load) => {
    const loaded = load();
    const ours = createTokenizer(loaded);
    const peer = huggingFace(unwrap(tokenizerJson(loaded)));
    for (const corpus of ['nsmc.ko.txt', 'python-docs.ko-en.jsonl', 'wiki.en.txt']) {
      const text = readFileSync(path.join(shared, 'corpora', corpus), 'utf8');
      // Names of special tokens are tokens there, and text here.
      const lines = text.split('\n').slice(0, most).filter((line) => !/<unk>|<s>|<\/s>/.test(line)); // prettier-ignore
      expect(lines.join('').length).toBeGreaterThan(100_000);
      for (let from = 0; from < lines.length; from += 2000) {
        const part = lines.slice(from, from + 2000).map(wellFormed);
        const theirs = await peer.encode(part);
        for (const [i, line] of part.entries()) {
          const ids = Array.from(ours.encode(line).ids);
          if (ids.join() !== theirs[i]!.join()) expect(theirs[i], JSON.stringify(line)).toEqual(ids);
        }
      }
    }
  });
});
