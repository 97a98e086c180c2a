/**
 * A Llama as a graph: embedding, blocks of attention and gated feed-forward, final norm. Parameters are persistent values that
 * bear Hugging Face's names. How positions attend (in documents, or over a cache) and what a linear layer is (plain, or
 * with an adapter) is the caller's.
 */
import type { Graph, Value } from '../graph/index.ts';
import { embeddingName, finalNormName, headName as untiedHeadName, parameterShapes } from './files/parameters.ts';
import type { LlamaConfig } from './model.ts';
import { ropeFrequencies } from './ropeFrequencies.ts';

/** The head's weight: the embedding table itself on a tied model. */
export const headName = (config: LlamaConfig): string => (config.tiedHead ? embeddingName : untiedHeadName);

/** The linear layers of each block by path behind `model.layers.N.`, with [outputs, inputs]. */
export function linearLayers(config: LlamaConfig): { layer: number; path: string; shape: [number, number] }[] {
  return parameterShapes(config).flatMap(({ name, shape: [outputs, inputs] }) => {
    const match = /^model\.layers\.(\d+)\.(.+_proj)\.weight$/.exec(name);
    if (match === null || outputs === undefined || inputs === undefined) return [];
    return [{ layer: Number(match[1]), path: match[2]!, shape: [outputs, inputs] }];
  });
}

export type Linear = (x: Value, layer: number, path: string) => Value;

export interface LlamaParts {
  /** int32 [batch, sequence]. */
  readonly ids: Value;
  readonly positions: Value;
  /** Attention of one block over rotated q and k, and v: [batch, sequence, heads · headDim]. */
  readonly attend: (layer: number, q: Value, k: Value, v: Value) => Value;
  /** x times the transposed weight at `model.layers.{layer}.{path}.weight`; plain where absent. */
  readonly linear?: Linear;
  /** Keep of each block only its input for the gradients, and compute the block again there. */
  readonly recomputed?: boolean;
}

/** The persistent value of a parameter. */
export function parameterValue(graph: Graph, config: LlamaConfig, name: string): Value {
  const known = graph.persistents.get(name);
  if (known !== undefined) return known;
  const parameter = parameterShapes(config).find((candidate) => candidate.name === name);
  if (parameter === undefined) throw new Error(`a Llama has no parameter ${name}`);
  return graph.persistent(name, parameter.shape, 'float32');
}

/** x · Wᵀ. */
export function plainLinear(graph: Graph, config: LlamaConfig): Linear {
  return (x, layer, path) =>
    graph.one('matmul', [x, parameterValue(graph, config, `model.layers.${layer}.${path}.weight`)], {
      transposeA: false,
      transposeB: true,
    });
}

export const attentionAttributes = ({ heads, kvHeads, headDim }: LlamaConfig) => ({
  heads,
  kvHeads,
  headDim,
  scale: 1 / Math.sqrt(headDim),
});

/** Emits the model up to the final norm; answers with the hidden states [batch, sequence, hiddenSize]. */
export function llamaHidden(graph: Graph, config: LlamaConfig, parts: LlamaParts): Value {
  const weight = (name: string) => parameterValue(graph, config, name);
  const linear = parts.linear ?? plainLinear(graph, config);
  const norm = (x: Value, name: string) => graph.one('rmsNorm', [x, weight(name)], { epsilon: config.rmsNormEpsilon });
  const rotation = { headDim: config.headDim, frequencies: ropeFrequencies(config), inverse: false };
  const rotate = (x: Value) => graph.one('rope', [x, parts.positions], rotation);

  const block = (input: Value, layer: number): Value => {
    const a = norm(input, `model.layers.${layer}.input_layernorm.weight`);
    const q = rotate(linear(a, layer, 'self_attn.q_proj'));
    const k = rotate(linear(a, layer, 'self_attn.k_proj'));
    const v = linear(a, layer, 'self_attn.v_proj');
    const attended = linear(parts.attend(layer, q, k, v), layer, 'self_attn.o_proj');
    const middle = graph.one('add', [input, attended], {});
    const f = norm(middle, `model.layers.${layer}.post_attention_layernorm.weight`);
    const gated = graph.one('swiglu', [linear(f, layer, 'mlp.gate_proj'), linear(f, layer, 'mlp.up_proj')], {});
    return graph.one('add', [middle, linear(gated, layer, 'mlp.down_proj')], {});
  };

  let x = graph.one('embedding', [weight(embeddingName), parts.ids], {});
  for (let layer = 0; layer < config.layers; layer++)
    x = parts.recomputed === true ? graph.recomputed(() => block(x, layer)) : block(x, layer);
  return norm(x, finalNormName);
}
