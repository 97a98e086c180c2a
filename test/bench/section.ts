/** What a section of the benchmark gives: ratios to named peers measured in the same run, never a bare time. */

export interface Ratio {
  /** What was done: `Llama 2, Korean, warm`. */
  readonly what: string;
  /** Whom it is compared with, with its version. */
  readonly peer: string;
  /** How many times as fast as the peer; the median of the rounds, and the lowest and highest. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly rounds: number;
}

export interface Section {
  /** How it was measured, in a line or two. */
  readonly how: string;
  readonly ratios: readonly Ratio[];
  /** What could not be measured here, and why. */
  readonly skipped: readonly string[];
}

/** From the ratios of the rounds. */
export function ratioOf(what: string, peer: string, rounds: readonly number[]): Ratio {
  const sorted = [...rounds].sort((a, b) => a - b);
  const round = (x: number | undefined) => Number((x ?? NaN).toPrecision(3));
  return {
    what,
    peer,
    ratio: round(sorted[sorted.length >> 1]),
    lowest: round(sorted[0]),
    highest: round(sorted.at(-1)),
    rounds: rounds.length,
  };
}

/** Processor seconds of this process that work takes: the other load on the machine does not count. */
export async function cpuSeconds(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
