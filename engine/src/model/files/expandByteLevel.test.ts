/** Models with a byte-level tokenizer.json (the Llama 3 kind) grow as those with SentencePiece do. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { symbolsOfBytes } from '../../tokenizers/byteLevelModel.ts';
import { createTokenizer, readModelFile } from '../../tokenizers/index.ts';
import { byteLevelJson, jsonBytes } from '../../tokenizers/testing/byteLevel.ts';
import { parseConfig } from './config.ts';
import { expandModel } from './expandModel.ts';
import { randomParameters } from './initModel.ts';
import { readModelDirectory } from './modelDirectory.ts';
import { writeModelDirectory } from './writeModel.ts';

const symbols = (text: string) => symbolsOfBytes(Buffer.from(text, 'utf8'));

it('new pieces start as the mean of the bytes and pieces of their text; the added tokens keep their ids', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'expand-bytes-'));
  try {
    const base = byteLevelJson({ lines: ['the theme of the thesis', 'the then'], merges: 6 });
    const size = Object.keys(base.model.vocab).length + base.added_tokens.length;
    const [a, b, c] = Array.from(symbols('햄'));
    const more = [
      [a!, b!],
      [a! + b!, c!],
      [symbols(' '), a! + b! + c!],
    ] as const;
    // New ids stand behind the added tokens', which the vocabulary lists too then.
    const vocab = { ...base.model.vocab };
    for (const { content, id } of base.added_tokens) vocab[content] = id;
    for (const [i, [left, right]] of more.entries()) vocab[left + right] = size + i;
    const grown = { ...base, model: { ...base.model, vocab, merges: [...(base.model.merges as string[][]), ...more] } };
    const fields = {
      architectures: ['LlamaForCausalLM'],
      ...{ hidden_size: 4, intermediate_size: 6, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: size },
    };
    const config = unwrap(parseConfig(JSON.stringify(fields), 'config.json'));
    const model = path.join(folder, 'model');
    const tensors = randomParameters(config, 3);
    unwrap(await writeModelDirectory(model, { config, tensors, others: { 'tokenizer.json': jsonBytes(base) } }));
    const tokenizer = path.join(folder, 'new.json');
    await writeFile(tokenizer, jsonBytes(grown));
    const out = path.join(folder, 'out');
    const report = unwrap(await expandModel({ model, tokenizer, out, init: 'subpieces', seed: 1 }));
    // The first new piece is part of a character, which no text is alone.
    expect(report).toMatchObject({
      oldSize: size,
      newSize: size + 3,
      added: 3,
      unreachable: 0,
      starts: { subpieces: 3 },
    });
    expect((await readdir(out)).sort()).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
    expect(await readFile(path.join(out, 'tokenizer.json'))).toEqual(await readFile(tokenizer));
    const ids = createTokenizer(unwrap(await readModelFile(out))).encode('the 햄').ids;
    expect(ids.at(-1)).toBe(size + 2);
    const [old, table] = [tensors[0]!.data, unwrap(await readModelDirectory(out)).tensors[0]!.data];
    const row = (data: Float32Array, id: number) => [...data.subarray(id * 4, id * 4 + 4)];
    const mean = (pieces: string[]) => {
      const rows = pieces.map((piece) => row(old, base.model.vocab[piece]!));
      return [0, 1, 2, 3].map((i) => Math.fround(rows.reduce((sum, r) => sum + r[i]!, 0) / rows.length));
    };
    expect(row(table, size)).toEqual(mean([a!, b!]));
    expect(row(table, size + 1)).toEqual(mean([a!, b!, c!]));
    expect(row(table, size + 2)).toEqual(mean([symbols(' '), a!, b!, c!]));
    for (let id = 0; id < size; id++) expect(row(table, id)).toEqual(row(old, id));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
