/**
 * The inference host: a process that answers chat, generation and evaluation, one request after the other, on the model that
 * was asked last. It ends itself when nobody has been attached for a while.
 */
import { type CancellationToken, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import type { BackendOptions } from '../backends/backend.ts';
import { type Problem, ProblemError, type Result, bad, ok } from '../base/problem.ts';
import { evaluateTasks } from '../evaluation/evaluate.ts';
import { answersDirectory } from '../evaluation/keptAnswers.ts';
import { TaskRowsReader } from '../evaluation/taskRows.ts';
import { generate } from '../generation/generate.ts';
import type { OpenModel } from '../generation/openModel.ts';
import { promptIds, readTemplateChoice, withinWindow } from '../generation/prompt.ts';
import {
  Chunk,
  Evaluate,
  EvaluateProgress,
  Generate,
  type ModelChoice,
  Shutdown,
  TaskRows,
  protocolVersion,
} from '../protocol.ts';
import { type Listener, listen, problemError } from '../protocolServer.ts';
import { engineVersion } from '../version.ts';
import { ModelKeeper } from './modelKeeper.ts';

export interface HostOptions extends BackendOptions {
  readonly socket: string;
  /** Ends after so long without clients. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  /** Called once it listens. */
  readonly onListening?: () => void;
}

/** Serves until it is told to end, is stopped, or is left alone. */
export async function serve(options: HostOptions): Promise<void> {
  await new Host(options).serve();
}

class Host {
  readonly #options: HostOptions;
  readonly #models: ModelKeeper;
  readonly #taskRows = new TaskRowsReader();
  /** Aborted when the host ends: what is under way ends too. */
  readonly #ending = new AbortController();
  /** The last request's end; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();
  #underWay = 0;
  #leftAlone = performance.now();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#models = new ModelKeeper(options);
  }

  async serve(): Promise<void> {
    const { socket, signal, idleMs } = this.#options;
    let end = (): void => undefined;
    const ended = new Promise<void>((done) => (end = done));
    const listener: Listener = await listen(socket, {
      greeting: () => ({ protocolVersion, engineVersion, pid: process.pid, kind: 'host' }),
      onClient: (connection) => this.#greet(connection, end),
      onClientGone: () => (this.#leftAlone = performance.now()),
    });
    const watch = setInterval(
      () => {
        if (listener.clients > 0 || this.#underWay > 0) this.#leftAlone = performance.now();
        else if (performance.now() - this.#leftAlone > idleMs) end();
      },
      Math.min(1000, idleMs),
    );
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    this.#options.onListening?.();
    await ended;
    clearInterval(watch);
    this.#ending.abort(new Error('the host ends'));
    await this.#turn;
    this.#models.dispose();
    await listener.close();
  }

  #greet(connection: MessageConnection, end: () => void): void {
    connection.onRequest(Generate.type, (params, token) =>
      this.#answer(params, connection, token, (model, signal) => this.#generate(params, model, connection, signal)),
    );
    connection.onRequest(Evaluate.type, (params, token) =>
      this.#answer(params, connection, token, (model, signal) => this.#evaluate(params, model, connection, signal)),
    );
    connection.onRequest(TaskRows.type, async (params) => {
      const rows = await this.#taskRows.read(params);
      return rows.ok ? rows.value : problemError(rows.problem);
    });
    connection.onRequest(Shutdown.type, () => {
      void this.#turn.then(() => setTimeout(end, 50)); // the answer goes out before the line is cut
      return null;
    });
  }

  /** Waits for its turn, opens the model and does the work; cancelled by the token or when the client goes. */
  async #answer<T>(
    choice: ModelChoice,
    connection: MessageConnection,
    token: CancellationToken,
    work: (model: OpenModel, signal: AbortSignal) => Promise<Result<T>>,
  ): Promise<T | ResponseError<Problem>> {
    const stop = new AbortController();
    const cancel = (): void => stop.abort(new Error('cancelled'));
    token.onCancellationRequested(cancel);
    connection.onClose(cancel);
    this.#ending.signal.addEventListener('abort', cancel, { once: true });
    const turn = this.#turn.then(async (): Promise<Result<T>> => {
      try {
        const model = await this.#models.get(choice, { signal: stop.signal });
        return model.ok ? await work(model.value, stop.signal) : model;
      } catch (error) {
        if (stop.signal.aborted) return bad('cancelled');
        if (error instanceof ProblemError) return { ok: false, problem: error.problem };
        throw error;
      }
    });
    this.#underWay++;
    this.#turn = turn.catch(() => undefined);
    try {
      const result = await turn;
      return result.ok ? result.value : problemError(result.problem);
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      return problemError({ what: `the host failed: ${(error as Error).message}`, remedy: 'Please report this.' });
    } finally {
      this.#underWay--;
      this.#ending.signal.removeEventListener('abort', cancel);
    }
  }

  async #generate(
    params: Generate.Params,
    model: OpenModel,
    connection: MessageConnection,
    signal: AbortSignal,
  ): Promise<Result<Generate.Answer>> {
    if (!model.tokenizer.ok) return model.tokenizer;
    const tokenizer = model.tokenizer.value;
    const choice = readTemplateChoice(params.template ?? 'none');
    if (!choice.ok) return choice;
    const { contextLength } = model.session;
    const asked = { tokenizer, template: model.template, contextLength };
    const prompt = promptIds(params, choice.value, asked, params.maxTokens);
    if (!prompt.ok) return prompt;
    const { ids, template, turns, ends } = prompt.value;
    const fitting = withinWindow(ids, contextLength);
    if (!fitting.ok) return fitting;
    if (ids.length === 0) return bad('the prompt is empty', undefined, 'Write one.');
    const { requestId } = params;
    const { text, newTokens, tokensPerSecond, reason } = await generate(model.session, tokenizer, {
      promptIds: ids,
      maxTokens: params.maxTokens,
      temperature: params.temperature ?? 0,
      topK: params.topK ?? 0,
      repetitionPenalty: params.repetitionPenalty ?? 1,
      topP: params.topP ?? 1,
      seed: params.seed ?? 42,
      stop: params.stop ?? [],
      eosIds: [...model.eosIds, ...ends],
      signal,
      onText: (chunk) =>
        void connection.sendNotification(Chunk.type, { requestId, text: chunk }).catch(() => undefined),
    });
    const told = { text, promptTokens: ids.length, newTokens, tokensPerSecond, reason, backend: model.backend };
    return ok({ ...told, turns, ...(template === undefined ? {} : { template }) });
  }

  async #evaluate(
    params: Evaluate.Params,
    model: OpenModel,
    connection: MessageConnection,
    signal: AbortSignal,
  ): Promise<Result<Evaluate.Answer>> {
    if (!model.tokenizer.ok) return model.tokenizer;
    const { requestId, ...request } = params;
    return evaluateTasks(
      {
        ...request,
        ...model.choice,
        ...{ backend: model.backend, precision: model.precision, eosIds: model.eosIds, state: model.state },
        ...(model.device === undefined ? {} : { device: model.device }),
        answersDirectory: answersDirectory(),
      },
      model.session,
      model.tokenizer.value,
      {
        signal,
        onProgress: (progress) =>
          void connection.sendNotification(EvaluateProgress.type, { requestId, ...progress }).catch(() => undefined),
      },
    );
  }
}
