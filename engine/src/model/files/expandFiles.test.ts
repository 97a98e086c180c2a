/** What an expansion writes: number formats, shards, the files that go along, and what it leaves where it is stopped. */
import { truncateSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOutOfRoom } from '../../base/fileProblem.ts';
import { problemLine, unwrap } from '../../base/problem.ts';
import { type Piece, PieceType } from '../../tokenizers/index.ts';
import { newBpeModel } from '../../tokenizers/sentencePieceWriter.ts';
import { type ExpandOptions, expandModel } from './expandModel.ts';
import { readModelDirectory } from './modelDirectory.ts';
import { embeddingName, headName, parameterShapes } from './parameters.ts';
import { parseConfig } from './config.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { headerBytes } from './safetensorsHeader.ts';
import { narrow, type RowType } from './tableRows.ts';

const special: Piece[] = [
  { piece: '<unk>', score: 0, type: PieceType.unknown },
  { piece: '<s>', score: 0, type: PieceType.control },
  { piece: '</s>', score: 0, type: PieceType.control },
];
const letters: Piece[] = Array.from('▁abcdefgh').map((piece, i) => ({ piece, score: -i, type: PieceType.normal }));
const base = [...special, ...letters];
const more: Piece[] = ['ab', 'cd', 'ef'].map((piece, i) => ({ piece, score: -100 - i, type: PieceType.normal }));
const model = (pieces: Piece[]) => newBpeModel(pieces, { byteFallback: false, characterCoverage: 1 });
const config = {
  architectures: ['LlamaForCausalLM'],
  ...{ hidden_size: 4, intermediate_size: 6, num_hidden_layers: 1, num_attention_heads: 2, vocab_size: base.length },
  ...{ torch_dtype: 'bfloat16', dtype: 'bfloat16', rope_theta: 500000.0, _name_or_path: 'x', mine: { kept: [1] } },
};
const known = unwrap(parseConfig(JSON.stringify(config), 'config.json'));

let folder: string;
let options: ExpandOptions;
const at = (...parts: string[]) => path.join(folder, ...parts);

