/** Which model is asked: a whole one, or a base with an adapter on it. Read, and held against each other. */
import { type Result, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import {
  type Adapter,
  baseOfAdapter,
  isAdapterDirectory,
  type ModelInMemory,
  readAdapter,
  readAdapterConfig,
  readModelDirectory,
  withTables,
} from '../model/files.ts';
import type { ModelChoice } from '../protocol.ts';

export interface ModelToAsk {
  /** With the tables that were trained beside the adapter. */
  readonly model: ModelInMemory;
  readonly adapter?: Adapter;
}

/** Where the model itself is an adapter, it is taken on the base that it names. */
export function chosenDirectories({ model, adapter }: ModelChoice): Result<{ model: string; adapter?: string }> {
  if (adapter !== undefined) return ok({ model, adapter });
  if (!isAdapterDirectory(model)) return ok({ model });
  const config = readAdapterConfig(model);
  if (!config.ok) return config;
  const base = baseOfAdapter(model, config.value);
  return base.ok ? ok({ model: base.value, adapter: model }) : base;
}

export async function readModelToAsk(choice: ModelChoice, work: Work): Promise<Result<ModelToAsk>> {
  const chosen = chosenDirectories(choice);
  if (!chosen.ok) return chosen;
  const { adapter: directory } = chosen.value;
  if (directory !== undefined) {
    // What is wrong with a small adapter is told before a large model is read.
    const config = readAdapterConfig(directory);
    if (!config.ok) return config;
  }
  const model = await readModelDirectory(chosen.value.model, work);
  if (!model.ok || directory === undefined) return model.ok ? ok({ model: model.value }) : model;
  const adapter = await readAdapter(directory, model.value.config, work);
  return adapter.ok ? ok({ model: withTables(model.value, adapter.value), adapter: adapter.value }) : adapter;
}
