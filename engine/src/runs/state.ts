/** state.json: what a run says of itself, written by its process alone, and read by whoever looks at the directory. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import type { RunState, RunStatus } from '../protocol.ts';
import { isAlive } from './process.ts';

export const stateFile = (directory: string): string => path.join(directory, 'state.json');

/** True for a state that a process keeps; the other states are ends. */
export function isLive(state: RunState): boolean {
  switch (state) {
    case 'queued':
    case 'preparing':
    case 'running':
    case 'stopping':
      return true;
    case 'stopped':
    case 'done':
    case 'failed':
    case 'interrupted':
      return false;
    default:
      return state satisfies never;
  }
}

/**
 * The status of a run's directory, `interrupted` where its process died without a word; undefined where there is none.
 */
export function readStatus(directory: string): RunStatus | undefined {
  let status;
  try {
    status = JSON.parse(readFileSync(stateFile(directory), 'utf8')) as RunStatus | null;
  } catch {
    return undefined;
  }
  if (typeof status?.state !== 'string') return undefined; // damaged
  return isLive(status.state) && !isAlive(status)
    ? { ...status, state: 'interrupted', message: 'its process ended without a word' }
    : status;
}

/** Keeps state.json: one write at a time, the newest last, and a heartbeat while nothing else is written. */
export class StateWriter {
  readonly #directory: string;
  readonly #tell: (status: RunStatus) => void;
  #status: RunStatus;
  #writing: Promise<void> | undefined;
  #dirty = false;
  /** On a clock that only goes on: the machine's may be set back, by hours. */
  #lastWrite = -Infinity;
  readonly #heart: NodeJS.Timeout;

  /** `tell` is given each status as it is written. A write that fails (a full disk) is left to the next one. */
  constructor(directory: string, first: Omit<RunStatus, 'heartbeat'>, tell: (status: RunStatus) => void) {
    this.#directory = directory;
    this.#tell = tell;
    this.#status = { ...first, heartbeat: Date.now() };
    this.#heart = setInterval(() => this.update({}), 2000);
    this.#heart.unref();
  }

  get status(): RunStatus {
    return this.#status;
  }

  /** Takes the change over now and writes it soon; steps in quick succession share a write. */
  update(change: Partial<RunStatus>): void {
    this.#status = { ...this.#status, ...change, heartbeat: Date.now() };
    this.#dirty = true;
    if (this.#writing !== undefined) return;
    const wait = change.state === undefined ? Math.max(0, this.#lastWrite + 200 - performance.now()) : 0;
    this.#writing = this.#writeLater(wait).finally(() => (this.#writing = undefined));
  }

  async #writeLater(wait: number): Promise<void> {
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    while (this.#dirty) {
      this.#dirty = false;
      const status = this.#status;
      try {
        await writeFileAtomic(stateFile(this.#directory), `${JSON.stringify(status, undefined, 2)}\n`);
      } catch {
        // the next heartbeat tries again
      }
      this.#lastWrite = performance.now();
      this.#tell(status);
    }
  }

  /** Writes a change and waits until it is on the disk. */
  async flush(change: Partial<RunStatus>): Promise<void> {
    this.update(change);
    while (this.#writing !== undefined) await this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#heart);
    while (this.#writing !== undefined) await this.#writing;
  }
}
