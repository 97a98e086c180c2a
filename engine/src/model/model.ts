/** A Llama as read from files: its dimensions and its tensors, in numbers, before any backend holds them. */
import type { NamedTensor } from './sessions.ts';

export interface LlamaConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key and value heads; divides heads. */
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabularySize: number;
  /** max_position_embeddings. */
  readonly contextLength: number;
  readonly rmsNormEpsilon: number;
  readonly ropeTheta: number;
  /** The head is the embedding table; there is no tensor `lm_head.weight`. */
  readonly tiedHead: boolean;
}

/** Tensors bear Hugging Face's names. */
export interface LoadedModel {
  readonly config: LlamaConfig;
  readonly tensors: readonly NamedTensor[];
}
