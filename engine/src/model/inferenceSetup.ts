/** What everything that asks a model works with: its backend, its weights, and their turns. */
import type { Backend, Precision } from '../backends/backend.ts';
import type { LlamaConfig } from './model.ts';
import type { LoraOptions } from './options.ts';
import type { Turns } from './plans.ts';
import type { Buffers } from './weights.ts';

/** What an inference session works with; buffers stay their owner's. */
export interface InferenceSetup {
  readonly backend: Backend;
  readonly precision: Precision;
  readonly config: LlamaConfig;
  readonly buffers: Buffers;
  /** Adapters, where the buffers hold some that are not merged. */
  readonly lora: LoraOptions | undefined;
  readonly turns: Turns;
  readonly onDispose: () => void;
}
