import { expect, it } from 'vitest';
import { ropeFrequencies } from './ropeFrequencies.ts';

const plain = { headDim: 14, ropeTheta: 10_000 };
const before = ropeFrequencies(plain);

it('divides every angle where the scaling is linear', () => {
  const after = ropeFrequencies({ ...plain, ropeScaling: { type: 'linear', factor: 4 } });
  expect(after).toEqual(before.map((frequency) => frequency / 4));
});

// The numbers themselves are held against PyTorch: test/conformance on tiny-llama3.
it("keeps short waves, slows long ones and blends those in between where it is Llama 3's", () => {
  const after = ropeFrequencies({
    ...plain,
    ropeScaling: {
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContextLength: 340,
    },
  });
  const ratios = after.map((frequency, i) => frequency / before[i]!);
  expect(ratios.slice(0, 2)).toEqual([1, 1]);
  for (const ratio of ratios.slice(2, 4)) expect(ratio > 1 / 8 && ratio < 1).toBe(true);
  expect(ratios.slice(4)).toEqual([1 / 8, 1 / 8, 1 / 8]);
});
