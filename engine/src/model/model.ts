/** A Llama as read from files: its dimensions and its tensors, in numbers, before any backend holds them. */
import type { NamedTensor, TensorToLoad } from './sessions.ts';

/**
 * `linear`: every angle divided by `factor` (Chen et al., 2023). `llama3`: those of long waves divided by `factor`, those of
 * short ones kept, in between a blend (Llama 3.1; `_compute_llama3_parameters` of Hugging Face's transformers).
 */
export type RopeScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      /** The window of the first training, in tokens. */
      readonly originalContextLength: number;
    };

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
  /** How the rotary angles are slowed down for a longer window than the model was first trained on; absent: not at all. */
  readonly ropeScaling?: RopeScaling;
  /** The head is the embedding table; there is no tensor `lm_head.weight`. */
  readonly tiedHead: boolean;
}

/** Tensors bear Hugging Face's names. */
export interface LoadedModel {
  readonly config: LlamaConfig;
  readonly tensors: readonly NamedTensor[];
}

/** A model whose tensors are read one after the other, when their turn comes: never a second time in memory as a whole. */
export interface ModelToLoad {
  readonly config: LlamaConfig;
  readonly tensors: readonly TensorToLoad[];
}