/** Writes the model with some of its tensors in each file; answers their numbers. */
async function write(type: RowType, files: Record<string, (name: string) => boolean>, fields: object = {}) {
  await mkdir(at('model'));
  await writeFile(at('model', 'config.json'), JSON.stringify({ ...config, ...fields }));
  await writeFile(at('model', 'tokenizer.model'), model(base));
  const values = new Map<string, Float32Array>();
  for (const [file, holds] of Object.entries(files)) {
    const tensors = parameterShapes(known).filter(({ name }) => holds(name));
    const parts = tensors.map(({ name, shape }) => {
      const data = Float32Array.from(
        { length: shape.reduce((a, b) => a * b, 1) },
        (_, i) => ((i * 37) % 101) / 64 - 0.5,
      );
      values.set(name, data);
      return { name, type, shape, bytes: narrow(type, data) };
    });
    const header = headerBytes(
      parts.map((part) => ({ ...part, bytes: part.bytes.length })),
      { format: 'pt', made: 'here' },
    );
    await writeFile(at('model', file), Buffer.concat([header, ...parts.map(({ bytes }) => bytes)]));
  }
  return values;
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'expand-files-'));
  await writeFile(at('new.model'), model([...base, ...more]));
  options = { model: at('model'), tokenizer: at('new.model'), init: 'subpieces', seed: 1, out: at('out') };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the weights', () => {
  it.each(['F32', 'F16', 'BF16'] as const)('stay %s, and in one file; new rows are rounded to it', async (type) => {
    const values = await write(type, { 'model.safetensors': () => true });
    unwrap(await expandModel(options));
    const header = unwrap(await readSafetensorsHeader(at('out', 'model.safetensors')));
    expect(new Set(header.tensors.map((entry) => entry.type))).toEqual(new Set([type]));
    expect(header.metadata).toEqual({ format: 'pt', made: 'here' });
    const grown = unwrap(await readModelDirectory(at('out')));
    for (const { name, data } of grown.tensors) {
      const before = values.get(name)!;
      expect([...data.subarray(0, before.length)], name).toEqual([...before]);
      if (name !== embeddingName && name !== headName) expect(data.length).toBe(before.length);
    }
    // ab is the mean of a and b: numbers with few digits, exact in every format.
    const [a, b] = [4, 5].map((id) => values.get(embeddingName)!.subarray(id * 4, id * 4 + 4));
    const row = grown.tensors[0]!.data.subarray(base.length * 4, base.length * 4 + 4);
    expect([...row]).toEqual([0, 1, 2, 3].map((i) => (a![i]! + b![i]!) / 2));
  });

  it('stay in their shards, whose index tells the new size', async () => {
    const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
    const isLast = (name: string) => name === headName || name.includes('mlp');
    await write('BF16', { [one]: (name) => !isLast(name), [two]: isLast });
    const map = Object.fromEntries(parameterShapes(known).map(({ name }) => [name, isLast(name) ? two : one]));
    const numbers = parameterShapes(known).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const index = { metadata: { total_size: 2 * numbers, total_parameters: numbers, note: 'kept' }, weight_map: map };
    await writeFile(at('model', 'model.safetensors.index.json'), JSON.stringify(index));
    expect(unwrap(await expandModel(options))).toMatchObject({ shards: 2, bytes: 2 * (numbers + 24) });
    expect(JSON.parse(await readFile(at('out', 'model.safetensors.index.json'), 'utf8'))).toEqual({
      metadata: { total_size: 2 * (numbers + 24), total_parameters: numbers + 24, note: 'kept' },
      weight_map: map,
    });
    for (const file of [one, two]) {
      const header = unwrap(await readSafetensorsHeader(at('out', file)));
      expect(header.tensors.map(({ name }) => map[name])).toEqual(header.tensors.map(() => file));
    }
    expect(unwrap(await readModelDirectory(at('out'))).config.vocabularySize).toBe(base.length + 3);
  });

  it("grow in a tied model's second copy of its embedding too, by the same numbers", async () => {
    await write('F32', { 'model.safetensors': () => true }, { tie_word_embeddings: true });
    const { norms } = unwrap(await expandModel({ ...options, init: 'random' }));
    expect(norms[headName]).toEqual(norms[embeddingName]);
  });

  it('may be of a model that cannot be computed here', async () => {
    await write('BF16', { 'model.safetensors': () => true }, { rope_scaling: { rope_type: 'llama3', factor: 8 } });
    unwrap(await expandModel(options));
    const written: unknown = JSON.parse(await readFile(at('out', 'config.json'), 'utf8'));
    expect(written).toMatchObject({ rope_scaling: { rope_type: 'llama3', factor: 8 }, vocab_size: base.length + 3 });
  });
});

describe('the other files', () => {
  it('go along, are written anew, or stay behind with a reason', async () => {
    await write('F32', { 'model.safetensors': () => true });
    const put = (name: string, content: string) => writeFile(at('model', name), content);
    await put('generation_config.json', '{"max_length": 9}');
    await put('special_tokens_map.json', '{}');
    await put('chat_template.jinja', '{{ x }}');
    await put('LICENSE.txt', 'yours');
    await put('README.md', '# The old one');
    await put('pytorch_model.bin', 'x');
    await put('tokenizer.json', '{"model": {"vocab": {"old": 0}}}');
    const decoder = { 1: { content: '<s>' }, [base.length]: { content: '<pad>' } };
    await put('tokenizer_config.json', JSON.stringify({ chat_template: 'c', added_tokens_decoder: decoder }));
    const { files } = unwrap(await expandModel(options));
    expect(Object.fromEntries(files.leftOut.map(({ file, ...why }) => [file, why]))).toMatchObject({
      'README.md': { reason: 'unknown' },
      'pytorch_model.bin': { reason: 'weights' },
      'tokenizer_config.json': { reason: 'taken', detail: '<pad>' },
    });
    expect((await readdir(at('out'))).sort()).toEqual([...files.written].sort());
    const text = (name: string) => readFile(at('out', name), 'utf8');
    for (const name of ['generation_config.json', 'special_tokens_map.json', 'chat_template.jinja', 'LICENSE.txt'])
      expect(await text(name)).toBe(await readFile(at('model', name), 'utf8'));
    expect(JSON.parse(await text('tokenizer_config.json'))).toEqual({
      ...{ chat_template: 'c', added_tokens_decoder: { 1: { content: '<s>' } } },
    });
    expect(JSON.parse(await text('config.json'))).toEqual({
      ...config,
      vocab_size: base.length + 3,
      base_vocab_size: base.length,
    });
    expect(await readFile(at('out', 'tokenizer.model'))).toEqual(await readFile(at('new.model')));
    // Either the new vocabulary's, or none: never the old one's.
    const json = files.written.includes('tokenizer.json') ? await text('tokenizer.json') : undefined;
    expect(json === undefined || json.includes('"ef"')).toBe(true);
    expect(json === undefined).toBe(files.leftOut.some(({ file }) => file === 'tokenizer.json'));
  });
});

