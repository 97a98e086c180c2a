/**
 * A model as the expansion sees it: config, tokenizer, and the headers of its weights files. Opened without asking whether the
 * model can be computed here, for a table can be grown all the same (Llama 3's scaled rotary angles, for one).
 */
import { bad, ok, type Result } from '../../base/problem.ts';
import { readModelFile, type TokenizerModel } from '../../tokenizers/index.ts';
import type { ModelConfig } from './config.ts';
import { readConfig } from './modelDirectory.ts';
import { embeddingName, headName } from './parameters.ts';
import { readIndex } from './shards.ts';
import { rowType } from './tableRows.ts';
import { openWeights, type WeightsFile } from './weightsFiles.ts';

export interface ExpandSource {
  readonly directory: string;
  /** Its sizes; `raw` is config.json as it stands. */
  readonly config: ModelConfig;
  readonly tokenizer: TokenizerModel;
  readonly files: readonly WeightsFile[];
  /** model.safetensors.index.json as it stands; undefined for a model in one file. */
  readonly index: Readonly<Record<string, unknown>> | undefined;
}

/** True for the tensors that have a row a piece; a tied model may hold a second copy of its embedding as its head. */
export const isTable = (name: string): boolean => name === embeddingName || name === headName;

/** Fields that say how a model is computed, which does not matter here. */
const uncomputed = {
  ...{
    rope_scaling: null,
    rope_parameters: null,
    sliding_window: null,
    partial_rotary_factor: null,
    layer_types: null,
  },
  ...{ attention_bias: false, mlp_bias: false, hidden_act: 'silu' },
};

export async function openToExpand(directory: string): Promise<Result<ExpandSource>> {
  const config = await readConfig(directory, uncomputed);
  if (!config.ok) return config;
  const tokenizer = await readModelFile(directory);
  if (!tokenizer.ok)
    return bad(
      `old and new ids cannot be matched without the model's tokenizer: ${tokenizer.problem.what}`,
      tokenizer.problem.where,
      "Put the model's own tokenizer.model (or tokenizer.json) into its directory.",
    );
  const { vocabularySize, hiddenSize, tiedHead } = config.value;
  const pieces = tokenizer.value.pieces.length;
  if (pieces > vocabularySize)
    return bad(
      `the model's tokenizer has ${pieces} pieces, but its vocab_size is ${vocabularySize}`,
      { file: tokenizer.value.file },
      "Put the model's own tokenizer into its directory.",
    );
  const weights = await openWeights(directory);
  if (!weights.ok) return weights;
  const { files, tensors: found } = weights.value;
  for (const name of tiedHead ? [embeddingName] : [embeddingName, headName])
    if (!found.has(name))
      return bad(
        'the tensor is missing',
        { file: directory, name },
        name === headName
          ? 'Check that config.json belongs to these weights: tie_word_embeddings says whether the head is of its own.'
          : 'Download the model again.',
      );
  const shape = [vocabularySize, hiddenSize].join(', ');
  for (const { file, entry } of found.values()) {
    if (!isTable(entry.name)) continue;
    const type = rowType(file, entry);
    if (!type.ok) return type;
    if (entry.shape.join(', ') !== shape)
      return bad(
        `the shape is [${entry.shape.join(', ')}], but config.json asks for [${shape}]`,
        { file, name: entry.name, byteOffset: entry.start },
        'Check that config.json belongs to these weights.',
      );
  }
  const index = await readIndex(
    directory,
    files.map(({ path }) => path),
  );
  return index.ok
    ? ok({ directory, config: config.value, tokenizer: tokenizer.value, files, index: index.value })
    : index;
}
