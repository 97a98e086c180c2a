/**
 * A model directory in Hugging Face's form: config.json, weights in one safetensors file or in shards, and a tokenizer
 * (tokenizer.model, else tokenizer.json).
 * Opening checks everything that can be checked without reading weights: every tensor is there, once, with the shape that the
 * config asks for, and the tokenizer's ids fit the embedding.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileProblem, isFileError } from '../../base/fileProblem.ts';
import { bad, ok, type Problem, type Result, unwrap } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { readModelFile, type TokenizerModel } from '../../tokenizers/index.ts';
import type { LoadedModel, ModelToLoad } from '../model.ts';
import type { NamedTensor, Room } from '../sessions.ts';
import { type ModelConfig, parseConfig } from './config.ts';
import { headName, type ParameterShape, parameterShapes } from './parameters.ts';
import { foreignType, isFloat, readSafetensors, readSafetensorsEntry } from './safetensors.ts';
import type { TensorEntry } from './safetensorsHeader.ts';
import { openWeights } from './weightsFiles.ts';

export interface ModelFiles {
  readonly directory: string;
  readonly config: ModelConfig;
  /** The config's parameters in Hugging Face's order, with the place of each. */
  readonly parameters: readonly (ParameterShape & { readonly file: string; readonly entry: TensorEntry })[];
  /** Absent where the directory has no tokenizer.model, and no tokenizer.json of a kind that can be read. */
  readonly tokenizer: TokenizerModel | undefined;
}

/** A model read whole. */
export interface ModelInMemory extends LoadedModel {
  readonly directory: string;
  readonly config: ModelConfig;
  /** Path of tokenizer.model, where there is one. */
  readonly tokenizerFile?: string;
}

/** Opens a model directory and checks it; no weight is read. */
export async function openModelDirectory(directory: string): Promise<Result<ModelFiles>> {
  const config = await readConfig(directory);
  if (!config.ok) return config;
  const tokenizer = await openTokenizer(directory, config.value);
  if (!tokenizer.ok) return tokenizer;
  const weights = await openWeights(directory);
  if (!weights.ok) return weights;
  const found = new Map(weights.value.tensors);
  const parameters = [];
  for (const parameter of parameterShapes(config.value)) {
    const place = found.get(parameter.name);
    found.delete(parameter.name);
    const problem = misfit(parameter, place, weights.value.files[0]?.path ?? directory);
    if (problem !== undefined) return { ok: false, problem };
    if (place !== undefined) parameters.push({ ...parameter, ...place });
  }
  for (const [name, { file, entry }] of found) {
    if (isIgnored(name, config.value)) continue;
    return bad(
      'a Llama with this config has no such tensor',
      { file, name, byteOffset: entry.start },
      'Check that config.json belongs to these weights.',
    );
  }
  return ok({ directory, config: config.value, parameters, tokenizer: tokenizer.value });
}

/** Reads a model whole, as float32. */
export async function readModelDirectory(directory: string, work: Work = {}): Promise<Result<ModelInMemory>> {
  const files = await openModelDirectory(directory);
  if (!files.ok) return files;
  const { config, parameters, tokenizer } = files.value;
  const byName = new Map<string, NamedTensor>();
  for (const file of new Set(parameters.map((p) => p.file))) {
    const wanted = new Map(parameters.filter((p) => p.file === file).map((p) => [p.name, p]));
    const tensors = await readSafetensors(file, {
      skip: (entry) => !wanted.has(entry.name),
      signal: work.signal,
      onTensor: () =>
        work.onProgress?.({ message: 'reading weights', fraction: (byName.size + 1) / (parameters.length + 1) }),
    });
    if (!tensors.ok) return tensors;
    for (const [name, tensor] of tensors.value) {
      // Someone may have replaced the file since it was opened.
      const problem = misfit(wanted.get(name)!, { file, entry: { ...wanted.get(name)!.entry, ...tensor } }, file);
      if (problem !== undefined) return { ok: false, problem };
      byName.set(name, { name, ...tensor });
    }
  }
  const tensors: NamedTensor[] = [];
  for (const parameter of parameters) {
    const tensor = byName.get(parameter.name);
    if (tensor === undefined)
      return bad('the file was changed while it was read', { file: parameter.file }, 'Try again.');
    tensors.push(tensor);
  }
  return ok({
    directory,
    config,
    tensors,
    ...(tokenizer?.format === 'sentencepiece' ? { tokenizerFile: tokenizer.file } : {}),
  });
}

