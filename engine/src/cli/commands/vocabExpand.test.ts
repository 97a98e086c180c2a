/** `vocab expand` as the command line calls it: what it refuses, and what it says of its work. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemLine, unwrap } from '../../base/problem.ts';
import { parseConfig, randomParameters, writeModelDirectory } from '../../model/files.ts';
import { type Piece, PieceType } from '../../tokenizers/index.ts';
import { newBpeModel } from '../../tokenizers/sentencePieceWriter.ts';
import type { CommandInput } from '../command.ts';
import { vocabExpand } from './vocabExpand.ts';

let folder: string;
const at = (name: string) => path.join(folder, name);

async function run(...args: string[]): Promise<string> {
  const lines: string[] = [];
  const { values } = parseArgs({ args, options: { ...vocabExpand.options } });
  const result = await vocabExpand.run({
    ...{ values: values as CommandInput['values'], positionals: [], json: false, print: (line) => lines.push(line) },
    work: { signal: new AbortController().signal, onProgress: () => undefined },
  });
  return result.ok ? lines.join('\n') : problemLine(result.problem);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'expand-command-'));
  const types = [PieceType.unknown, PieceType.control, PieceType.control];
  const pieces = (words: string[]): Piece[] =>
    ['<unk>', '<s>', '</s>', '▁', ...words].map((piece, i) => ({
      piece,
      score: -i,
      type: types[i] ?? PieceType.normal,
    }));
  const model = (words: string[]) => newBpeModel(pieces(words), { byteFallback: false, characterCoverage: 1 });
  const fields = {
    architectures: ['LlamaForCausalLM'],
    ...{ hidden_size: 4, intermediate_size: 6, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: 6 },
  };
  const config = unwrap(parseConfig(JSON.stringify(fields), 'config.json'));
  const tokenizer = model(['a', 'b']);
  unwrap(await writeModelDirectory(at('model'), { config, tensors: randomParameters(config, 1), tokenizer }));
  await writeFile(at('new.model'), model(['a', 'b', 'ab', 'zzz']));
});
afterAll(() => rm(folder, { recursive: true }));

describe('vocab expand', () => {
  const given = () => ['--model', at('model'), '--tokenizer', at('new.model'), '--out', at('out')];

  it.each([
    [['--init', 'focus'], /--init: there is no init 'focus'. Take one of: subpieces, aligned, mean, random\./],
    [['--parallel', 'x.jsonl'], /--parallel: --init subpieces reads no aligned texts\. Add --init aligned\./],
    [['--init', 'aligned'], /--parallel: aligned texts are needed .* Give JSON lines/],
    [['--init', 'aligned', '--parallel', 'none.jsonl'], /none\.jsonl: there is no such file/],
    [['--pad-to-multiple', '0'], /--pad-to-multiple: "0" is not a whole number from 1/],
    [['--seed', 'x'], /--seed: "x" is not a whole number/],
  ])('refuses %j in one line with a remedy', async (args, line) => {
    expect(await run(...given(), ...args)).toMatch(line);
  });

  it('says which option is missing', async () => {
    expect(await run('--model', at('model'), '--out', at('out'))).toMatch(/--tokenizer is missing/);
  });

  it('says how many rows there are, how they started, how long they are, and what no text reaches', async () => {
    const lines = (await run(...given(), '--pad-to-multiple', '16')).split('\n');
    expect(lines[0]).toBe(`${at('out')}: 6 → 16 rows, 2 new pieces, 8 rows to fill up`);
    // z is no piece, so zzz is spelt with none, and no merge leads to it, for zz is none either.
    expect(lines[1]).toBe('new rows: 1 subpieces, 1 mean; 1 of pieces that no text leads to');
    expect(lines[2]).toMatch(
      /^model\.embed_tokens\.weight: length of old rows [\d.]+ ± [\d.]+, of new rows [\d.]+ ± [\d.]+$/,
    );
    expect(await run(...given())).toMatch(/the output exists already/);
  });
});
