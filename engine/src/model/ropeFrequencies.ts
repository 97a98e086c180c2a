/** How fast each pair of a head's elements turns with the position: the rotary embedding's angles, scaled or not. */
import type { LlamaConfig, RopeScaling } from './model.ts';

/**
 * Angle per position of each pair of a head's elements, in radians, headDim / 2 of them: theta ^ (-2 i / headDim)
 * (Su et al., 2021), scaled as the config says.
 */
export function ropeFrequencies({
  headDim,
  ropeTheta,
  ropeScaling,
}: Pick<LlamaConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>): number[] {
  const frequencies = Array.from({ length: headDim / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headDim));
  return ropeScaling === undefined ? frequencies : frequencies.map((frequency) => scaled(frequency, ropeScaling));
}

function scaled(frequency: number, scaling: RopeScaling): number {
  const { factor } = scaling;
  switch (scaling.type) {
    case 'linear':
      return frequency / factor;
    case 'llama3': {
      const { lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
      /** Turns within the window of the first training. */
      const turns = (originalContextLength * frequency) / (2 * Math.PI);
      if (turns > high) return frequency;
      if (turns < low) return frequency / factor;
      const kept = (turns - low) / (high - low);
      return (1 - kept) * (frequency / factor) + kept * frequency;
    }
    default:
      scaling satisfies never;
      throw new Error('unknown scaling');
  }
}
