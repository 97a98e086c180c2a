/** How long something goes on, from what is done: for lines of progress. */

/** `, about 3 min left`; empty until enough is done to tell. `now` in milliseconds. */
export class TimeLeft {
  readonly #total: number;
  readonly #now: () => number;
  readonly #began: number;
  #done = 0;

  constructor(total: number, now: () => number = () => performance.now()) {
    this.#total = total;
    this.#now = now;
    this.#began = now();
  }

  /** Of this sitting, in [0, 1]. */
  get fraction(): number {
    return this.#total === 0 ? 1 : this.#done / this.#total;
  }

  step(): string {
    this.#done++;
    const left = this.#total - this.#done;
    const elapsed = (this.#now() - this.#began) / 1000;
    if (left <= 0 || elapsed < 5) return '';
    const seconds = (elapsed / this.#done) * left;
    const [value, unit] =
      seconds < 90 ? [seconds, 's'] : seconds < 5400 ? [seconds / 60, 'min'] : [seconds / 3600, 'h'];
    return `, about ${unit === 'h' ? value.toFixed(1) : Math.max(1, Math.round(value))} ${unit} left`;
  }
}
