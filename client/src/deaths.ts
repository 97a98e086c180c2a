/** How often a process may die and be started again: so many deaths within a while end it. */

export interface Death {
  readonly code: number | null;
  readonly signal: string | null;
}

export class Deaths {
  private readonly times: number[] = [];

  /** At the last of `most` deaths within `windowMs` it is given up. */
  constructor(
    private readonly most: number,
    private readonly windowMs: number,
  ) {}

  /** Notes a death at a time in milliseconds; true where it was the last one. */
  note(now: number): boolean {
    this.times.push(now);
    while (this.times[0] !== undefined && now - this.times[0] > this.windowMs) this.times.shift();
    return this.times.length >= this.most;
  }

  forget(): void {
    this.times.length = 0;
  }
}

/** `exit status 7`, `SIGKILL`; undefined where the process said neither. */
export const deathReason = ({ code, signal }: Death): string | undefined =>
  signal ?? (code === null ? undefined : `exit status ${code}`);
