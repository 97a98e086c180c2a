import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unwrap } from '../../base/problem.ts';
import { byteLevelJson, jsonBytes } from '../../tokenizers/testing/byteLevel.ts';
import { newBpeModel } from '../../tokenizers/sentencePieceWriter.ts';
import { parseConfig } from './config.ts';
import { randomParameters } from './initModel.ts';
import { inspectModelDirectory } from './inspectModel.ts';
import { openModelDirectory, readModelDirectory } from './modelDirectory.ts';
import { type TensorSource, writeSafetensors } from './safetensors.ts';
import { writeModelDirectory } from './writeModel.ts';

const config = unwrap(
  parseConfig(
    JSON.stringify({
      architectures: ['LlamaForCausalLM'],
      hidden_size: 8,
      intermediate_size: 12,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      vocab_size: 10,
    }),
    'config.json',
  ),
);
const pieces = (count: number) =>
  newBpeModel(
    [
      { piece: '<unk>', score: 0, type: 2 },
      ...Array.from({ length: count - 1 }, (_, i) => ({ piece: `p${i}`, score: -i, type: 1 as const })),
    ],
    { byteFallback: false, characterCoverage: 1 },
  );

let folder: string;
let model: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'model-'));
  model = path.join(folder, 'model');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The model's weights once more, changed, in the files named. */
async function rewrite(change: (sources: TensorSource[]) => TensorSource[], file = 'model.safetensors') {
  const sources = randomParameters(config, 1).map(({ name, shape, data }) => ({ name, shape, load: () => data }));
  await writeSafetensors(path.join(model, file), change(sources));
}
const problem = async () => {
  const result = await readModelDirectory(model);
  if (result.ok) throw new Error('the model was read');
  return result.problem;
};

