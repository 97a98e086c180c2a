import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import type { InferenceSession, SequenceBatch } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { generate, generateAll } from './generate.ts';
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

/** A model that says these ids whatever it reads, row by row. */
function saying(ids: readonly number[], contextLength = 1000) {
  const session = {
    vocabularySize: 300,
    contextLength,
    cacheBytesPerToken: 1,
    disposed: 0,
    /** Rows of each step, and prompts as they were read. */
    steps: [] as (readonly number[])[],
    prompts: [] as (readonly number[])[],
    logLikelihoods: () => Promise.reject(new Error('not asked for')),
    score: () => {
      throw new Error('not asked for');
    },
    start: (): never => {
      throw new Error('not asked for');
    },
    batch(rows: number): SequenceBatch {
      const held = Array.from({ length: rows }, () => ({ length: 0, prompt: 0 }));
      const say = (row: number): Float32Array => {
        const logits = new Float32Array(300);
        logits[ids[held[row]!.length - held[row]!.prompt] ?? 257] = 1;
        return logits;
      };
      return {
        rows,
        length: (row) => held[row]!.length,
        append(row, more) {
          session.prompts.push(Array.from(more));
          held[row] = { length: more.length, prompt: more.length };
          return Promise.resolve(say(row));
        },
        step(of) {
          session.steps.push(of);
          for (const row of of) held[row]!.length++;
          return Promise.resolve(of.map(say));
        },
        copy(from, to) {
          for (const row of to) held[row] = { ...held[from]! };
          return Promise.resolve();
        },
        clear: (row) => void (held[row] = { length: 0, prompt: 0 }),
        reserve: () => Promise.resolve(),
        dispose: () => {
          session.disposed++;
        },
      };
    },
    dispose: () => undefined,
  };
  return session satisfies InferenceSession;
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

  it('is refused where the model answers with no number, rather than told the first piece again and again', async () => {
    const broken = saying([]);
    const batch = broken.batch(1);
    const answer = () => Promise.resolve(new Float32Array(300).fill(Number.NaN));
    const session = { ...broken, batch: () => ({ ...batch, append: answer }) };
    for (const temperature of [0, 1])
      await expect(generate(session, tokenizer, { ...greedy, temperature })).rejects.toThrow(
        'the model answers with no number',
      );
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

describe('generateAll', () => {
  it('lets what has ended drop out and the next in, in rows that fit the memory', async () => {
    const session = saying(bytes('abcdefgh'));
    const done: number[] = [];
    const requests = [2, 8, 3, 0, 1].map((maxTokens, i) => ({ ...greedy, maxTokens, promptIds: [256, i] }));
    const results = await generateAll(session, tokenizer, requests, {
      // Two rows of 2 + 8 tokens.
      cacheBytes: 25,
      onDone: (index) => void done.push(index),
    });
    expect(results.map(({ text }) => text)).toEqual(['ab', 'abcdefgh', 'abc', '', 'a']);
    expect(done).toEqual([0, 2, 3, 4, 1]);
    expect(session.steps).toEqual([[0, 1], [0, 1], [0, 1], [1], [1], [1], [1]]);
  });

  it('reads a prompt once for all its samples', async () => {
    const session = saying(bytes('abc'));
    const requests = [1, 2, 3].map((seed) => ({ ...greedy, seed, maxTokens: 3, promptIds: [256, 5] }));
    const results = await generateAll(session, tokenizer, [...requests, { ...requests[0]!, promptIds: [256, 6] }]);
    expect(results.map(({ ids }) => ids)).toEqual([5, 5, 5, 6].map((id) => [256, id, ...bytes('abc')]));
    expect(session.prompts).toEqual([
      [256, 5],
      [256, 6],
    ]);
  });

  it('draws by the request alone, whatever stands beside it', async () => {
    const request = (seed: number, promptIds = [256]) => ({
      ...greedy,
      temperature: 50,
      maxTokens: 6,
      seed,
      promptIds,
    });
    const requests = [request(1), request(2, [256, 3]), request(1), request(3)];
    const together = await generateAll(saying([]), tokenizer, requests);
    for (const [i, one] of requests.entries())
      expect((await generate(saying([]), tokenizer, one)).ids).toEqual(together[i]!.ids);
    expect(together[0]!.ids).toEqual(together[2]!.ids);
    expect(together[0]!.ids).not.toEqual(together[3]!.ids);
  });

  it.each(['append', 'step'] as const)('ends within a long %s that the session can end', async (which) => {
    const stop = new AbortController();
    const session = saying(bytes('abc'));
    const long = (_row: unknown, _ids: unknown, signal?: AbortSignal) =>
      new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
        stop.abort(new Error('stopped'));
      });
    const stopping = { ...session, batch: (rows: number) => ({ ...session.batch(rows), [which]: long }) };
    const ended = await generateAll(stopping, tokenizer, [greedy, greedy], { signal: stop.signal });
    const text = which === 'append' ? '' : 'a';
    expect(ended.map((one) => [one.reason, one.text])).toEqual([
      ['cancelled', text],
      ['cancelled', text],
    ]);
  });

  it('tells of all when cancelled, those that have not begun too', async () => {
    const stop = new AbortController();
    const session = saying(bytes('abcdef'));
    const results = await generateAll(
      session,
      tokenizer,
      [
        { ...greedy, onText: () => stop.abort() },
        { ...greedy, promptIds: [256, 9] },
      ],
      { signal: stop.signal, cacheBytes: 1 },
    );
    expect(results.map(({ reason, text }) => [reason, text])).toEqual([
      ['cancelled', 'a'],
      ['cancelled', ''],
    ]);
    expect(session.disposed).toBe(1);
    await expect(generateAll(session, tokenizer, [{ ...greedy, promptIds: [] }])).rejects.toThrow(RangeError);
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
