/**
 * A PEFT adapter on disk: adapter_config.json and adapter_model.safetensors, with any embedding or head that was trained beside
 * the adapters. Every tensor that the config asks for must be there, with the base's sizes, and none besides.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileProblem, isFileError } from '../../base/fileProblem.ts';
import { bad, ok, type Problem, type Result } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { adapterParameters } from '../lora.ts';
import type { LlamaConfig, LoadedModel, ModelToLoad } from '../model.ts';
import type { LoraOptions } from '../options.ts';
import type { NamedTensor } from '../sessions.ts';
import {
  type AdapterConfig,
  adapterConfigFile,
  adapterWeightsFile,
  loraOf,
  parseAdapterConfig,
} from './adapterConfig.ts';
import { embeddingName, headName } from './parameters.ts';
import { readSafetensors, type Tensor } from './safetensors.ts';

/** An adapter read whole, and found to fit its base. */
export interface Adapter {
  readonly directory: string;
  readonly config: AdapterConfig;
  readonly lora: LoraOptions;
  /** The two factors of each adapter, by PEFT's names. */
  readonly factors: readonly NamedTensor[];
  /** Embedding or head, trained beside the adapters, by Hugging Face's names. */
  readonly tables: readonly NamedTensor[];
}

const prefix = 'base_model.model.';

/** True for a directory that holds an adapter and no model. */
export const isAdapterDirectory = (directory: string): boolean =>
  existsSync(path.join(directory, adapterConfigFile)) && !existsSync(path.join(directory, 'config.json'));

export function readAdapterConfig(directory: string): Result<AdapterConfig> {
  const file = path.join(directory, adapterConfigFile);
  try {
    return parseAdapterConfig(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (!isFileError(error) || (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')) return fileProblem(error, file);
    return bad(
      `there is no ${adapterConfigFile} in it`,
      { file: directory },
      'Name an adapter in PEFT form, such as the final/ of a run with "lora".',
    );
  }
}

/** The directory of an adapter's base: base_model_name_or_path, absolute or relative to the adapter. */
export function baseOfAdapter(directory: string, { base }: AdapterConfig): Result<string> {
  const file = path.join(directory, adapterConfigFile);
  const where = { file, name: 'base_model_name_or_path' };
  if (base === undefined) return bad('the adapter names no base', where, 'Write the path of its model there.');
  const model = path.resolve(directory, base);
  if (existsSync(path.join(model, 'config.json'))) return ok(model);
  return bad(
    `the model below the adapter is not there: ${base}`,
    where,
    'Put it back, or write there where it is now (absolute, or relative to the adapter).',
  );
}

/** Reads the adapter and holds it against its base's config. */
export async function readAdapter(directory: string, base: LlamaConfig, work: Work = {}): Promise<Result<Adapter>> {
  const config = readAdapterConfig(directory);
  if (!config.ok) return config;
  const lora = loraOf(config.value, base, path.join(directory, adapterConfigFile));
  if (!lora.ok) return lora;
  const file = path.join(directory, adapterWeightsFile);
  if (!existsSync(file)) {
    const old = existsSync(path.join(directory, 'adapter_model.bin'));
    return bad(
      `there is no ${adapterWeightsFile} in it`,
      { file: directory },
      old ? 'Convert adapter_model.bin to safetensors first.' : 'Copy the adapter again.',
    );
  }
  const parted = partsTiedHead(config.value, base);
  if (parted)
    return bad(
      "its embedding was trained as a module of its own, so its head is the base's old one, and the model's head is its embedding",
      { file: path.join(directory, adapterConfigFile), name: 'modules_to_save' },
      'Untie the model first (lm_head.weight as a copy of the embedding, "tie_word_embeddings": false), with lm_head left as it is.',
    );
  const read = await readSafetensors(file, { signal: work.signal });
  if (!read.ok) return read;
  const tensors = new Map([...read.value].map(([name, tensor]) => [plainName(name), { name, tensor }]));
  const factors: NamedTensor[] = [];
  for (const { name, shape } of adapterParameters(base, lora.value)) {
    const found = tensors.get(name.slice(prefix.length));
    tensors.delete(name.slice(prefix.length));
    if (found === undefined)
      return bad(`the tensor is missing; [${shape.join(', ')}] is wanted`, { file, name }, 'Copy the adapter again.');
    if (found.tensor.shape.join() !== shape.join())
      return { ok: false, problem: misshapen(file, found.name, found.tensor, shape) };
    factors.push({ name, ...found.tensor });
  }
  const tables: NamedTensor[] = [];
  const wanted = [base.vocabularySize, base.hiddenSize];
  for (const name of [embeddingName, headName]) {
    const found = tensors.get(name);
    tensors.delete(name);
    if (found === undefined) continue;
    const { tensor } = found;
    if (tensor.shape.length === 2 && tensor.shape[1] === wanted[1] && tensor.shape[0] !== wanted[0])
      return bad(
        `the adapter's table has ${tensor.shape[0]} rows, and the model ${wanted[0]}`,
        { file, name: found.name },
        'Name the model that was expanded to the adapter’s vocabulary.',
      );
    if (tensor.shape.join() !== wanted.join())
      return { ok: false, problem: misshapen(file, found.name, tensor, wanted) };
    if (name === headName && base.tiedHead) {
      const embedding = tables[0]?.data;
      if (embedding !== undefined && tensor.data.every((value, i) => value === embedding[i])) continue;
      return bad(
        "the adapter has a head of its own, and the model's head is its embedding",
        { file, name: found.name },
        'Name the model that it was trained on.',
      );
    }
    tables.push({ name, ...tensor });
  }
  const [stranger] = tensors.values();
  if (stranger !== undefined)
    return bad(
      'the adapter of this config has no such tensor',
      { file, name: stranger.name },
      `Check that ${adapterConfigFile} belongs to these weights, and the model to the adapter.`,
    );
  return ok({ directory, config: config.value, lora: lora.value, factors, tables });
}

/** The base with the tables that were trained beside the adapters in place of its own. */
export function withTables<M extends LoadedModel | ModelToLoad>(model: M, { tables }: Adapter): M {
  const byName = new Map(
    tables.map((tensor) => [tensor.name, { ...tensor, load: () => Promise.resolve(tensor.data) }]),
  );
  return { ...model, tensors: model.tensors.map((tensor) => byName.get(tensor.name) ?? tensor) };
}

/** PEFT trains a module to save as a copy: of a tied model's embedding, unless it is told to tie the copy, the head stays the old one. */
function partsTiedHead({ raw }: AdapterConfig, { tiedHead }: LlamaConfig): boolean {
  const saved: readonly unknown[] = Array.isArray(raw['modules_to_save']) ? raw['modules_to_save'] : [];
  return (
    tiedHead && saved.includes('embed_tokens') && !saved.includes('lm_head') && raw['ensure_weight_tying'] !== true
  );
}

/** A tensor's name without what PEFT, or a wrapper of its, puts around it. */
const plainName = (name: string): string =>
  (name.startsWith(prefix) ? name.slice(prefix.length) : name)
    .replace(/\.(lora_[AB])\.default\.weight$/, '.$1.weight')
    .replace(/\.(base_layer|modules_to_save(\.default)?)\.weight$/, '.weight');

const misshapen = (file: string, name: string, { shape }: Tensor, wanted: readonly number[]): Problem => ({
  what: `the shape is [${shape.join(', ')}], but the model asks for [${wanted.join(', ')}]`,
  where: { file, name },
  remedy: 'Name the model that the adapter was trained on.',
});
