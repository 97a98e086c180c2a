/**
 * The inference host as the features see it: a process that is started at the first question, kept while it lives, and
 * started anew at the next question after it has died. A question under way when it dies is answered with a problem.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CancellationTokenSource, ResponseError } from 'vscode-languageserver/node';
import type { RequestType } from 'vscode-languageserver/node';
import type { Result } from '../../engine/src/base/problem.ts';
import { bad, ok } from '../../engine/src/base/problem.ts';
import type { Progress } from '../../engine/src/base/progress.ts';
import { spawnHost } from '../../engine/src/host/spawnHost.ts';
import type { SpawnedHost } from '../../engine/src/host/spawnHost.ts';
import { Chunk, Evaluate, EvaluateProgress, Generate, Shutdown, TaskRows } from '../../engine/src/protocol.ts';
import { problemOf } from '../../engine/src/protocolClient.ts';
import type { NodeChoice } from './nodePath.ts';
import { serverVersion } from './version.ts';

export interface InferenceHostOptions {
  readonly enginePath: string;
  readonly node: () => Promise<Result<NodeChoice>>;
  /** Told when the host comes and goes. */
  readonly log: (line: string) => void;
}

export class InferenceHost {
  readonly #options: InferenceHostOptions;
  /** The host that lives, or is being started. */
  #host: Promise<Result<SpawnedHost>> | undefined;
  #described = 'not started (it starts at the first question)';
  readonly #chunks = new Map<string, (text: string) => void>();
  readonly #progress = new Map<string, (progress: Progress) => void>();
  #disposed = false;

  constructor(options: InferenceHostOptions) {
    this.#options = options;
  }

  /** One line for people. */
  describe(): string {
    return this.#described;
  }

  /** Text comes through `onChunk` as it is made. Aborting it ends it early: the answer then has what there is. */
  async generate(
    params: Generate.Params,
    onChunk: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Result<Generate.Answer>> {
    this.#chunks.set(params.requestId, onChunk);
    try {
      return await this.#request(Generate.type, params, signal);
    } finally {
      this.#chunks.delete(params.requestId);
    }
  }

  async evaluate(
    params: Evaluate.Params,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<Result<Evaluate.Answer>> {
    this.#progress.set(params.requestId, onProgress);
    try {
      // The host goes on to the end of its batch, and keeps its answers; nobody need wait for that.
      return await Promise.race([this.#request(Evaluate.type, params, signal), stopped(signal)]);
    } finally {
      this.#progress.delete(params.requestId);
    }
  }

  /** Rows of a task's file; needs no model. */
  taskRows(params: TaskRows.Params, signal: AbortSignal): Promise<Result<TaskRows.Answer>> {
    return this.#request(TaskRows.type, params, signal);
  }

  async #request<P, R, E>(type: RequestType<P, R, E>, params: P, signal: AbortSignal): Promise<Result<R>> {
    const starting = (this.#host ??= this.#start());
    let host: Result<SpawnedHost> | undefined;
    try {
      host = await starting;
    } finally {
      // Tried again at the next question, unless somebody has begun to already.
      if (host?.ok !== true && this.#host === starting) this.#host = undefined;
    }
    if (!host.ok) return host;
    if (signal.aborted) return stopped(signal);
    const source = new CancellationTokenSource();
    const cancel = () => source.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const { connection, ended } = host.value;
    try {
      return await Promise.race([
        connection
          .sendRequest<R>(type.method, params, source.token)
          .then(ok, async (error: unknown): Promise<Result<R>> => {
            // A write may fail a moment before the process is known to have ended.
            const end = isProblem(error) ? undefined : await Promise.race([ended, sleep(1000, undefined)]);
            return end === undefined ? { ok: false, problem: problemOf(error) } : died(end);
          }),
        ended.then(died),
      ]);
    } finally {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  async #start(): Promise<Result<SpawnedHost>> {
    const node = await this.#options.node();
    if (!node.ok) return node;
    const started = await spawnHost({
      node: node.value.path,
      env: node.value.env,
      enginePath: this.#options.enginePath,
      client: `language server ${serverVersion}`,
      prepare: (connection) => {
        connection.onNotification(Chunk.type, ({ requestId, text }) => this.#chunks.get(requestId)?.(text));
        connection.onNotification(EvaluateProgress.type, ({ requestId, ...progress }) =>
          this.#progress.get(requestId)?.(progress),
        );
      },
    });
    if (!started.ok) {
      this.#tell('could not be started');
      return started;
    }
    const mine = this.#host;
    this.#tell(`pid ${started.value.pid}, Node ${node.value.version}`);
    void started.value.ended.then((how) => {
      if (this.#host === mine) this.#host = undefined;
      this.#tell(this.#disposed ? 'ended' : `ended (${how}); it starts again at the next question`);
    });
    return started;
  }

  #tell(what: string): void {
    this.#described = what;
    if (!this.#disposed) this.#options.log(`inference host: ${what}`);
  }

  /** Ends the host's process. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const host = await this.#host?.catch(() => undefined);
    if (host?.ok !== true) return;
    await Promise.race([host.value.connection.sendRequest(Shutdown.type, {}), host.value.ended]).catch(() => undefined);
    host.value.kill();
  }
}

const isProblem = (error: unknown): boolean => error instanceof ResponseError && error.data !== undefined;

const died = (how: string) =>
  bad(
    `the inference host’s process ended in the middle of the work (${how})`,
    undefined,
    'Ask again: it is started anew. If it happens again, the model may be too large for the memory of this machine.',
  );

/** Comes once the user has stopped it. */
const stopped = (signal: AbortSignal): Promise<Result<never>> =>
  new Promise((resolve) => {
    const tell = (): void => resolve(bad('stopped by the user'));
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
