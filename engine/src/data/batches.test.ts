import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemLine, ProblemError } from '../base/problem.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type BatchOptions, Batches, heldOutBatches } from './batches.ts';
import { type CorpusFile, type CorpusOptions, readCorpus } from './corpus.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(path.join(os.tmpdir(), 'data-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A character a token: its code unit modulo 97, plus 3. BOS 1, EOS 2. */
const tokenizer = {
  size: 100,
  bosId: 1,
  eosId: 2,
  bytesOf: () => undefined,
  encode: (text: string) => ({
    ids: Int32Array.from(text, (c) => (c.charCodeAt(0) % 97) + 3),
    starts: Int32Array.from(text, (_, i) => i),
    ends: Int32Array.from(text, (_, i) => i + 1),
  }),
} as unknown as Tokenizer;
const id = (c: string): number => (c.charCodeAt(0) % 97) + 3;

function file(name: string, content: string | Buffer, more: Omit<CorpusFile, 'path'> = {}): CorpusFile {
  writeFileSync(path.join(folder, name), content);
  return { path: path.join(folder, name), ...more };
}
const options: CorpusOptions = {
  kind: 'pretrain',
  template: 'alpaca',
  vocabularySize: 100,
  sequenceLength: 8,
  tokenizer: () => tokenizer,
};
const batch: BatchOptions = {
  sequenceLength: 8,
  packing: true,
  seed: 1,
  shuffle: false,
  batchSize: 2,
  gradientAccumulation: 1,
};
async function problem(files: readonly CorpusFile[], more: Partial<CorpusOptions> = {}): Promise<string> {
  try {
    await readCorpus(files, { ...options, ...more });
  } catch (error) {
    if (error instanceof ProblemError) return problemLine(error.problem).replace(folder, '');
    throw error;
  }
  return 'none';
}

describe('packed text', () => {
  it('lays documents end to end, cut where a row ends, each in a segment of its own', async () => {
    const corpus = await readCorpus([file('a.txt', 'abcd\r\n\n한글\nef')], options);
    expect([corpus.size, corpus.ids.length]).toEqual([3, 6 + 4 + 4]);
    const { microBatches, tokens, labels, bytes } = new Batches(corpus, batch).step(1);
    const [micro] = microBatches;
    const [a, b, c, d, e, f, h, g] = ['a', 'b', 'c', 'd', 'e', 'f', '한', '글'].map(id) as number[] & { length: 8 };
    expect([...micro!.ids]).toEqual([1, a, b, c, d, 2, 1, h, g, 2, 1, e, f, 2, 1, a]);
    expect([...micro!.segments]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 2, 2]);
    expect([...micro!.positions]).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 0, 1, 0, 1, 2, 3, 0, 1]);
    const i = -100;
    expect([...micro!.labels]).toEqual([i, a, b, c, d, 2, i, h, i, 2, i, e, f, 2, i, a]);
    expect(micro!.classes).toBeUndefined();
    expect([tokens, labels, bytes]).toEqual([16, 11, 4 + 3 + 2 + 1]);
  });

  it('gives each step its batch by the number alone, and every document once an epoch', async () => {
    const text = Array.from({ length: 40 }, (_, n) => `${String.fromCharCode(97 + (n % 26))}${'x'.repeat(n % 9)}`);
    const corpus = await readCorpus([file('many.txt', text.join('\n'))], options);
    const shuffled = { ...batch, shuffle: true };
    const inOrder = new Batches(corpus, shuffled);
    const steps = inOrder.stepsOf(1);
    expect(steps).toBe(Math.ceil(corpus.ids.length / 16));
    const all = Array.from({ length: steps + 3 }, (_, s) => inOrder.step(s + 1));
    expect(new Batches(corpus, shuffled).step(steps + 2)).toEqual(all[steps + 1]);
    expect(inOrder.step(2)).toEqual(all[1]);
    expect(new Batches(corpus, { ...shuffled, seed: 2 }).step(1)).not.toEqual(all[0]);
    const read = all.flatMap((step) => step.microBatches.flatMap((m) => [...m.ids])).slice(0, corpus.ids.length);
    const histogram = (ids: Iterable<number>) => [...ids].sort((x, y) => x - y);
    expect(histogram(read)).toEqual(histogram(corpus.ids));
    expect(read).not.toEqual([...corpus.ids]);
  });

  it('mixes files by share of tokens, and tells them apart by language', async () => {
    const files = [
      file('ko.txt', '가나다라\n'.repeat(30), { weight: 7, language: 'ko' }),
      file('en.txt.gz', gzipSync('ab\n'.repeat(500)), { weight: 3, language: 'en' }),
    ];
    const corpus = await readCorpus(files, options);
    expect(corpus.languages).toEqual(['ko', 'en']);
    const batches = new Batches(corpus, { ...batch, shuffle: true, batchSize: 50 });
    const classes = [1, 2].flatMap((step) => [...batches.step(step).microBatches[0]!.classes!]);
    expect(classes.filter((c) => c === 0).length / classes.length).toBeCloseTo(0.7, 2);
  });
});