describe('an expansion that does not end', () => {
  const siblings = async () => (await readdir(folder)).filter((name) => name.includes('out'));

  it('leaves nothing where it is stopped', async () => {
    await write('F32', { 'model.safetensors': () => true });
    const stop = new AbortController();
    const seen: string[] = [];
    const onProgress = ({ message }: { message: string }) => {
      seen.push(message);
      if (/ of .* GB$/.test(message)) stop.abort(new Error('stopped'));
    };
    await expect(expandModel(options, { signal: stop.signal, onProgress })).rejects.toThrow('stopped');
    expect(seen.some((message) => / of .* GB$/.test(message))).toBe(true);
    expect(await siblings()).toEqual([]);
  });

  it('leaves nothing where a weights file ends early, and says so', async () => {
    await write('F32', { 'model.safetensors': () => true });
    // It becomes shorter once its first rows were copied.
    const onProgress = ({ message }: { message: string }) => {
      if (/ of .* GB$/.test(message)) truncateSync(at('model', 'model.safetensors'), 1000);
    };
    const result = await expandModel(options, { onProgress });
    expect(result.ok ? '' : problemLine(result.problem)).toMatch(/shorter while it was read\. Try again/);
    expect(await siblings()).toEqual([]);
  });

  it('is cleared away by the next one to the same place where its process is gone', async () => {
    await write('F32', { 'model.safetensors': () => true });
    const [gone, alive, other] = [
      '.out.tmp-999999999-0123abcd',
      `.out.tmp-${process.pid}-0123abcd`,
      '.out2.tmp-999999999-0123abcd',
    ];
    for (const name of [gone, alive, other]) await mkdir(at(name));
    expect(unwrap(await expandModel(options)).cleared).toEqual([at(gone)]);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([alive, other].sort());
  });

  it('is not begun where the disk has no room for it', async ({ skip }) => {
    await write('F32', { 'model.safetensors': () => true });
    // A tensor larger than any disk, of which nothing is stored.
    const [rows, bytes] = [2 ** 20, 2 ** 42];
    const header = headerBytes([{ name: 'x', type: 'F32', shape: [rows, bytes / 4 / rows], bytes }], {});
    const [one, two] = ['model-1.safetensors', 'model-2.safetensors'];
    await writeFile(at('model', two), header);
    await truncate(at('model', two), header.length + bytes).catch(() => skip('the file system holds no file of 4 TB'));
    await writeFile(at('model', one), await readFile(at('model', 'model.safetensors')));
    await rm(at('model', 'model.safetensors'));
    const map = { ...Object.fromEntries(parameterShapes(known).map(({ name }) => [name, one])), x: two };
    await writeFile(at('model', 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
    const result = await expandModel(options);
    if (result.ok) throw new Error('it was written');
    expect(problemLine(result.problem)).toMatch(
      /the disk is full: 4398.0 GB are needed and [\d.]+ GB are free\. Free some/,
    );
    expect(isOutOfRoom(result.problem)).toBe(true);
    expect(await siblings()).toEqual([]);
  });
});
