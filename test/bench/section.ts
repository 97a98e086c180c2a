/**
 * What a section of the benchmark gives: ratios to named peers measured in the same run; times only where the goal is a time that a
 * person feels, beside that goal.
 */

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

/** How long something took that a person waits for, each time. */
export interface Times {
  readonly what: string;
  /** What 95 % of them may take, in milliseconds. */
  readonly allowedMs: number;
  /** Milliseconds: the median, what 95 % and 99 % stay within, the longest. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

export interface Section {
  /** How it was measured, in a line or two. */
  readonly how: string;
  readonly ratios: readonly Ratio[];
  readonly times?: readonly Times[];
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

/** From the milliseconds that each of them took. */
export function timesOf(what: string, taken: readonly number[], allowedMs: number): Times {
  const sorted = [...taken].sort((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!.toPrecision(3));
  return { what, allowedMs, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1), count: taken.length };
}

/** Processor seconds of this process that work takes: the other load on the machine does not count. */
export async function cpuSeconds(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
