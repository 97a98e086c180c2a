/**
 * What a model is to those who use it: a session to train it and a session to ask it. Training, generation, scoring and
 * evaluation know only these; graph and backends stay behind them.
 */
import type { ScoredRow } from './tokenTree.ts';
import type { StoredType } from '../graph/index.ts';

/** One micro-batch, row-major [batch, length]. */
export interface MicroBatch {
  readonly batch: number;
  readonly length: number;
  readonly ids: Int32Array;
  /** Aligned with ids as Hugging Face does: labels[i] is the token at i, or -100; it is predicted from i - 1. */
  readonly labels: Int32Array;
  /** Position of each token for the rotary embedding, from 0 in each document. */
  readonly positions: Int32Array;
  /** Document number of each token, from 0 in each row: attention stays inside a document. -1: padding. */
  readonly segments: Int32Array;
  /** Class of each label (such as its language's number), for sums by class; absent: all in class 0. */
  readonly classes?: Int32Array;
}

export interface LossSums {
  /** Sum of negative log-likelihoods in nats over label tokens, and their number, by class. */
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

export interface StepResult {
  /** Mean over all label tokens of all micro-batches, in nats, before the step. */
  readonly loss: number;
  /** L2 norm over all trainable tensors, before clipping. */
  readonly gradNorm: number;
  readonly byClass: LossSums;
}

export interface OptimizerOptions {
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Decoupled (AdamW), on every trainable tensor, norms included. */
  readonly weightDecay: number;
  /** Global norm; 0 switches clipping off. */
  readonly gradientClip: number;
}

export interface NamedTensor {
  /** Hugging Face's name, `model.layers.0.self_attn.q_proj.weight`; moments carry `.m` and `.v` behind it. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Memory to read a tensor into, so that one after the other takes no more than the largest: each loading overwrites the last. */
export type Room = (elements: number) => Float32Array;

/**
 * A tensor that is read when its turn comes: into the room where one is given, which a reader may leave unused. `load` throws a
 * ProblemError where the tensor cannot be read.
 */
export interface TensorToLoad {
  readonly name: string;
  readonly shape: readonly number[];
  /** The format of its file, where a backend may keep it in just that. */
  readonly stored?: StoredType;
  load(room?: Room): Promise<Float32Array>;
}

export interface TrainingSession {
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly trainable: boolean;
  }[];
  /** One optimizer step over micro-batches of equal size; gradients are averaged over all their label tokens. */
  step(microBatches: readonly MicroBatch[], learningRate: number): Promise<StepResult>;
  /** Loss without a step. */
  loss(batch: MicroBatch): Promise<LossSums>;
  /**
   * Weights as they are now, by Hugging Face name; adapters by PEFT's, `base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`.
   * `trainable` is what the optimizer moves: of a table whose new rows alone train, these as a tensor `….weight.rows`. Names: these.
   */
  weights(which?: 'all' | 'trainable' | readonly string[]): Promise<NamedTensor[]>;
  /** As `weights`, each read when it is loaded: a copy of all of them need not be in memory. */
  weightsToLoad(which?: 'all' | 'trainable' | readonly string[]): TensorToLoad[];
  /** Everything beside the weights that the next step depends on: moments and the number of steps taken. */
  optimizerState(): { readonly step: number; readonly tensors: readonly TensorToLoad[] };
  /**
   * `weights` may be the trainable ones alone. A missing or misshapen tensor throws a ProblemError and changes nothing; one that
   * cannot be read when its turn comes throws its own, and the session is of no use then.
   */
  restore(
    weights: readonly (NamedTensor | TensorToLoad)[],
    optimizer: { readonly step: number; readonly tensors: readonly (NamedTensor | TensorToLoad)[] },
  ): Promise<void>;
  /** Memory for tensors on their way between session and files; it stays for as long as the session does. */
  readonly room: Room;
  dispose(): void;
}

/** What a Llama's session offers beyond the contract: its insides, for tests and for asking the model while it is trained. */
export interface GradientSession extends TrainingSession {
  /** Gradients of the mean loss by the trainable parameters, as the next step would see them before clipping. */
  gradients(batch: MicroBatch): Promise<NamedTensor[]>;
  /** A view of the weights as they are at each call; it shares the session's buffers and ends with it. */
  inference(): InferenceSession;
}

/** A prefix held in a KV cache. */
export interface Sequence {
  readonly length: number;
  /** Appends ids and answers with the logits after the last, [vocabulary], which the next append may overwrite. Throws a RangeError past the context window. */
  append(ids: ArrayLike<number>): Promise<Float32Array>;
  /** A second sequence with the same prefix. */
  fork(): Promise<Sequence>;
  dispose(): void;
}

/**
 * Several prefixes, each in a row of one KV cache: a step goes over the weights once for all of them. What a row answers does not
 * depend on which rows go with it: to the last bit on `native` and `reference`, within float32's rounding elsewhere.
 */
export interface SequenceBatch {
  readonly rows: number;
  /** Tokens that a row holds; none at first. */
  length(row: number): number;
  /** Appends ids to one row, as Sequence does. `signal`: throws its reason, as soon as the backend can; the row holds what it held, or more. */
  append(row: number, ids: ArrayLike<number>, signal?: AbortSignal): Promise<Float32Array>;
  /** Appends one id to each of these rows, each named once; logits by row, in their order, which the next step or append may overwrite. `signal` as for `append`. */
  step(rows: readonly number[], ids: ArrayLike<number>, signal?: AbortSignal): Promise<Float32Array[]>;
  /** Gives the rows `to` what row `from` holds. */
  copy(from: number, to: readonly number[]): Promise<void>;
  /** Lets go of what a row holds. */
  clear(row: number): void;
  /** Makes room for so many tokens in each row at once, so that the cache need not grow by and by. */
  reserve(tokens: number): Promise<void>;
  dispose(): void;
}

/** Answers of one batch. */
export interface ScoredBatch {
  /** Which rows, by their numbers; those without scored tokens are in none. */
  readonly rows: readonly number[];
  /** By row of these: a value for each scored token, in nats. */
  readonly values: readonly Float64Array[];
  /** Of all the work: what is done after this batch, 0 to 1. */
  readonly share: number;
  /** Memory that the batch took beside the weights, where the backend knows it. */
  readonly bytes?: number;
}

export interface InferenceSession {
  readonly vocabularySize: number;
  /** The context window in tokens (max_position_embeddings). */
  readonly contextLength: number;
  /**
   * log P(ids[i] | ids[0..i)) in nats for i from 1: one value fewer than ids, row by row. Batches inside as it likes.
   * A row may be one longer than the context window, since its last token is predicted and never read; a RangeError beyond.
   * `signal`: throws its reason, within a batch where the backend can.
   */
  logLikelihoods(rows: readonly ArrayLike<number>[], signal?: AbortSignal): Promise<Float64Array[]>;
  /**
   * The same of each row's last `scored` tokens alone, batch by batch as they are computed: what rows share at their beginning goes
   * through the model once, and only the places asked for through the head. Nothing is computed while the caller does not ask for more.
   */
  score(rows: readonly ScoredRow[], signal?: AbortSignal): AsyncIterable<ScoredBatch>;
  start(): Sequence;
  /** So many sequences that grow together. */
  batch(rows: number): SequenceBatch;
  /** Bytes of cache that a token takes in a sequence or in a row of a batch. */
  readonly cacheBytesPerToken: number;
  dispose(): void;
}
