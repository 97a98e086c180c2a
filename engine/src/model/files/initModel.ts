/**
 * Random weights for a fresh Llama, as Hugging Face starts one: linear layers and embedding normal with the config's
 * initializer_range, norms 1. Each tensor draws from its own stream, named like it, so weights depend on the seed alone.
 */
import { Random } from '../../base/random.ts';
import type { NamedTensor } from '../sessions.ts';
import type { ModelConfig } from './config.ts';
import { type ParameterShape, parameterShapes } from './parameters.ts';

export function randomParameters(config: ModelConfig, seed: number): NamedTensor[] {
  return parameterShapes(config).map((parameter) => randomParameter(parameter, config.initializerRange, seed));
}

function randomParameter({ name, shape }: ParameterShape, deviation: number, seed: number): NamedTensor {
  const data = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
  // The only vectors of a Llama are norms.
  if (shape.length === 1) data.fill(1);
  else fillNormal(data, deviation, new Random(seed, name));
  return { name, shape, data };
}

function fillNormal(out: Float32Array, deviation: number, random: Random): void {
  for (let i = 0; i < out.length; i++) out[i] = deviation * random.normal();
}
