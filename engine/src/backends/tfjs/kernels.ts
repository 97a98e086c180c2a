/** How each operation is computed with TensorFlow.js, by name. */
import type { AttributesOf, OperationName } from '../../graph/index.ts';
import type { Kernel } from './kernel.ts';
import {
  attention,
  attentionGrad,
  cacheCopy,
  cachedAttention,
  cacheWrite,
  treeAttention,
} from './kernels/attention.ts';
import { add, cast, dropout, scale, scaleBy, swiglu, swigluGrad } from './kernels/elementwise.ts';
import { headCrossEntropy, headLogits, headLogProbabilities } from './kernels/head.ts';
import { embedding, embeddingGrad, matmul } from './kernels/linear.ts';
import { accumulate, adamw, clear, clipFactor, sumOfSquares } from './kernels/optimizer.ts';
import { rmsNorm, rmsNormGrad, rope } from './kernels/rows.ts';

export const kernels: { readonly [N in OperationName]: Kernel<AttributesOf<N>> } = {
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
