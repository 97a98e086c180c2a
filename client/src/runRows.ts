/**
 * The rows of runs that pages show, followed once for all who look at the same run. The run directory is the truth: after a
 * restart of the server everything is asked for anew.
 */
import * as vscode from 'vscode';
import type { MetricRow, RunInfo } from '../../server/src/protocol.ts';
import { FollowRun, RunMetrics, UnfollowRun } from '../../server/src/protocol.ts';
import { lineOf } from './problemLines.ts';
import { appendRows } from './webview/_curve.ts';
import type { Workbench } from './workbench.ts';

/** A run as far as it is known. */
export interface FollowedRun {
  readonly run?: RunInfo;
  readonly rows?: readonly MetricRow[];
  /** Why it cannot be followed. */
  readonly problem?: string;
}

export interface RowsListener {
  /** Everything, anew. */
  all(followed: FollowedRun): void;
  /** Rows to be put behind the others with `appendRows`. */
  more(rows: readonly MetricRow[]): void;
}

export class RunRows {
  readonly #server: Workbench['server'];
  readonly #runs = new Map<string, Followed>();

  constructor({ extension, server }: Workbench) {
    this.#server = server;
    extension.subscriptions.push(
      server.on(RunMetrics.type, ({ directory, rows }) => this.#runs.get(directory)?.add(rows)),
      // A server that came back follows nothing yet.
      server.onReady(() => {
        for (const followed of this.#runs.values()) void followed.ask();
      }),
    );
  }

  get(directory: string): FollowedRun | undefined {
    return this.#runs.get(directory)?.known;
  }

  /** Tells the listener all that is known, now or once it is, and from then on what comes. Disposing ends it. */
  follow(directory: string, listener: RowsListener): vscode.Disposable {
    let followed = this.#runs.get(directory);
    if (followed === undefined) {
      followed = new Followed(directory, this.#server);
      this.#runs.set(directory, followed);
      void followed.ask();
    } else if (followed.known.rows !== undefined) listener.all(followed.known);
    followed.listeners.add(listener);
    const { listeners } = followed;
    return new vscode.Disposable(() => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.#runs.delete(directory);
      this.#server.notify(UnfollowRun.type, { directory });
    });
  }
}

class Followed {
  readonly listeners = new Set<RowsListener>();
  readonly #directory: string;
  readonly #server: Workbench['server'];
  known: FollowedRun = {};
  /** Rows told while the answer with all rows is under way. */
  #early: MetricRow[] | undefined;

  constructor(directory: string, server: Workbench['server']) {
    this.#directory = directory;
    this.#server = server;
  }

  async ask(): Promise<void> {
    if (this.#early !== undefined) return;
    this.#early = [];
    try {
      const { run, rows } = await this.#server.request(FollowRun.type, { directory: this.#directory });
      this.known = { run, rows: appendRows(rows, this.#early) };
    } catch (error) {
      this.known = { ...this.known, problem: lineOf(error) };
    } finally {
      this.#early = undefined;
    }
    for (const listener of this.listeners) listener.all(this.known);
  }

  add(rows: readonly MetricRow[]): void {
    if (this.#early !== undefined) {
      this.#early.push(...rows);
      return;
    }
    this.known = { ...this.known, rows: appendRows(this.known.rows ?? [], rows) };
    for (const listener of this.listeners) listener.more(rows);
  }
}
