/** All operations by name, and the types that let a backend be checked for having every one of them. */
import { attention, attentionGrad, cacheCopy, cachedAttention, cacheWrite, treeAttention } from './ops/attention.ts';
import { dropout } from './ops/dropout.ts';
import { add, cast, scale, scaleBy } from './ops/elementwise.ts';
import { embedding, embeddingGrad } from './ops/embedding.ts';
import { headCrossEntropy, headLogits, headLogProbabilities } from './ops/head.ts';
import { matmul } from './ops/matmul.ts';
import { accumulate, adamw, clear, clipFactor, sumOfSquares } from './ops/optimizer.ts';
import { rmsNorm, rmsNormGrad } from './ops/rmsNorm.ts';
import { rope } from './ops/rope.ts';
import { swiglu, swigluGrad } from './ops/swiglu.ts';
import type { Operation } from './operation.ts';
import type { Value } from './value.ts';

export const operations = {
  embedding,
  embeddingGrad,
  matmul,
  rmsNorm,
  rmsNormGrad,
  rope,
  attention,
  attentionGrad,
  cacheWrite,
  cacheCopy,
  cachedAttention,
  treeAttention,
  swiglu,
  swigluGrad,
  headCrossEntropy,
  headLogProbabilities,
  headLogits,
  add,
  scale,
  scaleBy,
  cast,
  dropout,
  accumulate,
  clear,
  sumOfSquares,
  clipFactor,
  adamw,
};

export type OperationName = keyof typeof operations;

export type AttributesOf<N extends OperationName> = (typeof operations)[N] extends Operation<infer A> ? A : never;

/** One use of operation N in a graph. */
export interface NodeOf<N extends OperationName> {
  readonly op: N;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: AttributesOf<N>;
}

/** A union by `op`. */
export type Node = { [N in OperationName]: NodeOf<N> }[OperationName];
