/** Low-rank adapters (Hu et al., 2021): beside a linear layer W runs (alpha / rank) · B · A. Names are PEFT's. */
import { Random } from '../base/random.ts';
import type { Graph } from '../graph/index.ts';
import { linearLayers, plainLinear } from './llama.ts';
import type { ParameterShape } from './files/parameters.ts';
import type { Linear } from './llama.ts';
import type { LlamaConfig } from './model.ts';
import type { LoraOptions } from './options.ts';
import type { NamedTensor } from './sessions.ts';

/** The two factors' names: A is [rank, inputs], B is [outputs, rank]. */
export const adapterNames = (layer: number, path: string) => ({
  a: `base_model.model.model.layers.${layer}.${path}.lora_A.weight`,
  b: `base_model.model.model.layers.${layer}.${path}.lora_B.weight`,
});

const adaptedLayers = (config: LlamaConfig, { targets, only }: LoraOptions) =>
  linearLayers(config).filter(
    ({ layer, path }) =>
      targets.some((target) => path.endsWith(`.${target}`)) && only?.includes(`layers.${layer}.${path}`) !== false,
  );

export function adapterParameters(config: LlamaConfig, lora: LoraOptions): ParameterShape[] {
  return adaptedLayers(config, lora).flatMap(({ layer, path, shape: [outputs, inputs] }) => {
    const { a, b } = adapterNames(layer, path);
    return [
      { name: a, shape: [lora.rank, inputs] },
      { name: b, shape: [outputs, lora.rank] },
    ];
  });
}

/** Where adapters start: B is 0, so that the model is at first the base itself. */
export function initialAdapter(config: LlamaConfig, lora: LoraOptions, seed: number): NamedTensor[] {
  return adaptedLayers(config, lora).flatMap(({ layer, path, shape: [outputs, inputs] }) => {
    const { a, b } = adapterNames(layer, path);
    const random = new Random(seed, a);
    // Kaiming's uniform with gain √(1/3), as torch.nn.Linear and PEFT start it: bound 1 / √inputs.
    const bound = 1 / Math.sqrt(inputs);
    const start = (i: number, j: number) =>
      lora.init === 'sine' ? 0.05 * Math.sin(1 + 12.9898 * i + 78.233 * j + layer) : bound * (2 * random.uniform() - 1);
    const data = Float32Array.from({ length: lora.rank * inputs }, (_, at) =>
      start(Math.floor(at / inputs), at % inputs),
    );
    return [
      { name: a, shape: [lora.rank, inputs], data },
      { name: b, shape: [outputs, lora.rank], data: new Float32Array(outputs * lora.rank) },
    ];
  });
}

/** Linear layers with adapters; dropout on the adapters' input where a seed (int32 [1]) is given. */
export function adaptedLinear(
  graph: Graph,
  config: LlamaConfig,
  lora: LoraOptions,
  seed: ReturnType<Graph['feed']> | undefined,
): Linear {
  const plain = plainLinear(graph, config);
  const shapes = new Map(adapterParameters(config, lora).map(({ name, shape }) => [name, shape]));
  let salt = 0;
  return (x, layer, path) => {
    const y = plain(x, layer, path);
    const { a, b } = adapterNames(layer, path);
    const [aShape, bShape] = [shapes.get(a), shapes.get(b)];
    if (aShape === undefined || bShape === undefined) return y;
    const dropped =
      seed === undefined || lora.dropout === 0
        ? x
        : graph.one('dropout', [x, seed], { rate: lora.dropout, salt: salt++ });
    const times = { transposeA: false, transposeB: true };
    const down = graph.one('matmul', [dropped, graph.persistent(a, aShape, 'float32')], times);
    const up = graph.one('matmul', [down, graph.persistent(b, bShape, 'float32')], times);
    return graph.one('add', [y, graph.one('scale', [up], { factor: lora.alpha / lora.rank })], {});
  };
}
