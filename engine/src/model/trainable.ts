/** What of a model trains, and how many of its parameters that is: from config and options alone, no weight is read. */
import { bad, ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import { embeddingName, headName, parameterShapes, parametersCalled, trainableRemedy } from './files/parameters.ts';
import type { ParameterShape } from './files/parameters.ts';
import { adapterParameters } from './lora.ts';
import type { LlamaConfig } from './model.ts';
import type { TrainingOptions } from './options.ts';

/** A tensor that the optimizer moves: a parameter, an adapter's factor, or the new rows of a table. */
export interface TrainedTensor extends ParameterShape {
  /** Where only rows train: their table, and the first of them. */
  readonly table?: ParameterShape & { readonly firstRow: number };
}

export type TrainableOptions = Pick<TrainingOptions, 'lora' | 'trainable' | 'newRowsFrom'>;

/** Name of the tensor of a table's new rows. */
export const rowsName = (table: string): string => `${table}.rows`;

const hasRows = (name: string): boolean => name === embeddingName || name === headName;

/** Everything that trains, adapters last. A Problem where a name is no parameter's, or no row is new. */
export function trainedTensors(config: LlamaConfig, options: TrainableOptions): Result<readonly TrainedTensor[]> {
  const { lora, newRowsFrom: firstRow } = options;
  const chosen = chosenParameters(config, options);
  if (!chosen.ok) return chosen;
  if (firstRow !== undefined && !(firstRow > 0 && firstRow < config.vocabularySize))
    return bad(
      `no row is new: the model has ${config.vocabularySize}, and the first new one would be ${firstRow}`,
      { name: 'newRowsFrom' },
      `Name a row from 1 to ${config.vocabularySize - 1}.`,
    );
  const base = chosen.value.map((table): TrainedTensor => {
    if (firstRow === undefined || !hasRows(table.name)) return table;
    const [rows = 0, width = 0] = table.shape;
    return { name: rowsName(table.name), shape: [rows - firstRow, width], table: { ...table, firstRow } };
  });
  return ok([...base, ...(lora === undefined ? [] : adapterParameters(config, lora))]);
}

/** The base's parameters that train, in whole or in rows. */
function chosenParameters(
  config: LlamaConfig,
  { lora, trainable }: TrainableOptions,
): Result<readonly ParameterShape[]> {
  const base = parameterShapes(config);
  if (trainable === undefined) return ok(lora === undefined ? base : []);
  const names = new Set<string>();
  for (const wanted of trainable) {
    const found = parametersCalled(config, wanted);
    if (found.length === 0)
      return bad(
        `no parameter of the model is called ${JSON.stringify(wanted)}`,
        { name: 'trainable' },
        trainableRemedy,
      );
    for (const { name } of found) names.add(name);
  }
  return ok(base.filter(({ name }) => names.has(name)));
}

/** What trains, for people: tensors of a kind together. */
export interface TrainableSummary {
  /** Single parameters that train, and all there are: the model's with the adapters'. */
  readonly trained: number;
  readonly all: number;
  readonly groups: readonly { readonly name: string; readonly tensors: number; readonly parameters: number }[];
}

export const shareOf = ({ trained, all }: TrainableSummary): number => trained / all;

/** In percent with four digits, as papers have it: `5.977`. */
export const percentOf = (summary: TrainableSummary): string => (100 * shareOf(summary)).toPrecision(4);

export function summarizeTrainable(config: LlamaConfig, options: TrainableOptions): Result<TrainableSummary> {
  const tensors = trainedTensors(config, options);
  if (!tensors.ok) return tensors;
  const count = (list: readonly ParameterShape[]): number =>
    list.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
  const adapters = options.lora === undefined ? [] : adapterParameters(config, options.lora);
  const groups = new Map<string, TrainedTensor[]>();
  for (const tensor of tensors.value) {
    const name = groupOf(tensor);
    groups.set(name, [...(groups.get(name) ?? []), tensor]);
  }
  return ok({
    trained: count(tensors.value),
    all: count(parameterShapes(config)) + count(adapters),
    groups: [...groups].map(([name, list]) => ({ name, tensors: list.length, parameters: count(list) })),
  });
}

/** `embed_tokens (rows from 512)`, `q_proj lora_A`, `input_layernorm`. */
function groupOf({ name, table }: TrainedTensor): string {
  const parts = (table?.name ?? name).replace(/\.weight$/, '').split('.');
  const adapter = parts.at(-1)!.startsWith('lora_') ? ` ${parts.pop()!}` : '';
  return `${parts.at(-1)!}${adapter}${table === undefined ? '' : ` (rows from ${table.firstRow})`}`;
}
