import { describe, expect, it } from 'vitest';
import { Random } from '../base/random.ts';
import values from '../../../test/fixtures/sampling.json' with { type: 'json' };
import { type SamplingOptions, distribution, sample } from './sample.ts';

interface Case {
  readonly options: Partial<SamplingOptions> & { readonly temperature: number };
  /** The greedy token's id, or shares by id. */
  readonly expected: number | readonly number[];
}
const cases = values.rows.flatMap(({ logits, seen, cases }, row) =>
  (cases as readonly Case[]).map(
    (one) => [`${JSON.stringify(one.options)}, logits ${row}`, Float32Array.from(logits), seen, one] as const,
  ),
);

describe('sampling', () => {
  it.each(cases)("draws from Hugging Face's distribution: %s", (_, logits, seen, { options, expected }) => {
    const full = { topP: 1, ...options };
    if (typeof expected === 'number') {
      expect(sample(logits, full, new Random(1), seen)).toBe(expected);
      return;
    }
    const found = distribution(logits, full, seen);
    expect(Array.from(found, (share) => share > 0)).toEqual(expected.map((share) => share > 0));
    expected.forEach((share, id) => expect(found[id]).toBeCloseTo(share, 6));
  });

  it('takes the first of the likeliest when greedy', () => {
    expect(sample(Float32Array.of(0, 2, 2), { temperature: 0, topP: 1 }, new Random(1))).toBe(1);
  });

  it('draws each token as often as its share says, and none that was left out', () => {
    const { logits, seen } = values.rows[0]!;
    const options = { temperature: 0.8, topK: 12, topP: 0.85, repetitionPenalty: 1.2 };
    const shares = distribution(Float32Array.from(logits), options, seen);
    const random = new Random(5);
    const counts = new Float64Array(shares.length);
    const draws = 4000;
    for (let i = 0; i < draws; i++) counts[sample(Float32Array.from(logits), options, random, seen)]!++;
    shares.forEach((share, id) =>
      expect(Math.abs(counts[id]! / draws - share)).toBeLessThan(share === 0 ? 1e-9 : 0.04),
    );
  });

  it('takes the nucleus that sorting all tokens gives, whatever is equal', () => {
    const random = new Random(7);
    for (const topP of [0.05, 0.5, 0.9, 0.999]) {
      // Few levels, so that the cut falls among equals.
      const logits = Float32Array.from({ length: 500 }, () => Math.round(2 * random.normal()));
      const top = logits.reduce((most, logit) => Math.max(most, logit));
      const weights = Array.from(logits, (logit) => Math.exp(logit - top));
      const enough = topP * weights.reduce((sum, weight) => sum + weight, 0);
      const sorted = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || b - a);
      const taken = new Set<number>();
      for (let mass = 0, i = 0; mass < enough; i++) {
        taken.add(sorted[i]!);
        mass += weights[sorted[i]!]!;
      }
      const shares = distribution(logits, { temperature: 1, topP }, []);
      expect([...shares.keys()].filter((id) => shares[id]! > 0)).toEqual([...taken].sort((a, b) => a - b));
    }
  });

  it('draws the same with the same seed', () => {
    const logits = Float32Array.from(values.rows[0]!.logits);
    const drawn = (seed: number) => {
      const random = new Random(seed, 'generate');
      return Array.from({ length: 50 }, () => sample(logits, { temperature: 1, topP: 1 }, random));
    };
    expect(drawn(3)).toEqual(drawn(3));
    expect(drawn(3)).not.toEqual(drawn(4));
  });
});