describe('sources and kinds', () => {
  it('mixes files whose documents are longer than many steps by share in every few steps, each document in its order', async () => {
    const book = Array.from({ length: 3000 }, (_, i) => String.fromCharCode(33 + (i % 90))).join('');
    const files = [
      file('short.txt', '가나다라\n'.repeat(300), { weight: 7, language: 'ko' }),
      file('book.txt', book, { weight: 3, language: 'en' }),
    ];
    const corpus = await readCorpus(files, options);
    const batches = new Batches(corpus, batch);
    const read: number[] = [];
    for (let from = 1; from <= 60; from += 10) {
      const steps = Array.from({ length: 10 }, (_, i) => batches.step(from + i));
      const [ko = 0, en = 0] = [0, 1].map((f) => steps.reduce((sum, { bySource }) => sum + bySource[f]!, 0));
      expect(ko / (ko + en), `steps from ${from}`).toBeGreaterThan(0.6);
      expect(ko / (ko + en), `steps from ${from}`).toBeLessThan(0.8);
      for (const { microBatches } of steps)
        for (const { ids, classes } of microBatches)
          ids.forEach((one, i) => classes![i] === corpus.fileClasses[1] && one !== 0 && read.push(one));
    }
    // What is cut at a row's end goes on where it was.
    const wanted = Array.from(corpus.ids.subarray(corpus.offsets[corpus.fileStarts[1]!])).slice(0, read.length);
    expect(read).toEqual(wanted);
  });

  it('tell what each file gives to a run: shares of tokens as wanted, and how often it is read', async () => {
    const files = [
      file('small.txt', 'abcdef\n'.repeat(5), { weight: 3, language: 'ko' }),
      file('large.txt', 'gh\n'.repeat(100), { weight: 1, language: 'en' }),
    ];
    const batches = new Batches(await readCorpus(files, options), batch);
    const [small, large] = batches.reading(100).sources;
    expect([small!.tokens, large!.tokens]).toEqual([5 * 8, 100 * 4]);
    expect(small).toMatchObject({ language: 'ko', weight: 3, share: expect.closeTo(0.75, 2) as number });
    expect(small!.epochs).toBeCloseTo((0.75 * 1600) / 40, 0);
    expect(large!.epochs).toBeCloseTo((0.25 * 1600) / 400, 1);
    // What the batches hold is what was told.
    const counts = new Map<number, number>();
    for (let step = 1; step <= 100; step++)
      for (const micro of batches.step(step).microBatches)
        for (const cls of micro.classes!) counts.set(cls, (counts.get(cls) ?? 0) + 1);
    expect(counts.get(0)! / 1600).toBeCloseTo(small!.share, 10);
  });

  it('tell the longest row that so many steps read: what their memory goes by', async () => {
    const corpus = await readCorpus([file('uneven.txt', 'a\nabc\nab\nabcde\nabcdefghijkl')], options);
    const single = { ...batch, packing: false };
    const longestOf = (more: Partial<BatchOptions>, steps: number): number =>
      new Batches(corpus, { ...single, ...more }).reading(steps).longest;
    for (const [steps, longest] of [
      [1, 5],
      [2, 7],
      [3, 8], // cut at sequenceLength
    ] as const) {
      expect(longestOf({}, steps)).toBe(longest);
      const batches = new Batches(corpus, single);
      const lengths = Array.from({ length: steps }, (_, i) => batches.step(i + 1).microBatches[0]!.length);
      expect(Math.max(...lengths)).toBe(longest);
    }
    expect(longestOf({ packing: true }, 1)).toBe(8);
    // Beyond a million rows the order is not gone through: the longest of all.
    expect(longestOf({ batchSize: 1 }, 1_000_001)).toBe(8);
  });

  it('class each label by its language and by what it is to an expanded vocabulary', async () => {
    const byteOf = (which: number) => (which === id('b') ? 98 : undefined);
    const spelled = { ...tokenizer, byteOf } as unknown as Tokenizer;
    const files = [file('ko.txt', 'abc', { language: 'ko' }), file('en.txt', 'abc', { language: 'en' })];
    const corpus = await readCorpus(files, { ...options, newIdsFrom: id('c'), tokenizer: () => spelled });
    expect(corpus.classes).toBe(9);
    const [micro] = new Batches(corpus, { ...batch, sequenceLength: 5 }).step(1).microBatches;
    // BOS, a: old; b: a byte; c: new; EOS: old.
    expect([...micro!.classes!]).toEqual([0, 0, 2, 1, 0, 3, 3, 5, 4, 3]);
  });
});