/** A model that is read tensor by tensor as a session takes them in. */
export interface StreamedModel extends ModelToLoad {
  readonly directory: string;
  readonly config: ModelConfig;
  /** Path of tokenizer.model, where there is one. */
  readonly tokenizerFile?: string;
}

/** Opens a model to be read one tensor at a time, widened to float32. `load` throws a ProblemError, or the signal's reason. */
export async function streamModelDirectory(directory: string, work: Work = {}): Promise<Result<StreamedModel>> {
  const files = await openModelDirectory(directory);
  if (!files.ok) return files;
  const { config, parameters, tokenizer } = files.value;
  const tensors = parameters.map(({ name, shape, file, entry }, i) => ({
    name,
    shape,
    ...(entry.type === 'BF16' ? { stored: 'bfloat16' as const } : {}),
    load: async (room?: Room) => {
      work.onProgress?.({ message: 'reading weights', fraction: (i + 1) / (parameters.length + 1) });
      return unwrap(await readSafetensorsEntry(file, entry, work.signal, room));
    },
  }));
  return ok({
    directory,
    config,
    tensors,
    ...(tokenizer?.format === 'sentencepiece' ? { tokenizerFile: tokenizer.file } : {}),
  });
}

const again = 'Download or copy the weights again.';

/** Why a parameter's tensor cannot be used, if so. */
function misfit(
  wanted: ParameterShape,
  place: { file: string; entry: TensorEntry } | undefined,
  file: string,
): Problem | undefined {
  const shape = `[${wanted.shape.join(', ')}]`;
  if (place === undefined)
    return { what: `the tensor is missing; ${shape} is wanted`, where: { file, name: wanted.name }, remedy: again };
  const { entry } = place;
  if (entry.shape.length === wanted.shape.length && entry.shape.every((dim, i) => dim === wanted.shape[i]))
    return isFloat(entry) ? undefined : foreignType(place.file, entry);
  return {
    what: `the shape is [${entry.shape.join(', ')}], but config.json asks for ${shape}`,
    where: { file: place.file, byteOffset: entry.start, name: wanted.name },
    remedy: 'Check that config.json belongs to these weights.',
  };
}

/** Tensors that some writers add and that say nothing: a tied model's second copy of its embedding, tables of angles. */
const isIgnored = (name: string, config: ModelConfig): boolean =>
  name.endsWith('.rotary_emb.inv_freq') || (config.tiedHead && name === headName);

async function openTokenizer(directory: string, config: ModelConfig): Promise<Result<TokenizerModel | undefined>> {
  const isThere = async (name: string) => {
    const found = await stat(path.join(directory, name)).catch((error: unknown) => error);
    return !(isFileError(found) && found.code === 'ENOENT');
  };
  const hasModel = await isThere('tokenizer.model');
  if (!hasModel && !(await isThere('tokenizer.json'))) return ok(undefined);
  const model = await readModelFile(directory);
  // A tokenizer.json of another kind: the weights can be used all the same, and who asks for the tokenizer is told.
  if (!model.ok) return hasModel ? model : ok(undefined);
  const { file } = model.value;
  const { length } = model.value.pieces;
  if (length > config.vocabularySize)
    return bad(
      `the tokenizer has ${length} pieces, but the model's vocab_size is ${config.vocabularySize}`,
      { file },
      'Expand the model to this tokenizer (bllossom vocab expand), or put the right tokenizer beside it.',
    );
  return model;
}

/** The config alone. `overrides` are fields that count in place of the file's; `raw` is the file's all the same. */
export async function readConfig(
  directory: string,
  overrides?: Readonly<Record<string, unknown>>,
): Promise<Result<ModelConfig>> {
  const file = path.join(directory, 'config.json');
  try {
    const text = await readFile(file, 'utf8');
    const config = parseConfig(text, file, overrides);
    return config.ok && overrides !== undefined
      ? ok({ ...config.value, raw: JSON.parse(text) as ModelConfig['raw'] })
      : config;
  } catch (error) {
    if (!isFileError(error) || (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')) return fileProblem(error, file);
    const remedy = 'Name a model directory in Hugging Face form.';
    const found = await stat(directory).catch(() => undefined);
    if (found === undefined) return bad('there is no such model directory', { file: directory }, remedy);
    return found.isDirectory()
      ? bad('there is no config.json in it', { file: directory }, remedy)
      : bad('this is a file, and a model is a directory', { file: directory }, remedy);
  }
}
