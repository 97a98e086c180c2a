/**
 * Which weights of a model are kept in fewer bytes than float32, and how a graph is told. What trains, and every vector, is kept in
 * float32; so is what is computed from them.
 */
import { bad, ok } from '../base/problem.ts';
import type { Result } from '../base/problem.ts';
import type { Backend, Precision } from '../backends/backend.ts';
import { isStoredType } from '../graph/index.ts';
import type { Graph, StoredType } from '../graph/index.ts';
import { embeddingName, headName, parameterShapes } from './files/parameters.ts';
import type { LlamaConfig } from './model.ts';
import type { BaseQuantization } from './options.ts';
import type { NamedTensor, TensorToLoad } from './sessions.ts';
import type { TrainedTensor } from './trainable.ts';
import type { Buffers } from './weights.ts';

/** Formats by the name of the weight; float32 where there is none. */
export type StoredWeights = ReadonlyMap<string, StoredType>;

/**
 * `bfloat16`: every matrix that stays as it is, in bfloat16. `q8_0`: every one in Q8_0, as ggml has it. `nf4`: the linear layers
 * in NF4, embedding and head in bfloat16, as QLoRA has them. `exact`: what stays in float32 all the same.
 */
export function storedWeights(
  config: LlamaConfig,
  quantization: BaseQuantization,
  trained: readonly TrainedTensor[],
  exact: readonly string[] = [],
): StoredWeights {
  const kept = new Set([...trained.map(({ name, table }) => table?.name ?? name), ...exact]);
  const stored = new Map<string, StoredType>();
  for (const { name, shape } of parameterShapes(config)) {
    if (shape.length !== 2 || kept.has(name)) continue;
    const isTable = name === embeddingName || name === headName;
    stored.set(
      name,
      ({ bfloat16: 'bfloat16', q8_0: 'q8_0', nf4: isTable ? 'bfloat16' : 'nf4' } as const)[quantization],
    );
  }
  return stored;
}

/**
 * Matrices whose files hold them in a format that the backend can keep: the very same numbers in fewer bytes. None where each answer
 * would have to widen them all.
 */
export function storedAsTheyAre(
  tensors: readonly (NamedTensor | TensorToLoad)[],
  backend: Backend,
  precision: Precision,
): StoredWeights {
  const stored = new Map<string, StoredType>();
  if (precision === 'float32' && backend.storedAreCopied === true) return stored;
  for (const tensor of tensors)
    if ('stored' in tensor && tensor.shape.length === 2 && backend.storedTypes?.includes(tensor.stored) === true)
      stored.set(tensor.name, tensor.stored);
  return stored;
}

/** A Problem where the backend lacks a format. */
export function checkStored(backend: Pick<Backend, 'name' | 'storedTypes'>, stored: StoredWeights): Result<null> {
  const lacking = [...stored.values()].find((type) => backend.storedTypes?.includes(type) !== true);
  if (lacking === undefined) return ok(null);
  const there = backend.storedTypes?.join(', ') ?? 'only float32';
  return bad(
    `the backend ${backend.name} keeps no weights in ${lacking} (it has ${there})`,
    { name: 'baseQuantization' },
    'Use another backend (native has all formats), or leave baseQuantization out.',
  );
}

/** Makes a graph take these weights in their formats, whoever asks for them later by name. */
export function declareStored(graph: Graph, config: LlamaConfig, stored: StoredWeights): void {
  for (const { name, shape } of parameterShapes(config)) {
    const type = stored.get(name);
    if (type !== undefined) graph.persistent(name, shape, type);
  }
}

/** As declareStored, for weights as they lie in buffers. */
export function declareBuffers(graph: Graph, buffers: Buffers): void {
  for (const [name, { shape, dtype }] of Object.entries(buffers))
    if (isStoredType(dtype)) graph.persistent(name, shape, dtype);
}
