/** Executables kept by kind and sizes, so that a plan is compiled once; and the order in which sessions use a backend. */
import type { Backend, Executable, Precision } from '../backends/backend.ts';
import type { Graph, Sizes } from '../graph/index.ts';

/** The most recently used executables of one session. Graphs are built once a kind. */
export class Plans {
  readonly #backend: Backend;
  readonly #precision: Precision;
  readonly #limit: number;
  readonly #graphs = new Map<string, Graph>();
  readonly #executables = new Map<string, Executable>();

  constructor(backend: Backend, precision: Precision, limit = 16) {
    this.#backend = backend;
    this.#precision = precision;
    this.#limit = limit;
  }

  async get(kind: string, sizes: Sizes, build: () => Graph): Promise<Executable> {
    const key = [kind, ...Object.entries(sizes).map(([symbol, size]) => `${symbol}=${size}`)].join(' ');
    const known = this.#executables.get(key);
    if (known !== undefined) {
      this.#executables.delete(key);
      this.#executables.set(key, known);
      return known;
    }
    const graph = this.#graphs.get(kind) ?? build();
    this.#graphs.set(kind, graph);
    const executable = await this.#backend.compile(graph, sizes, this.#precision);
    this.#executables.set(key, executable);
    for (const [oldest, old] of this.#executables) {
      if (this.#executables.size <= this.#limit) break;
      this.#executables.delete(oldest);
      old.dispose();
    }
    return executable;
  }

  dispose(): void {
    for (const executable of this.#executables.values()) executable.dispose();
    this.#executables.clear();
  }
}

/** Lets one piece of work after another at a backend, in the order of the calls. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
