/** A Llama small enough to be computed by hand, for tests of sessions. */
import { Random } from '../../base/random.ts';
import { parameterShapes } from '../files.ts';
import type { LlamaConfig, LoadedModel } from '../index.ts';

export const toyConfig: LlamaConfig = {
  hiddenSize: 8,
  intermediateSize: 12,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  vocabularySize: 20,
  contextLength: 96,
  rmsNormEpsilon: 1e-5,
  ropeTheta: 10_000,
  tiedHead: true,
};

/** Its weights are normal numbers with this deviation, the same each time. */
export const toyModel = (config: LlamaConfig, deviation: number): LoadedModel => ({
  config,
  tensors: parameterShapes(config).map(({ name, shape }) => {
    const random = new Random(1, name);
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => deviation * random.normal());
    return { name, shape, data };
  }),
});
