import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { generate } from './generate.ts';
import { TextStream } from './textStream.ts';

/** Ids 0 to 255 are byte pieces, 256 is BOS, 257 EOS, 258 ` the`. */
const tokenizer = {
  bytesOf: (id: number) => (id >= 0x80 && id < 256 ? Uint8Array.of(id) : undefined),
  decode: (ids: ArrayLike<number>) =>
    Buffer.concat(Array.from(ids, (id) => (id < 256 ? Buffer.of(id) : Buffer.from(id === 258 ? ' the' : '')))).toString(
      'utf8',
    ),
} as unknown as Tokenizer;
const bytes = (text: string): number[] => [...Buffer.from(text)];

/** A model that says these ids whatever it reads. */
function saying(ids: readonly number[], contextLength = 1000): InferenceSession & { disposed: number } {
  const session = {
    vocabularySize: 300,
    contextLength,
    disposed: 0,
    logLikelihoods: () => Promise.reject(new Error('not asked for')),
    start() {
      let length = 0;
      let said = 0;
      return {
        get length() {
          return length;
        },
        append(more: ArrayLike<number>) {
          length += more.length;
          const logits = new Float32Array(300);
          logits[ids[said++] ?? 257] = 1;
          return Promise.resolve(logits);
        },
        fork: () => Promise.reject(new Error('not asked for')),
        dispose: () => {
          session.disposed++;
        },
      };
    },
    dispose: () => undefined,
  };
  return session;
}
const greedy = { promptIds: [256], maxTokens: 100, temperature: 0, topP: 1, seed: 1, eosIds: [257] };

describe('generate', () => {
  it('says no id that has no piece: rows beyond the vocabulary only fill a table up', async () => {
    // 290 is the likeliest throughout; of the 259 pieces all are as likely, and the first is taken.
    const padded = saying(Array.from({ length: 5 }, () => 290));
    const { ids } = await generate(padded, { ...tokenizer, size: 259 }, { ...greedy, maxTokens: 3 });
    expect(ids).toEqual([256, 0, 0, 0]);
    const drawn = await generate(padded, { ...tokenizer, size: 259 }, { ...greedy, temperature: 1, maxTokens: 2 });
    expect(drawn.ids.every((id) => id < 259)).toBe(true);
  });

  it('streams whole characters until the end of the text', async () => {
    const text = '햄 🍔 a한';
    const chunks: string[] = [];
    const session = saying(bytes(text));
    const result = await generate(session, tokenizer, { ...greedy, onText: (chunk) => void chunks.push(chunk) });
    expect(chunks).toEqual(Array.from(text));
    expect(result).toMatchObject({ text, reason: 'stop', newTokens: bytes(text).length + 1 });
    expect(result.ids).toEqual([256, ...bytes(text), 257]);
    expect(session.disposed).toBe(1);
  });

  it('ends before a stop text, and shows nothing of it', async () => {
    const chunks: string[] = [];
    const result = await generate(saying(bytes('one###two')), tokenizer, {
      ...greedy,
      stop: ['###'],
      onText: (chunk) => void chunks.push(chunk),
    });
    expect([result.text, chunks.join(''), result.reason]).toEqual(['one', 'one', 'stop']);
    const held = await generate(saying(bytes('one##')), tokenizer, { ...greedy, stop: ['###'] });
    expect(held.text).toBe('one##');
  });

  it('ends at its length, at the window, when cancelled, and shows broken bytes only then', async () => {
    expect(await generate(saying(bytes('abcdef')), tokenizer, { ...greedy, maxTokens: 3 })).toMatchObject({
      text: 'abc',
      reason: 'length',
    });
    expect(await generate(saying(bytes('abcdef'), 4), tokenizer, greedy)).toMatchObject({
      text: 'abcd',
      reason: 'context',
    });
    const stop = new AbortController();
    const onText = () => stop.abort();
    const cancelled = await generate(saying(bytes('abcdef')), tokenizer, { ...greedy, onText, signal: stop.signal });
    expect(cancelled).toMatchObject({ text: 'a', reason: 'cancelled' });
    expect((await generate(saying(bytes('한')), tokenizer, { ...greedy, maxTokens: 2 })).text).toBe('\uFFFD');
  });
});

describe('TextStream', () => {
  it('gives together what decoding gives at once, whatever the bytes', () => {
    const random = new Random(3);
    for (let round = 0; round < 200; round++) {
      const prompt = [256, ...bytes('가')];
      const ids = Array.from({ length: 12 }, () => [258, 97, 0xed, 0x96, 0x84, 0xf0, 0x9f, 0x80][random.below(8)]!);
      const stream = new TextStream(tokenizer, prompt, []);
      const text = ids.map((id) => stream.push(id)).join('') + stream.end();
      expect(text).toBe(tokenizer.decode([...prompt, ...ids]).slice(1));
    }
  });
});
