/** Draws the solved examples of a question: the same for a seed on every machine, whatever the limit on rows. */
import { Random } from '../base/random.ts';

/**
 * `count` different numbers below `size` in random order, never `except`: the head of a seeded shuffle (Fisher and Yates).
 * `stream` names the draw, such as a task and a row. There must be enough numbers to draw from.
 */
export function shuffled(size: number, count: number, seed: number, stream: string, except?: number): number[] {
  const random = new Random(seed, stream);
  const moved = new Map<number, number>();
  const at = (i: number) => moved.get(i) ?? i;
  const drawn: number[] = [];
  for (let i = 0; drawn.length < count; i++) {
    if (i >= size) throw new RangeError(`cannot draw ${count} of ${size} numbers`);
    const j = i + random.below(size - i);
    const chosen = at(j);
    moved.set(j, at(i));
    if (chosen !== except) drawn.push(chosen);
  }
  return drawn;
}
