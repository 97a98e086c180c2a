/** A longer proof: ids of real corpora under the real vocabularies, line by line as SentencePiece has them. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, parseModel } from '../../engine/src/tokenizers/index.ts';
import { oracleOf } from '../../engine/src/tokenizers/testing/oracle.ts';
import { wellFormed } from '../../engine/src/tokenizers/unicode.ts';
import { mergeVocabularies } from '../../engine/src/vocab/merge.ts';

const shared = path.resolve(import.meta.dirname, '../../../shared/data');
const hasShared = existsSync(shared);
if (!hasShared) process.stderr.write('no ../shared/data: corpora are not compared\n');
const most = 20_000;

async function linesOf(name: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path.join(shared, 'corpora', name)) })) {
    if (lines.length === most) break;
    lines.push(wellFormed(line));
  }
  return lines;
}

describe.runIf(hasShared)('corpora under the real vocabularies', () => {
  const file = (name: string) => readFileSync(path.join(shared, 'tokenizers', name));
  const model = (name: string) => unwrap(parseModel(file(name), name));
  const models: Record<string, () => Uint8Array> = {
    'Llama 2': () => file('llama2.model'),
    KoBERT: () => file('kobert.model'),
    'the two merged': () =>
      unwrap(mergeVocabularies(model('llama2.model'), model('kobert.model'), 'ranked', 'merged.model')).model.bytes,
  };
  for (const corpus of ['nsmc.ko.txt', 'python-docs.ko-en.jsonl', 'wiki.en.txt']) {
    it.each(Object.keys(models))(`${corpus} under %s`, { timeout: 600_000 }, async (name) => {
      const bytes = models[name]!();
      const oracle = await oracleOf(bytes);
      const tokenizer = createTokenizer(unwrap(parseModel(bytes, name)));
      const lines = await linesOf(corpus);
      expect(lines.join('').length).toBeGreaterThan(100_000);
      for (const line of lines) {
        const ids = Array.from(tokenizer.encode(line).ids);
        const expected = oracle.encode(line);
        if (ids.join(' ') !== expected.join(' ')) expect(ids, JSON.stringify(line)).toEqual(expected);
      }
    });
  }
});