describe('instructions', () => {
  it('have labels on the answer and its end alone', async () => {
    const answers = [
      { instruction: 'q', input: '', output: 'yes' },
      { instruction: 'q', input: 'i', output: 'no' },
    ];
    const sft = { ...options, kind: 'sft', sequenceLength: 400 } as const;
    const corpus = await readCorpus([file('a.json', JSON.stringify(answers))], sft);
    const { microBatches, labels } = new Batches(corpus, { ...batch, sequenceLength: 400, packing: false }).step(1);
    const [micro] = microBatches;
    expect([micro!.batch, micro!.length, labels]).toEqual([2, corpus.offsets[2]! - corpus.offsets[1]!, 4 + 3]);
    const first = [...micro!.labels.subarray(0, micro!.length)];
    const end = corpus.offsets[1]!;
    expect(first.slice(end - 4, end)).toEqual([...Array.from('yes', id), 2]);
    expect(new Set([...first.slice(0, end - 4), ...first.slice(end)])).toEqual(new Set([-100]));
    expect([...micro!.segments.subarray(end, micro!.length)].every((s) => s === -1)).toBe(true);
    expect(micro!.ids[0]).toBe(1);
  });

  it('say what a template has no place for, where it stands', async () => {
    const sft = { kind: 'sft', sequenceLength: 400 } as const;
    const system = file('system.jsonl', '{"instruction":"q","output":"a","system":"s"}');
    expect(await problem([system], sft)).toMatch(
      /system\.jsonl, line 1: the template alpaca has no place for a system/,
    );
    const history = file('history.jsonl', '{"instruction":"q","output":"a","history":[["x","y"]]}');
    expect(await problem([history], { ...sft, template: 'koalpaca' })).toMatch(
      /the template koalpaca has a place for one question only, and here are 2.*Use "llama2-chat" or "llama3-chat"/,
    );
    const noTokens = { ...tokenizer, idOf: () => undefined } as unknown as Tokenizer;
    expect(await problem([history], { ...sft, template: 'llama3-chat', tokenizer: () => noTokens })).toMatch(
      /the tokenizer has no token <\|start_header_id\|>, and the template llama3-chat needs it/,
    );
  });

  it('that no row can hold are left out and counted', async () => {
    const rows = [
      { instruction: 'x'.repeat(400), output: 'a' },
      { instruction: 'q', output: 'b' },
    ].map((row) => JSON.stringify(row));
    const sft = { ...options, kind: 'sft', sequenceLength: 200 } as const;
    const corpus = await readCorpus([file('long.jsonl', rows.join('\n'))], sft);
    expect(corpus).toMatchObject({ size: 1, tooLong: 1, leftOut: 1 });
  });
});

describe('rows of ids', () => {
  it('are taken as they stand, in order, padded to the longest of the step', async () => {
    const rows = '{"ids":[5,6,7]}\n{"ids":[8,9],"labels":[-100,9]}\n{"ids":[3,4,5],"labels":[-100,-100,5]}\n';
    const noTokenizer = { ...options, tokenizer: () => expect.fail('no tokenizer is needed') };
    const corpus = await readCorpus([file('rows.jsonl', rows)], noTokenizer);
    const { microBatches, bytes, tokens } = new Batches(corpus, { ...batch, gradientAccumulation: 2 }).step(1);
    expect(microBatches.map((m) => [...m.ids])).toEqual([
      [5, 6, 7, 8, 9, 0],
      [3, 4, 5, 5, 6, 7],
    ]);
    expect([...microBatches[0]!.labels]).toEqual([-100, 6, 7, -100, 9, -100]);
    expect([...microBatches[0]!.segments]).toEqual([0, 0, 0, 0, 0, -1]);
    expect([...microBatches[1]!.labels]).toEqual([-100, -100, 5, -100, 6, 7]);
    expect([bytes, tokens]).toEqual([undefined, 11]);
  });
});

