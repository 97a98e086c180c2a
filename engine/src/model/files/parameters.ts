/** The tensors of a Llama by Hugging Face's names, with the shapes that its config asks for. */
import type { LlamaConfig } from '../model.ts';

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export const embeddingName = 'model.embed_tokens.weight';
export const headName = 'lm_head.weight';
export const finalNormName = 'model.norm.weight';

/** In Hugging Face's order. Linear layers are [out, in]. A tied model has no head of its own. */
export function parameterShapes(config: LlamaConfig): readonly ParameterShape[] {
  const { hiddenSize: hidden, intermediateSize: inner, headDim, vocabularySize } = config;
  const queries = config.heads * headDim;
  const keys = config.kvHeads * headDim;
  const layer = (i: number): ParameterShape[] =>
    (
      [
        ['input_layernorm', [hidden]],
        ['self_attn.q_proj', [queries, hidden]],
        ['self_attn.k_proj', [keys, hidden]],
        ['self_attn.v_proj', [keys, hidden]],
        ['self_attn.o_proj', [hidden, queries]],
        ['post_attention_layernorm', [hidden]],
        ['mlp.gate_proj', [inner, hidden]],
        ['mlp.up_proj', [inner, hidden]],
        ['mlp.down_proj', [hidden, inner]],
      ] as const
    ).map(([name, shape]) => ({ name: `model.layers.${i}.${name}.weight`, shape }));
  return [
    { name: embeddingName, shape: [vocabularySize, hidden] },
    ...Array.from({ length: config.layers }, (_, i) => layer(i)).flat(),
    { name: finalNormName, shape: [hidden] },
    ...(config.tiedHead ? [] : [{ name: headName, shape: [vocabularySize, hidden] }]),
  ];
}

/** Parameters whose names a part of a name picks: `embed_tokens`, `layers.0.`. On a tied model `lm_head` is `embed_tokens`. */
export function parametersCalled(config: LlamaConfig, part: string): readonly ParameterShape[] {
  const wanted = part === 'lm_head' && config.tiedHead ? embeddingName : part;
  return parameterShapes(config).filter(({ name }) => name.includes(wanted));
}

/** What to do where none is found. */
export const trainableRemedy = 'Name parts of parameters, such as embed_tokens, lm_head or layers.0.';

/** Number of single parameters; a tied head counts once. */
export function parameterCount(config: LlamaConfig): number {
  return parameterShapes(config).reduce((sum, { shape }) => sum + shape.reduce((p, dim) => p * dim, 1), 0);
}
