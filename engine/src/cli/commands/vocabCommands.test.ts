/** The commands on vocabularies, as the command line calls them: train, merge, tokenize. */
import { execFileSync } from 'node:child_process';
import { existsSync, symlinkSync, truncateSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemLine } from '../../base/problem.ts';
import { english, korean } from '../../tokenizers/testing/models.ts';
import type { Command } from '../command.ts';
import { linesOf, tokenize } from './tokenize.ts';
import { vocabMerge } from './vocabMerge.ts';
import { vocabTrain } from './vocabTrain.ts';

let folder: string;
const file = (name: string) => path.join(folder, name);

/** Runs a command; answers its lines, or its problem in one line. */
async function run(command: Command, ...args: string[]): Promise<string[] | string> {
  const options = { ...command.options, json: { type: 'boolean' as const } };
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const lines: string[] = [];
  const result = await command.run({
    values,
    positionals,
    json: values.json === true,
    work: { signal: new AbortController().signal, onProgress: () => undefined },
    print: (line) => lines.push(line),
  });
  return result.ok ? lines : problemLine(result.problem);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'vocab-'));
  await writeFile(file('en.txt'), english.join('\n'));
  await writeFile(file('ko.txt'), `${korean.join('\n')}\n`);
  await writeFile(file('ko.jsonl'), korean.map((text) => JSON.stringify({ text })).join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('vocab train, vocab merge, tokenize', () => {
  it('goes the whole way', async () => {
    const base = file('base.model');
    const told = await run(vocabTrain, '--input', file('en.txt'), '--size', '420', '--out', base, '--json');
    expect(JSON.parse(told[0]!)).toMatchObject({ out: base, type: 'bpe', size: 420, byteFallback: true, lines: 6 });
    const add = file('add.model');
    const trained = await run(
      vocabTrain,
      '--input',
      file('ko.txt'),
      '--size',
      '200',
      '--no-byte-fallback',
      '--out',
      add,
    );
    expect(trained[0]).toBe(`${add}: 200 pieces`);

    const out = file('merged');
    const merged = await run(
      vocabMerge,
      '--base',
      base,
      '--add',
      add,
      '--out',
      out,
      '--text',
      file('ko.txt'),
      '--json',
    );
    const report = JSON.parse(merged[0]!) as Record<string, unknown>;
    expect(report).toMatchObject({ base: 420, recipe: 'ranked', union: 420 + (report['added'] as number) });
    expect(report['text']).toHaveProperty('percent');
    expect((await readdir(out)).sort()).toEqual([
      'merge-report.json',
      'special_tokens_map.json',
      'tokenizer.json',
      'tokenizer.model',
      'tokenizer_config.json',
    ]);
    expect(JSON.parse(await readFile(path.join(out, 'merge-report.json'), 'utf8'))).toEqual(report);

    await writeFile(file('lines.txt'), 'the 햄\n\n글\r');
    const lines = await run(tokenize, '--tokenizer', base, '--json', file('lines.txt'));
    expect(lines).toHaveLength(3);
    const parsed = Array.from(lines, (line) => JSON.parse(line) as Record<'ids' | 'pieces' | 'spans', unknown[]>);
    expect(parsed[0]!.pieces.slice(-4)).toEqual(['\u2581', '<0xED>', '<0x96>', '<0x84>']);
    expect(parsed[0]!.spans.slice(-4)).toEqual([[3, 4], [4, 5], [4, 5], [4, 5]]); // prettier-ignore
    expect(parsed[1]).toEqual({ ids: [], pieces: [], spans: [] });
    expect(parsed[2]!.pieces).toEqual(['\u2581', '<0xEA>', '<0xB8>', '<0x80>', '<0x0D>']);
    expect(parsed[2]!.spans[0]).toEqual([0, 0]);
    const after = await run(tokenize, '--tokenizer', out, file('lines.txt'));
    expect(after[2]).toMatch(/^2\t\u2581글 <0x0D>$/);
  });

  it('trains on JSON lines the same as on their texts', async () => {
    for (const name of ['ko.txt', 'ko.jsonl']) {
      await run(vocabTrain, '--input', file(name), '--size', '450', '--out', file(`${name}.model`));
    }
    const [a, b] = await Promise.all(['ko.txt.model', 'ko.jsonl.model'].map((name) => readFile(file(name))));
    expect(a!.equals(b!)).toBe(true);
  });

  it('refuses bad input in one line with a remedy, and leaves nothing behind', async () => {
    const base = file('base.model');
    expect(await run(vocabMerge, '--base', base, '--add', base, '--out', file('merged'))).toMatch(
      /tokenizer already.*Choose/,
    );
    // A directory of another kind of tokenizer: none of its files is replaced.
    await mkdir(file('other'));
    await writeFile(file('other/tokenizer_config.json'), 'mine');
    expect(await run(vocabMerge, '--base', base, '--add', base, '--out', file('other'))).toMatch(
      /tokenizer_config\.json: there is a file of that name already.*Choose/,
    );
    await writeFile(file('other/tokenizer.json'), 'mine');
    expect(await run(vocabMerge, '--base', base, '--add', base, '--out', file('other'))).toMatch(
      /other.tokenizer\.json: there is a tokenizer already.*Choose/,
    );
    expect(await readdir(file('other'))).toEqual(['tokenizer.json', 'tokenizer_config.json']);
    expect(await run(vocabMerge, '--base', base, '--add', base, '--out', file('x'), '--recipe', 'best')).toMatch(
      /no recipe best.*ranked/,
    );
    expect(await run(vocabMerge, '--base', base, '--add', base, '--out', file('x'), '--text', file('no.txt'))).toMatch(
      /no\.txt: there is no such file/,
    );
    expect(await run(vocabMerge, '--base', file('en.txt'), '--add', base, '--out', file('x'))).toMatch(
      /en\.txt, byte \d+/,
    );
    expect(await run(vocabMerge, '--base', base, '--out', file('x'))).toMatch(/--add is missing/);
    expect(existsSync(file('x'))).toBe(false);
    const train = ['--input', file('en.txt'), '--out', file('y.model')];
    expect(await run(vocabTrain, ...train, '--size', 'many')).toMatch(/--size: .*whole number/);
    expect(await run(vocabTrain, ...train, '--size', '400', '--coverage', '2')).toMatch(/--coverage/);
    expect(await run(vocabTrain, ...train, '--size', '400', '--type', 'word')).toMatch(/Take bpe or unigram/);
    expect(await run(vocabTrain, '--input', file('en.txt'), '--size', '400', '--out', base)).toMatch(
      /there is a file already/,
    );
    expect(existsSync(file('y.model'))).toBe(false);
    expect(await run(tokenize, '--tokenizer', file('none.model'))).toMatch(
      /none\.model: there is no such file.*Give a/,
    );
    expect(await run(tokenize, '--tokenizer', base, file('none.txt'))).toMatch(/none\.txt: there is no such file/);
  });
});

describe('input that has no end', () => {
  it.skipIf(process.platform === 'win32')('is no named pipe: opening one could not be stopped', async () => {
    execFileSync('mkfifo', [file('pipe')]);
    await run(vocabTrain, '--input', file('en.txt'), '--size', '400', '--out', file('pipe.model'));
    const refused = /pipe: this is a named pipe\. Give a file/;
    expect(await run(tokenize, '--tokenizer', file('pipe.model'), file('pipe'))).toMatch(refused);
    const train = run(vocabTrain, '--input', file('pipe'), '--size', '400', '--out', file('pipe2.model'));
    await expect(train).rejects.toThrow(refused);
  });

  it.skipIf(process.platform === 'win32')(
    'is no device and no directory; a pipe that is handed over is read',
    async () => {
      symlinkSync('/dev/zero', file('zero.txt'));
      const train = (input: string, out: string) =>
        run(vocabTrain, '--input', input, '--size', '400', '--out', file(out));
      for (const device of ['/dev/zero', file('zero.txt')])
        await expect(train(device, 'z.model')).rejects.toThrow(
          /: this is a device, and no file\. Give a file or a pipe/,
        );
      await expect(train(folder, 'z.model')).rejects.toThrow(/a file is wanted here, and this is a directory/);
      expect(await run(tokenize, '--tokenizer', file('base.model'), '/dev/zero')).toMatch(/this is a device/);
      expect(await train('/dev/null', 'z.model')).toMatch(/there is no text to train on/);
      expect(existsSync(file('z.model'))).toBe(false);
    },
  );

  it.skipIf(process.platform === 'win32')('is no line without an end, of zeros say, told by its place', async () => {
    // As long as one may be, and one more; holes on the disk.
    await writeFile(file('hole.txt'), 'one line\n');
    truncateSync(file('hole.txt'), 2 ** 26 + 10);
    const train = run(vocabTrain, '--input', file('hole.txt'), '--size', '400', '--out', file('h.model'));
    await expect(train).rejects.toThrow(
      /hole\.txt, byte 9: 67108864 bytes without a space or the end of a line\. Give a text/,
    );
  });

  it('is a line of millions, told in parts, each character once', async () => {
    await run(vocabTrain, '--input', file('en.txt'), '--size', '400', '--out', file('long.model'));
    const text = 'a b '.repeat(100_000);
    await writeFile(file('long.txt'), text);
    const parts = await run(tokenize, '--tokenizer', file('long.model'), '--json', file('long.txt'));
    expect(parts.length).toBeGreaterThan(1);
    const told = JSON.parse((parts as string[]).join('')) as { ids: number[]; pieces: string[]; spans: number[][] };
    expect(told.pieces.join('').replaceAll('▁', ' ').trim()).toBe(text.trim());
    expect([told.pieces.length, told.spans.length]).toEqual([told.ids.length, told.ids.length]);
    expect(told.spans.at(-1)![1]).toBe(text.length);
  });
});

it('tokens of a line are made when those before have left', async () => {
  await writeFile(file('two.txt'), 'a\nb\n');
  await run(vocabTrain, '--input', file('en.txt'), '--size', '400', '--out', file('two.model'));
  const order: string[] = [];
  const drained = async () => {
    order.push('leaving');
    await Promise.resolve();
    order.push('left');
  };
  await tokenize.run({
    values: { tokenizer: file('two.model') },
    positionals: [file('two.txt')],
    json: false,
    work: { signal: new AbortController().signal, onProgress: () => undefined },
    print: () => void order.push('printed'),
    drained,
  });
  expect(order).toEqual(['printed', 'leaving', 'left', 'printed', 'leaving', 'left']);
});

describe('lines of a stream', () => {
  const read = (...chunks: number[][]) => collected(linesOf(Readable.from(chunks.map((c) => Buffer.from(c)))));

  it('end at \\n only, across chunks, and what is no UTF-8 becomes U+FFFD', async () => {
    const ham = [...Buffer.from('햄')];
    expect(await read([97, ...ham.slice(0, 2)], [ham[2]!, 10, 13], [98, 10])).toEqual(['a햄', '\rb']);
    expect(await read([0xff, 97], [0xed, 0xa0, 0x80])).toEqual(['\ufffda\ufffd\ufffd\ufffd']);
    expect(await read([0xef, 0xbb, 0xbf, 97])).toEqual(['\ufeffa']);
    expect(await read()).toEqual([]);
    expect(await read([10, 10])).toEqual(['', '']);
  });
});

async function collected(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}
