/** The model that a run spec names, and what of it is to train, checked without reading a weight. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../base/problem.ts';
import {
  type AdapterConfig,
  adapterConfigFile,
  baseOfAdapter,
  embeddingName,
  headName,
  isAdapterDirectory,
  loraOf,
  type ModelConfig,
  parametersCalled,
  parseConfig,
  readAdapterConfig,
  trainableRemedy,
} from '../model/files.ts';
import type { LoraOptions } from '../model/index.ts';
import type { Complain } from '../base/jsonDocument.ts';

/** What a spec says of all this. */
export interface WrittenTraining {
  readonly lora?: Partial<LoraOptions> & Pick<LoraOptions, 'rank' | 'alpha' | 'targets'>;
  readonly trainable?: readonly string[];
  readonly newRowsOnly?: boolean;
  readonly newRowsFrom?: number;
}

/** What is known of the model; a config that cannot be read is told of when the run starts. */
export interface NamedModel {
  readonly contextLength?: number;
  readonly config?: ModelConfig;
  /** Where the model is an adapter on another: what it is. */
  readonly adapter?: { readonly config: AdapterConfig; readonly lora?: LoraOptions };
}

/** Checks that the model's directory can be one, or that of an adapter whose base is there. */
export function checkModel(directory: string, complain: Complain): NamedModel {
  if (!existsSync(directory)) {
    complain(
      ['model'],
      `there is no directory ${directory}`,
      'Make it with bllossom vocab expand (in the editor: Expand Model…) or bllossom model init, or name one that is there.',
    );
    return {};
  }
  if (!isAdapterDirectory(directory)) return readModel(directory, complain);
  const adapter = readAdapterConfig(directory);
  const base = adapter.ok ? baseOfAdapter(directory, adapter.value) : adapter;
  if (!adapter.ok || !base.ok) {
    if (!base.ok) complain(['model'], worded(base.problem), base.problem.remedy);
    return {};
  }
  const model = readModel(base.value, complain);
  if (model.config === undefined) return model;
  const lora = loraOf(adapter.value, model.config, path.join(directory, adapterConfigFile));
  if (!lora.ok) complain(['model'], worded(lora.problem), lora.problem.remedy);
  return { ...model, adapter: { config: adapter.value, ...(lora.ok ? { lora: lora.value } : {}) } };
}

/** The problem of another file, in a spec's squiggle. */
const worded = ({ what, where }: Problem): string => (where?.file === undefined ? what : `${where.file}: ${what}`);

function readModel(directory: string, complain: Complain): NamedModel {
  const file = path.join(directory, 'config.json');
  let text;
  let window: unknown;
  try {
    text = readFileSync(file, 'utf8');
    window = (JSON.parse(text) as Record<string, unknown>)['max_position_embeddings'];
  } catch (error) {
    if (error instanceof SyntaxError)
      complain(['model'], `config.json in ${directory} is not JSON`, 'Restore the file.');
    else complain(['model'], `there is no config.json in ${directory}`, 'Name a directory in Hugging Face form.');
    return {};
  }
  const config = parseConfig(text, file);
  return {
    ...(typeof window === 'number' && window > 0 ? { contextLength: window } : {}),
    ...(config.ok ? { config: config.value } : {}),
  };
}

/** What trains, resolved. */
export interface Training {
  readonly lora?: LoraOptions;
  readonly trainable?: readonly string[];
  readonly newRowsFrom?: number;
}

/** Fills in what an adapter or the model's config says; complains of what does not fit the model. */
export function resolveTraining(written: WrittenTraining, model: NamedModel, complain: Complain): Training {
  const lora = resolveLora(written, model, complain);
  const { trainable } = written;
  const { config } = model;
  for (const [i, name] of (trainable ?? []).entries()) {
    if (config !== undefined && parametersCalled(config, name).length === 0)
      complain(['trainable', i], `no parameter of the model is called ${JSON.stringify(name)}`, trainableRemedy);
    else if (lora !== undefined && name !== 'embed_tokens' && name !== 'lm_head')
      complain(
        ['trainable', i],
        `beside "lora" the tables can train, and not ${JSON.stringify(name)}`,
        'Write embed_tokens or lm_head, or leave "lora" out.',
      );
  }
  const newRowsFrom = firstNewRow(written, config, complain);
  return {
    ...(lora === undefined ? {} : { lora }),
    ...(trainable === undefined ? {} : { trainable }),
    ...(newRowsFrom === undefined ? {} : { newRowsFrom }),
  };
}

function resolveLora({ lora }: WrittenTraining, { adapter }: NamedModel, complain: Complain): LoraOptions | undefined {
  const fresh = lora === undefined ? undefined : { dropout: 0, init: 'kaiming' as const, ...lora };
  if (adapter?.lora === undefined) return fresh;
  if (fresh === undefined) return adapter.lora;
  const { rank, alpha } = adapter.config;
  const wanted = { rank, alpha, targets: [...adapter.lora.targets].sort().join(', ') };
  const given = { rank: fresh.rank, alpha: fresh.alpha, targets: [...fresh.targets].sort().join(', ') };
  for (const name of ['rank', 'alpha', 'targets'] as const)
    if (given[name] !== wanted[name])
      complain(
        ['lora', name],
        `the adapter that the run goes on from has ${name} ${wanted[name]}`,
        `Write that, or leave "lora" out: the adapter's own is taken then.`,
      );
  return { ...adapter.lora, dropout: fresh.dropout };
}

function firstNewRow(
  { trainable, newRowsOnly, newRowsFrom }: WrittenTraining,
  config: ModelConfig | undefined,
  complain: Complain,
): number | undefined {
  if (newRowsOnly !== true) {
    if (newRowsFrom !== undefined)
      complain(
        ['newRowsFrom'],
        'this says which rows are new, but newRowsOnly is not true',
        'Add "newRowsOnly": true.',
        true,
      );
    return undefined;
  }
  if (config === undefined) return newRowsFrom;
  const names = (trainable ?? []).flatMap((name) => parametersCalled(config, name).map((found) => found.name));
  if (!names.some((name) => name === embeddingName || name === headName)) {
    complain(['newRowsOnly'], 'no table of rows trains', 'Add "trainable": ["embed_tokens", "lm_head"].', true);
    return undefined;
  }
  const said = config.raw['base_vocab_size'];
  const first = newRowsFrom ?? (typeof said === 'number' ? said : undefined);
  if (first === undefined)
    complain(
      ['newRowsOnly'],
      'which rows are new cannot be told: config.json of the model has no base_vocab_size',
      'Add "newRowsFrom": the number of rows that the model had before its expansion.',
      true,
    );
  else if (!Number.isInteger(first) || first < 1 || first >= config.vocabularySize)
    complain(
      [newRowsFrom === undefined ? 'newRowsOnly' : 'newRowsFrom'],
      `no row is new: the model has ${config.vocabularySize}, and the first new one would be ${first}`,
      `Write a number from 1 to ${config.vocabularySize - 1} as "newRowsFrom".`,
    );
  else return first;
  return undefined;
}
