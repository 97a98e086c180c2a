/** A run spec's words as a session's options. */
import type { TrainableOptions, TrainingOptions } from '../model/index.ts';
import type { Adapter } from '../model/files.ts';
import type { RunSpec } from '../runs/spec.ts';

/** What of the spec says what trains. */
export const trainingOf = ({ lora, trainable, newRowsFrom }: RunSpec): TrainableOptions => ({
  ...(lora === undefined ? {} : { lora }),
  ...(trainable === undefined ? {} : { trainable }),
  ...(newRowsFrom === undefined ? {} : { newRowsFrom }),
});

export const optionsOf = (spec: RunSpec): TrainingOptions => ({
  optimizer: spec.optimizer,
  precision: spec.precision,
  seed: spec.seed,
  activationCheckpointing: spec.activationCheckpointing,
  ...trainingOf(spec),
  ...(spec.baseQuantization === undefined ? {} : { baseQuantization: spec.baseQuantization }),
});

/** Tables that came with the adapter which a run goes on from: they are written with it again, so they stay as they are. */
export const tablesOf = (adapter: Pick<Adapter, 'tables'> | undefined): string[] =>
  adapter?.tables.map(({ name }) => name) ?? [];
