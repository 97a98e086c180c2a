/**
 * Follows one run's directory for as long as someone looks: its rows, each once, and its status. The files say what is
 * so; the run's control socket and a clock say when to look.
 */
import { isLive, readStatus } from '../../engine/src/runs/state.ts';
import { metricsFile } from '../../engine/src/runs/metrics.ts';
import { MetricsTail, type MetricsChange } from './metricsTail.ts';
import type { MetricRow, RunStatus } from './protocol.ts';

/** How a follower hears of news: resolves to undefined where nothing listens at the socket. */
export type Attach = (
  socket: string,
  onNews: () => void,
  onEnd: () => void,
) => Promise<{ readonly detach: () => void } | undefined>;

export interface RunFollowerEvents {
  readonly rows: (change: MetricsChange) => void;
  readonly status: (status: RunStatus) => void;
}

const lookEvery = 500;

export class RunFollower {
  readonly directory: string;
  readonly #tail: MetricsTail;
  readonly #attach: Attach;
  readonly #events: RunFollowerEvents;
  #clock: NodeJS.Timeout | undefined;
  #attached: { readonly detach: () => void } | 'trying' | undefined;
  #looking: Promise<void> = Promise.resolve();
  #waiting = false;
  #lastStatus = '';
  #ended = false;

  constructor(directory: string, attach: Attach, events: RunFollowerEvents) {
    this.directory = directory;
    this.#tail = new MetricsTail(metricsFile(directory));
    this.#attach = attach;
    this.#events = events;
  }

  /** The rows so far. Those that come later go to `events.rows`, the first of them after this one's answer. */
  async start(): Promise<readonly MetricRow[]> {
    const { rows } = await this.#tail.read();
    if (this.#ended) return rows;
    this.#clock = setInterval(() => this.look(), lookEvery);
    this.look();
    return rows;
  }

  /** Looks again now; looks that are asked for while one goes share the next. */
  look(): void {
    if (this.#waiting || this.#ended) return;
    this.#waiting = true;
    this.#looking = this.#looking.then(async () => {
      this.#waiting = false;
      await this.#look().catch(() => undefined); // files that cannot be read now are looked at again by the clock
    });
  }

  async #look(): Promise<void> {
    // The status first: rows written before a run said it was done are told before the status is.
    const status = readStatus(this.directory);
    const change = await this.#tail.read();
    if (this.#ended) return;
    if (change.rows.length > 0 || change.cutAfter !== undefined) this.#events.rows(change);
    if (status === undefined) return;
    const seen = JSON.stringify({ ...status, heartbeat: 0 });
    if (seen !== this.#lastStatus) {
      this.#lastStatus = seen;
      this.#events.status(status);
    }
    if (isLive(status.state) && this.#attached === undefined) await this.#listen(status.socket);
  }

  async #listen(socket: string): Promise<void> {
    this.#attached = 'trying';
    const attached = await this.#attach(
      socket,
      () => this.look(),
      () => {
        this.#attached = undefined;
        this.look();
      },
    );
    if (this.#ended) attached?.detach();
    else if ((this.#attached as unknown) === 'trying') this.#attached = attached;
  }

  stop(): void {
    this.#ended = true;
    clearInterval(this.#clock);
    if (this.#attached !== undefined && this.#attached !== 'trying') this.#attached.detach();
  }
}
