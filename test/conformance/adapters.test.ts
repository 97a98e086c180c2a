/** PEFT adapters as PEFT writes them, beside the weights and merged into them, against PyTorch's values; and those that are refused. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../engine/src/backends/backend.ts';
import { referenceBackend } from '../../engine/src/backends/reference/referenceBackend.ts';
import { problemLine, unwrap } from '../../engine/src/base/problem.ts';
import { readModelToAsk } from '../../engine/src/generation/modelToAsk.ts';
import {
  mergeAdapter,
  readAdapter,
  readModelDirectory,
  readSafetensors,
  writeSafetensors,
} from '../../engine/src/model/files.ts';
import { headerBytes } from '../../engine/src/model/files/safetensorsHeader.ts';
import { narrow } from '../../engine/src/model/files/tableRows.ts';
import { openInferenceSession } from '../../engine/src/model/index.ts';
import type { ModelChoice } from '../../engine/src/protocol.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures');
const base = path.join(fixtures, 'tiny-llama');
const adapters = path.join(fixtures, 'tiny-adapters');
interface Values {
  readonly logLikelihoods: readonly (readonly number[])[];
  readonly loss: number;
  readonly mergedLoss: number;
  readonly baseLoss: number;
}
const values = JSON.parse(readFileSync(path.join(adapters, 'values.json'), 'utf8')) as Readonly<
  Record<'whole' | 'stabilized' | 'pattern', Values>
> & { readonly ids: readonly (readonly number[])[] };
const names = ['whole', 'stabilized', 'pattern'] as const;

let folder: string;
let backend: Backend;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'adapters-'));
  backend = unwrap(await referenceBackend.open({}));
});
afterAll(() => {
  backend.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function scores(choice: ModelChoice): Promise<number[]> {
  const { model, adapter } = unwrap(await readModelToAsk(choice, {}));
  const options = { precision: 'float32' as const, ...(adapter === undefined ? {} : { adapter }) };
  const session = unwrap(await openInferenceSession(model, backend, options));
  const rows = await session.logLikelihoods(values.ids);
  session.dispose();
  return rows.flatMap((row) => [...row]);
}
const lossOf = (list: readonly number[]): number => -list.reduce((sum, value) => sum + value, 0) / list.length;

describe.each(names)('the adapter %s', (name) => {
  const adapter = path.join(adapters, name);

  it('gives what PyTorch gives', async () => {
    const found = await scores({ model: base, adapter });
    const wanted = values[name].logLikelihoods.flat();
    for (const [i, value] of wanted.entries()) expect(Math.abs(found[i]! / value - 1), `token ${i}`).toBeLessThan(1e-4);
    expect(Math.abs(values[name].loss - values[name].baseLoss)).toBeGreaterThan(0.01); // or nothing would be shown
    expect(await scores({ model: adapter }), 'on the base that it names').toEqual(found);
  });

  it('merged gives the same', async () => {
    const out = path.join(folder, `${name}-merged`);
    const merged = unwrap(await mergeAdapter({ model: base, adapter, out }));
    expect(merged).toMatchObject({ shards: 1, types: ['F32'] });
    const loss = lossOf(await scores({ model: out }));
    expect(Math.abs(loss / values[name].mergedLoss - 1)).toBeLessThan(1e-6);
    expect(Math.abs(loss / lossOf(await scores({ model: base, adapter })) - 1)).toBeLessThan(1e-6);
    expect(readFileSync(path.join(out, 'config.json'), 'utf8')).toBe(
      readFileSync(path.join(base, 'config.json'), 'utf8'),
    );
  });
});

it('is read under the names that older writers and wrappers gave', async () => {
  const adapter = path.join(folder, 'renamed');
  cpSync(path.join(adapters, 'whole'), adapter, { recursive: true });
  const file = path.join(adapter, 'adapter_model.safetensors');
  const renamed = (name: string) =>
    name
      .replace(/(lora_[AB])\.weight$/, '$1.default.weight')
      .replace(/(embed_tokens|lm_head)\.weight$/, '$1.modules_to_save.default.weight');
  const tensors = [...unwrap(await readSafetensors(file))];
  await writeSafetensors(
    file,
    tensors.map(([name, { shape, data }]) => ({ name: renamed(name), shape, load: () => data })),
  );
  expect(await scores({ model: base, adapter })).toEqual(
    await scores({ model: base, adapter: path.join(adapters, 'whole') }),
  );
});

it('is merged shard by shard, in the base’s number format', async () => {
  const sharded = path.join(folder, 'sharded');
  mkdirSync(sharded);
  cpSync(path.join(base, 'config.json'), path.join(sharded, 'config.json'));
  writeFileSync(path.join(sharded, 'tokenizer_config.json'), '{"legacy":true}');
  const { tensors } = unwrap(await readModelDirectory(base));
  const shards = [tensors.slice(0, 9), tensors.slice(9)].map((list, i) => ({
    name: `model-0000${i + 1}-of-00002.safetensors`,
    list: list.map(({ name, shape, data }) => ({ name, type: 'BF16', shape, bytes: data.length * 2, data })),
  }));
  for (const { name, list } of shards) {
    const content = [headerBytes(list, { format: 'pt' }), ...list.map(({ data }) => narrow('BF16', data))];
    writeFileSync(path.join(sharded, name), Buffer.concat(content));
  }
  const map = shards.flatMap(({ name, list }) => list.map((tensor) => [tensor.name, name]));
  const index = { metadata: { total_size: 0 }, weight_map: Object.fromEntries(map) as object };
  writeFileSync(path.join(sharded, 'model.safetensors.index.json'), JSON.stringify(index));

  const out = path.join(folder, 'sharded-merged');
  const adapter = path.join(adapters, 'stabilized');
  const merged = unwrap(await mergeAdapter({ model: sharded, adapter, out }));
  expect(merged).toMatchObject({ shards: 2, layers: 4, types: ['BF16'] });
  expect(readdirSync(out).sort()).toEqual(readdirSync(sharded).sort());
  const { config, lora, factors } = unwrap(await readAdapter(adapter, unwrap(await readModelDirectory(base)).config));
  expect(config.rankStabilized).toBe(true);
  const [before, after] = [unwrap(await readModelDirectory(sharded)), unwrap(await readModelDirectory(out))];
  const named = new Map(factors.map(({ name, data }) => [name, data]));
  for (const [i, { name, shape, data }] of before.tensors.entries()) {
    const at = `base_model.model.${name.replace(/weight$/, '')}`;
    const [a, b] = [named.get(`${at}lora_A.weight`), named.get(`${at}lora_B.weight`)];
    const [, width = 1] = shape;
    const product = (row: number, column: number) =>
      Array.from({ length: lora.rank }, (_, r) => b![row * lora.rank + r]! * a![r * width + column]!);
    const expected =
      a === undefined
        ? data
        : data.map((w, j) => {
            const sum = product(Math.floor(j / width), j % width).reduce((x, y) => x + y, 0);
            return w + (3 / Math.sqrt(4)) * sum;
          });
    expect(narrow('BF16', after.tensors[i]!.data), name).toEqual(narrow('BF16', Float32Array.from(expected)));
  }
});

it('is merged into no place that is taken, and not where it does not fit', async () => {
  const adapter = path.join(adapters, 'whole');
  const taken = await mergeAdapter({ model: base, adapter, out: folder });
  expect(taken.ok ? '' : problemLine(taken.problem)).toMatch(/the output exists already/);
  const other = path.join(folder, 'other');
  cpSync(base, other, { recursive: true });
  const file = path.join(other, 'config.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"vocab_size": 96', '"vocab_size": 97'));
  const model = unwrap(await readModelDirectory(base));
  await writeSafetensors(
    path.join(other, 'model.safetensors'),
    model.tensors.map(({ name, shape, data }) => {
      const grows = shape[0] === 96;
      const [rows = 0, width = 0] = shape;
      const grown = grows ? Float32Array.from({ length: (rows + 1) * width }, (_, i) => data[i] ?? 0) : data;
      return { name, shape: grows ? [rows + 1, width] : shape, load: () => grown };
    }),
  );
  const result = await mergeAdapter({ model: other, adapter, out: path.join(folder, 'never') });
  expect(result.ok ? '' : problemLine(result.problem)).toMatch(
    /embed_tokens\.weight: the adapter's table has 96 rows, and the model 97\. Name the model that was expanded/,
  );
});

describe('is refused in one clear line:', () => {
  const config = (): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(adapters, 'stabilized/adapter_config.json'), 'utf8')) as Record<string, unknown>;

  async function problemOf(change: Record<string, unknown>, text?: string): Promise<string> {
    const directory = mkdtempSync(path.join(folder, 'refused-'));
    cpSync(path.join(adapters, 'stabilized'), directory, { recursive: true });
    writeFileSync(path.join(directory, 'adapter_config.json'), text ?? JSON.stringify({ ...config(), ...change }));
    const model = unwrap(await readModelDirectory(base));
    const result = await readAdapter(directory, model.config);
    return result.ok ? 'read' : problemLine(result.problem);
  }

  it.each([
    ['another kind', { peft_type: 'IA3' }, /peft_type: the adapter is "IA3", and only LORA/],
    ['DoRA', { use_dora: true }, /use_dora is true, and an adapter with that cannot be computed here\. Merge it/],
    ['ranks by module', { rank_pattern: { q_proj: 8 } }, /rank_pattern is \{"q_proj":8\}/],
    ['scales by module', { alpha_pattern: { q_proj: 8 } }, /alpha_pattern/],
    ['biases', { bias: 'all' }, /bias is "all"/],
    ['a start that changed the base', { init_lora_weights: 'pissa' }, /init_lora_weights is "pissa"/],
    ['single rows', { trainable_token_indices: [1, 2] }, /trainable_token_indices is \[1,2\]/],
    ['a module of another kind', { modules_to_save: ['score'] }, /modules_to_save is \["score"\]/],
    ['adapters on the head', { target_modules: ['q_proj', 'lm_head'] }, /adapters are computed on linear layers/],
    ['targets elsewhere', { target_modules: ['query_key_value'] }, /no linear layer of the model is in target_modules/],
    ['a variant of later versions', { use_bdlora: true }, /use_bdlora is true, and an adapter with that cannot be/],
    ['another such', { arrow_config: { top_k: 3 } }, /arrow_config is \{"top_k":3\}/],
    ['a broken pattern', { target_modules: '.*(q_proj' }, /the pattern .* cannot be read/],
    [
      'a missing tensor',
      { target_modules: ['q_proj', 'k_proj', 'v_proj'] },
      /k_proj\.lora_A\.weight: the tensor is missing/,
    ],
    [
      'a tensor too many',
      { target_modules: ['q_proj'] },
      /v_proj\.lora_A\.weight: the adapter of this config has no such/,
    ],
    ['another rank', { r: 8 }, /lora_A\.weight: the shape is \[4, 32\], but the model asks for \[8, 32\]/],
    ['no rank', { r: 0 }, /the rank must be a whole number from 1, not 0/],
  ])('%s', async (_, change, message) => {
    expect(await problemOf(change)).toMatch(message);
  });

  it('a tied model’s embedding that PEFT trained apart from the head, unless it was told to keep both one', async () => {
    const directory = path.join(folder, 'parted');
    cpSync(path.join(adapters, 'whole'), directory, { recursive: true });
    const configFile = path.join(directory, 'adapter_config.json');
    const written = JSON.parse(readFileSync(configFile, 'utf8')) as Record<string, unknown>;
    const file = path.join(directory, 'adapter_model.safetensors');
    const tensors = [...unwrap(await readSafetensors(file))].filter(([name]) => !name.includes('lm_head'));
    await writeSafetensors(
      file,
      tensors.map(([name, { shape, data }]) => ({ name, shape, load: () => data })),
    );
    const tied = { ...unwrap(await readModelDirectory(base)).config, tiedHead: true };
    const read = async (change: Record<string, unknown>) => {
      writeFileSync(configFile, JSON.stringify({ ...written, modules_to_save: ['embed_tokens'], ...change }));
      return await readAdapter(directory, tied);
    };
    const parted = await read({});
    expect(parted.ok ? 'read' : problemLine(parted.problem)).toMatch(
      /modules_to_save: its embedding was trained as a module of its own, so its head is the base's old one/,
    );
    expect(unwrap(await read({ ensure_weight_tying: true })).tables).toHaveLength(1);
    // As PEFT saves an embedding that was resized: it is read into the model itself, and into its head with it.
    expect(unwrap(await read({ modules_to_save: null })).tables).toHaveLength(1);
  });

  it('what is no JSON', async () => {
    expect(await problemOf({}, '{')).toMatch(/adapter_config\.json: this is not JSON/);
  });
});
