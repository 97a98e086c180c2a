/** The options of every command that asks a model: which one, with which adapter, and what computes it. */
import { type Result, ok } from '../base/problem.ts';
import type { OpenOptions } from '../generation/openModel.ts';
import type { ModelChoice } from '../protocol.ts';
import type { CommandInput, OptionDescription } from './command.ts';
import { needed, readComputeOptions } from './computeOptions.ts';

/** Which model: for the head of a command's help. */
export const modelOptions = {
  model: { type: 'string', placeholder: 'DIR', description: 'the model' },
  adapter: { type: 'string', placeholder: 'DIR', description: 'an adapter trained on it' },
} as const satisfies Readonly<Record<string, OptionDescription>>;

/** The model to open, and how its backend is opened. */
export interface AskedModel {
  readonly choice: ModelChoice;
  readonly options: OpenOptions;
}

export function readModelOptions(values: CommandInput['values']): Result<AskedModel> {
  const model = needed(values, 'model');
  if (!model.ok) return model;
  const compute = readComputeOptions(values);
  if (!compute.ok) return compute;
  const { backend, ...options } = compute.value;
  const { adapter } = values;
  const choice = {
    model: model.value,
    ...(typeof adapter === 'string' ? { adapter } : {}),
    ...(backend === undefined ? {} : { backend }),
  };
  return ok({ choice, options });
}
