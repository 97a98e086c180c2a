/** Which model is asked: a whole one, or a base with an adapter on it. Read, and held against each other. */
import { type Result, ok } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import {
  type Adapter,
  baseOfAdapter,
  isAdapterDirectory,
  readAdapter,
  readAdapterConfig,
  type StreamedModel,
  streamModelDirectory,
} from '../model/files.ts';
import type { ModelChoice } from '../protocol.ts';

export interface ModelToAsk {
  /** With the tables that were trained beside the adapter. */
  readonly model: StreamedModel;
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
  const model = await streamModelDirectory(chosen.value.model, work);
  if (!model.ok || directory === undefined) return model.ok ? ok({ model: model.value }) : model;
  const adapter = await readAdapter(directory, model.value.config, work);
  if (!adapter.ok) return adapter;
  const tables = new Map(adapter.value.tables.map((table) => [table.name, table]));
  const tensors = model.value.tensors.map((tensor) => {
    const table = tables.get(tensor.name);
    return table === undefined ? tensor : { ...tensor, load: () => Promise.resolve(table.data) };
  });
  return ok({ model: { ...model.value, tensors }, adapter: adapter.value });
}
