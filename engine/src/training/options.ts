/** A run spec's words as a session's options. */
import type { TrainableOptions, TrainingOptions } from '../model/index.ts';
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
});
