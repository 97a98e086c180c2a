/** A longer proof: texts under thousands of random edits, under the real vocabularies, always equal a whole encoding. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createTokenizer, parseModel, TokenizedText } from '../../engine/src/tokenizers/index.ts';
import { hostileText } from '../../engine/src/tokenizers/testing/hostile.ts';
import { dice } from '../../engine/src/tokenizers/testing/models.ts';
import { hasShared, realModels, shared } from './realModels.ts';

if (!hasShared) process.stderr.write('no ../shared/data: edits under the real vocabularies are not tried\n');

describe.runIf(hasShared)('texts under edit', () => {
  it.each(Object.keys(realModels))('%s: 2,000 edits', { timeout: 3_600_000 }, (name) => {
    const tokenizer = createTokenizer(unwrap(parseModel(realModels[name]!(), name)));
    const corpora = ['nsmc.ko.txt', 'wiki.en.txt'].map((corpus) =>
      readFileSync(path.join(shared, 'corpora', corpus), 'utf8').slice(0, 400_000),
    );
    const random = dice(31);
    const excerpt = (length: number) => {
      const corpus = corpora[random(2)]!;
      const at = random(corpus.length - length);
      return corpus.slice(at, at + length);
    };
    let edits = 0;
    // From short documents to those of a megabyte.
    for (const [size, wanted, every] of [
      [200, 400, 2],
      [8000, 800, 8],
      [60_000, 600, 12],
      [350_000, 200, 20],
    ] as const) {
      let text = excerpt(size / 2) + excerpt(size / 2);
      const tokenized = new TokenizedText(tokenizer, text);
      for (let edit = 1; edit <= wanted; edit++, edits++) {
        const start = random(5) === 0 ? Math.min(text.length, random(30)) : random(text.length + 1);
        const length = Math.min(text.length - start, random(20) === 0 ? random(5000) : random(3));
        const kind = random(6);
        const inserted =
          kind < 2 ? '' : kind === 2 ? hostileText(random) : excerpt(random(20) === 0 ? 3000 : 1 + random(4));
        tokenized.replace(start, start + length, inserted);
        text = text.slice(0, start) + inserted + text.slice(start + length);
        if (random(3) === 0) tokenized.work(0);
        if (edit % every !== 0) continue;
        const whole = tokenizer.encode(text);
        expect(tokenized.tokens).toBe(whole.ids.length);
        const inParts = tokenized.tokensIn(0, text.length);
        for (const column of ['ids', 'starts', 'ends'] as const) {
          if (Buffer.compare(Buffer.from(inParts[column].buffer), Buffer.from(whole[column].buffer)) !== 0) {
            expect(inParts[column].join(' ')).toBe(whole[column].join(' '));
          }
        }
      }
    }
    expect(edits).toBe(2000);
  });
});
