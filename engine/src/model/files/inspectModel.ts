/** What a list of models shows of a directory: its sizes, or why it cannot be used. No weight is read. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '../../base/problem.ts';
import { baseOfAdapter, readAdapterConfig } from './adapterDirectory.ts';
import { openModelDirectory, readConfig } from './modelDirectory.ts';
import { parameterCount } from './parameters.ts';
import { readSafetensorsHeader } from './safetensors.ts';

export interface ModelSummary {
  readonly kind: 'model' | 'adapter';
  /** Number of single parameters. */
  readonly parameters?: number;
  /** Size of the weights on disk. */
  readonly bytes?: number;
  readonly vocabularySize?: number;
  readonly layers?: number;
  readonly hiddenSize?: number;
  /** Context window in tokens. */
  readonly contextLength?: number;
  /** Pieces of its tokenizer. */
  readonly pieces?: number;
  /** Of an adapter: the directory of its base where it is there, else its name; and its rank. */
  readonly base?: string;
  readonly rank?: number;
  readonly problem?: Problem;
}

/** A Hugging Face directory, or a PEFT adapter where it holds an adapter_config.json. */
export async function inspectModelDirectory(directory: string): Promise<ModelSummary> {
  const isAdapter = await access(path.join(directory, 'adapter_config.json')).then(
    () => true,
    () => false,
  );
  return isAdapter ? inspectAdapter(directory) : inspectModel(directory);
}

async function inspectAdapter(directory: string): Promise<ModelSummary> {
  const config = readAdapterConfig(directory);
  if (!config.ok) return { kind: 'adapter', problem: config.problem };
  const base = baseOfAdapter(directory, config.value);
  const named = base.ok ? base.value : config.value.base;
  const known = { rank: config.value.rank, ...(named === undefined ? {} : { base: named }) };
  const header = await readSafetensorsHeader(path.join(directory, 'adapter_model.safetensors'));
  if (!header.ok) return { kind: 'adapter', ...known, problem: header.problem };
  const { tensors } = header.value;
  return {
    kind: 'adapter',
    ...known,
    parameters: tensors.reduce((sum, { elements }) => sum + elements, 0),
    bytes: tensors.reduce((sum, { start, end }) => sum + end - start, 0),
  };
}

async function inspectModel(directory: string): Promise<ModelSummary> {
  const config = await readConfig(directory);
  if (!config.ok) return { kind: 'model', problem: config.problem };
  const { vocabularySize, layers, hiddenSize, contextLength } = config.value;
  const sizes = { parameters: parameterCount(config.value), vocabularySize, layers, hiddenSize, contextLength };
  const files = await openModelDirectory(directory);
  if (!files.ok) return { kind: 'model', ...sizes, problem: files.problem };
  const { parameters, tokenizer } = files.value;
  return {
    kind: 'model',
    ...sizes,
    bytes: parameters.reduce((sum, { entry }) => sum + entry.end - entry.start, 0),
    ...(tokenizer === undefined ? {} : { pieces: tokenizer.pieces.length }),
  };
}