describe('a model directory', () => {
  it('comes back as it was written', async () => {
    const tensors = randomParameters(config, 1);
    expect(await writeModelDirectory(model, { config, tensors, tokenizer: pieces(10) })).toMatchObject({ ok: true });
    const read = unwrap(await readModelDirectory(model));
    expect(read.tensors).toEqual(tensors);
    expect(read.config).toMatchObject({ hiddenSize: 8, kvHeads: 1, headDim: 4, vocabularySize: 10 });
    expect(read.tokenizerFile).toBe(path.join(model, 'tokenizer.model'));
    // embedding and head 2·80; a layer 8 + 64 + 2·32 + 64 + 8 + 3·96; norm 8
    const parameters = 160 + 2 * 496 + 8;
    const summary = { kind: 'model', parameters, bytes: 4 * parameters, vocabularySize: 10, pieces: 10 };
    expect(await inspectModelDirectory(model)).toMatchObject(summary);
  });

  it('may have a byte-level tokenizer.json in place of a tokenizer.model', async () => {
    const json = byteLevelJson({ lines: [], merges: 0, added: [] });
    const tensors = randomParameters({ ...config, vocabularySize: 256 }, 1);
    const written = { config: { ...config, vocabularySize: 256 }, tensors };
    unwrap(await writeModelDirectory(model, { ...written, others: { 'tokenizer.json': jsonBytes(json) } }));
    expect(unwrap(await openModelDirectory(model)).tokenizer).toMatchObject({
      format: 'tokenizer.json',
      vocabularySize: 256,
    });
    expect(unwrap(await readModelDirectory(model)).tokenizerFile).toBeUndefined();
    expect(await inspectModelDirectory(model)).toMatchObject({ pieces: 256 });
    // Of another kind: the weights are of use all the same.
    await writeFile(path.join(model, 'tokenizer.json'), '{"model":{"type":"Unigram"}}');
    expect(unwrap(await openModelDirectory(model)).tokenizer).toBeUndefined();
    const larger = byteLevelJson({ lines: [], merges: 0 });
    await writeFile(path.join(model, 'tokenizer.json'), jsonBytes(larger));
    expect((await problem()).what).toBe("the tokenizer has 258 pieces, but the model's vocab_size is 256");
  });

  it('is never overwritten', async () => {
    await writeFile(model, 'mine');
    const result = await writeModelDirectory(model, { config, tensors: randomParameters(config, 1) });
    expect(result).toMatchObject({ ok: false, problem: { what: 'the output exists already' } });
    expect(await readFile(model, 'utf8')).toBe('mine');
  });

  it('may be in shards', async () => {
    const tensors = randomParameters(config, 1);
    unwrap(await writeModelDirectory(model, { config, tensors }));
    await rm(path.join(model, 'model.safetensors'));
    await rewrite((all) => all.slice(0, 5), 'model-1.safetensors');
    await rewrite((all) => all.slice(5), 'model-2.safetensors');
    const shard = (i: number) => `model-${i < 5 ? 1 : 2}.safetensors`;
    const index = { weight_map: Object.fromEntries(tensors.map(({ name }, i) => [name, shard(i)])) };
    await writeFile(path.join(model, 'model.safetensors.index.json'), JSON.stringify(index));
    expect(unwrap(await readModelDirectory(model)).tensors).toEqual(tensors);
    await rm(path.join(model, 'model-2.safetensors'));
    expect((await problem()).what).toBe('the shard model-2.safetensors is missing');
    await writeFile(path.join(model, 'model.safetensors.index.json'), '{"weight_map":{"x":"../x.safetensors"}}');
    expect((await problem()).what).toMatch(/is no name of a safetensors file/);
  });

  it('says which tensor does not fit the config', async () => {
    unwrap(await writeModelDirectory(model, { config, tensors: randomParameters(config, 1) }));
    const name = 'model.layers.1.self_attn.k_proj.weight';
    await rewrite((all) => all.map((t) => (t.name === name ? { ...t, shape: [8, 4] } : t)));
    expect(await problem()).toMatchObject({
      what: 'the shape is [8, 4], but config.json asks for [4, 8]',
      where: { file: path.join(model, 'model.safetensors'), name },
    });
    await rewrite((all) => all.filter((t) => t.name !== name));
    expect(await problem()).toMatchObject({ what: 'the tensor is missing; [4, 8] is wanted', where: { name } });
    await rewrite((all) => [...all, { name: 'extra', shape: [1], load: () => new Float32Array(1) }]);
    expect(await problem()).toMatchObject({
      what: 'a Llama with this config has no such tensor',
      where: { name: 'extra' },
    });
    expect(await inspectModelDirectory(model)).toMatchObject({ layers: 2, problem: { where: { name: 'extra' } } });
  });

  it('says without reading weights that one is of a type that cannot be read', async () => {
    unwrap(await writeModelDirectory(model, { config, tensors: randomParameters(config, 1) }));
    const file = path.join(model, 'model.safetensors');
    const whole = await readFile(file);
    const length = Number(whole.readBigUInt64LE());
    const header = whole.subarray(8, 8 + length).toString('utf8');
    const typed = header.replace(/("model\.norm\.weight":\{"dtype":)"F32"/, '$1"U32"');
    await writeFile(file, Buffer.concat([whole.subarray(0, 8), Buffer.from(typed), whole.subarray(8 + length)]));
    expect(await openModelDirectory(model)).toMatchObject({
      problem: { what: 'the tensor is stored as U32; float32, float16 and bfloat16 can be read' },
    });
  });

  it('refuses a tokenizer with more pieces than the embedding has rows', async () => {
    unwrap(await writeModelDirectory(model, { config, tensors: randomParameters(config, 1), tokenizer: pieces(11) }));
    expect((await problem()).what).toBe("the tokenizer has 11 pieces, but the model's vocab_size is 10");
  });

  it('is told from what is none', async () => {
    expect((await problem()).what).toBe('there is no such model directory');
    await writeFile(model, '');
    expect((await problem()).what).toMatch(/this is a file/);
    model = folder;
    expect((await problem()).what).toMatch(/no config.json/);
  });
});

const stories = path.resolve('../shared/data/models/stories260K');
describe('a model of others', () => {
  it('is read: stories260K', async ({ skip }) => {
    const found = await readFile(path.join(stories, 'config.json')).catch(() => undefined);
    skip(found === undefined, '../shared is absent');
    const { config: read, tensors } = unwrap(await readModelDirectory(stories));
    expect(read).toMatchObject({ layers: 5, kvHeads: 4, tiedHead: true, vocabularySize: 512 });
    expect(tensors.reduce((sum, { data }) => sum + data.length, 0)).toBe(260_032);
    await cp(stories, model, { recursive: true });
    const raw = await readFile(path.join(model, 'model.safetensors'));
    await rm(path.join(model, 'model.safetensors'), { force: true });
    await writeFile(path.join(model, 'model.safetensors'), raw.subarray(0, raw.length - 4));
    expect((await problem()).what).toMatch(/the file ends inside the tensor/);
  });
});