describe('held-out batches', () => {
  it('hold every token once', async () => {
    const corpus = await readCorpus([file('held.txt', 'abc\ndefgh\nij\nklmnopqrstu\nv')], options);
    const { batches, labels, bytes } = heldOutBatches(corpus, batch);
    const ids = batches.flatMap((m) => [...m.ids].filter((_, i) => m.segments[i] !== -1));
    expect(ids).toEqual([...corpus.ids]);
    const predicted = batches.flatMap((m) => [...m.labels]).filter((label) => label !== -100);
    expect(labels).toBe(predicted.length);
    expect(bytes).toBe(predicted.filter((label) => label !== tokenizer.eosId).length); // a letter a byte, EOS none
  });

  it('tell their longest row, however many they are', async () => {
    const corpus = await readCorpus(
      [file('many.txt', `${'ab\n'.repeat(70_000)}abcd\n${'ab\n'.repeat(70_000)}`)],
      options,
    );
    const { batches, longest } = heldOutBatches(corpus, { ...batch, batchSize: 1, packing: false });
    expect([batches.length, longest]).toEqual([140_001, 4 + 2]);
    expect(heldOutBatches(corpus, { ...batch, packing: true }).longest).toBe(batch.sequenceLength);
  });
});

describe('what is no data', () => {
  it.each([
    ['not JSON', 'x.jsonl', '{"text":"a"}\n{"text"\n', /x\.jsonl, line 2: this is not JSON/],
    ['no record', 'x.jsonl', '{"txt":"a"}', /line 1: no record that is known/],
    ['the wrong kind', 'x.jsonl', '{"instruction":"a","output":"b"}', /kind "pretrain" learns from a text/],
    [
      'two kinds',
      'x.jsonl',
      '{"text":"a"}\n{"ids":[1,2]}',
      /line 2: this is a row of ids, and before it stands a text/,
    ],
    ['an id outside', 'x.jsonl', '{"ids":[1,100]}', /id 100 is outside the model's vocabulary of 100/],
    ['labels that do not fit', 'x.jsonl', '{"ids":[1,2],"labels":[1]}', /the row has 2 ids, and of labels 1/],
    ['no messages', 'x.jsonl', '{"messages":[]}', /"messages" is not a list/],
    [
      'a role that is not known',
      'x.jsonl',
      '{"messages":[{"role":"tool","content":""}]}',
      /messages\[0\].*role "tool" is not known/,
    ],
    [
      'a question without an answer',
      'x.jsonl',
      '{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}]}',
      /messages\[1\].*the last question has no answer/,
    ],
    [
      'an answer to nothing',
      'x.jsonl',
      '{"messages":[{"role":"assistant","content":"a"}]}',
      /messages\[0\].*stands where the user's is wanted/,
    ],
    ['a history of another form', 'x.jsonl', '{"instruction":"q","output":"a","history":[["q"]]}', /"history" is not/],
    ['an object in a .json', 'x.json', '{"text":"a"}', /an array of objects is wanted/],
    ['nothing', 'x.txt', '\n\n', /nothing to learn/],
    ['half a gzip', 'x.txt.gz', gzipSync('abc').subarray(0, 15), /not a whole gzip file/],
  ])('%s is refused in its place', async (_, name, content, message) => {
    expect(await problem([file(name, content)])).toMatch(message);
  });

  it('a tokenizer without ends, or larger than the model', async () => {
    const text = [file('t.txt', 'a')];
    const without = { ...tokenizer, eosId: undefined } as unknown as Tokenizer;
    expect(await problem(text, { tokenizer: () => without })).toMatch(/no BOS or no EOS/);
    expect(await problem(text, { vocabularySize: 99 })).toMatch(/tokenizer has 100 pieces, and the model 99 rows/);
  });
});
