/** What a session is opened with. */
import type { Precision } from '../backends/backend.ts';
import type { NamedTensor, OptimizerOptions } from './sessions.ts';

export const loraTargets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type LoraTarget = (typeof loraTargets)[number];

export interface LoraOptions {
  readonly rank: number;
  /** The product of the two factors is scaled by alpha / rank. */
  readonly alpha: number;
  /** Share of the adapter's inputs dropped in training, in [0, 1). */
  readonly dropout: number;
  readonly targets: readonly LoraTarget[];
  /** kaiming: A uniform in ±1/√(inputs), seeded; sine: A[i][j] = 0.05·sin(1 + 12.9898·i + 78.233·j + layer). B is 0 in both. */
  readonly init: 'kaiming' | 'sine';
  /** The layers that have adapters, as `layers.0.self_attn.q_proj`; absent: all of the targets. */
  readonly only?: readonly string[];
}

/** What frozen weights are kept in: see storedWeights.ts. */
export const baseQuantizations = ['bfloat16', 'q8_0', 'nf4'] as const;
export type BaseQuantization = (typeof baseQuantizations)[number];

export interface TrainingOptions {
  readonly optimizer: OptimizerOptions;
  readonly precision: Precision;
  /** For the adapter's start and dropout. */
  readonly seed: number;
  /** Adapters to train. The base stays as it is, save what `trainable` names. */
  readonly lora?: LoraOptions;
  /** The adapters' factors to start from, by PEFT's names; absent: fresh ones. */
  readonly adapter?: readonly NamedTensor[];
  /**
   * Names of what to train, as parts of a parameter's name (`embed_tokens`, `lm_head`); on a tied model `lm_head` is
   * `embed_tokens`. Without lora and trainable: every parameter.
   */
  readonly trainable?: readonly string[];
  /** Of embedding and head only the rows from this one on train; the others stay as they are, to the last bit. */
  readonly newRowsFrom?: number;
  /** Keep of each block only its input, and compute the block again for the gradients: less memory, more time. */
  readonly activationCheckpointing?: boolean;
  /** What weights that do not train are kept in; float32 where absent. */
  readonly baseQuantization?: BaseQuantization;
  /** Parameters that stay in float32 all the same: those that are written to files again. */
  readonly exact?: readonly string[];
  /** Number of token classes, 1 by default: MicroBatch.classes are below it. */
  readonly classes?: number;
}

export interface InferenceOptions {
  readonly precision: Precision;
  /** Adapters beside the weights, by PEFT's names. */
  readonly adapter?: { readonly lora: LoraOptions; readonly factors: readonly NamedTensor[] };
}
