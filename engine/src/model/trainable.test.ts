import { describe, expect, it } from 'vitest';
import type { LlamaConfig } from './model.ts';
import type { TrainableOptions } from './trainable.ts';
import { percentOf, summarizeTrainable } from './trainable.ts';

/** Llama 2 13B with the vocabulary of the Bllossom paper. */
const large: LlamaConfig = {
  ...{ hiddenSize: 5120, intermediateSize: 13_824, layers: 40, heads: 40, kvHeads: 40, headDim: 128 },
  ...{ vocabularySize: 39_478, contextLength: 4096, rmsNormEpsilon: 1e-5, ropeTheta: 10_000, tiedHead: false },
};
const lora = {
  rank: 64,
  alpha: 16,
  dropout: 0.05,
  init: 'kaiming',
  targets: ['q_proj', 'k_proj', 'v_proj'],
} as const;
const all = 40 * (4 * 5120 ** 2 + 3 * 5120 * 13_824 + 2 * 5120) + 5120 + 2 * 39_478 * 5120;
const factors = 40 * 3 * 64 * (5120 + 5120);
const table = 39_478 * 5120;

const summary = (options: TrainableOptions, config = large) => {
  const result = summarizeTrainable(config, options);
  if (!result.ok) throw new Error(result.problem.what);
  return result.value;
};

describe('what trains', () => {
  // The paper reports 5.977 % for LoRA of rank 64 on q, k, v with the expanded embedding. No plain count of this shape gives
  // that figure: the adapters alone are 0.597 %, with the embedding 2.132 %, with embedding and head 3.666 % (over the model with
  // its adapters, as PEFT counts). Nor does one in which 4-bit weights count as they are stored, two to the byte: embedding and
  // head with adapters of rank 16 would be 5.911 %, of rank 64 6.678 %. So the counts are held against arithmetic, not the paper.
  it.each([
    ['adapters', {}, factors, '0.5971'],
    ['with the embedding', { trainable: ['embed_tokens'] }, factors + table, '2.132'],
    ['with embedding and head', { trainable: ['embed_tokens', 'lm_head'] }, factors + 2 * table, '3.666'],
    [
      'with the new rows of both',
      { trainable: ['embed_tokens', 'lm_head'], newRowsFrom: 32_000 },
      factors + 2 * 7478 * 5120,
      '1.178',
    ],
  ])('is counted: %s', (_, options, trained, percent) => {
    const found = summary({ lora, ...options });
    expect([found.trained, found.all, percentOf(found)]).toEqual([trained, all + factors, percent]);
  });

  it('is named by kind', () => {
    const { groups } = summary({ lora, trainable: ['lm_head'], newRowsFrom: 32_000 });
    expect(groups.map(({ name, tensors }) => [name, tensors])).toEqual([
      ['lm_head (rows from 32000)', 1],
      ...lora.targets.flatMap((target) => [
        [`${target} lora_A`, 40],
        [`${target} lora_B`, 40],
      ]),
    ]);
    expect(summary({}).trained).toBe(all);
    const tied = { ...large, tiedHead: true };
    expect(summary({ trainable: ['embed_tokens', 'lm_head'] }, tied).trained).toBe(table); // one table, counted once
  });
});
