/**
 * A run, from its spec to its end, in the process that calls this: directory and lock, control socket, queue for the device,
 * preparation, training, final model. Whatever happens is told in state.json, to those who are attached, and in the log.
 */
import path from 'node:path';
import { type Problem, ProblemError, type Result, ok, problemLine, unwrap } from '../base/problem.ts';
import { isFileError, isOutOfRoom, systemProblem } from '../base/fileProblem.ts';
import type { TrainingSession } from '../model/sessions.ts';
import { type MetricRow, type RunState, type RunStatus, Metrics, Status, Stop, protocolVersion } from '../protocol.ts';
import { type Listener, listen } from '../protocolServer.ts';
import { socketPath } from '../sockets.ts';
import { FirstGradients } from '../training/gradientCheck.ts';
import { gatherMaterial } from '../training/material.ts';
import { type MemoryEstimate, memoryLines, seenInProcess, tooFull } from '../training/foresee.ts';
import { type Prepared, prepare } from '../training/prepare.ts';
import { probe } from '../training/probes.ts';
import { type TrainingEnd, train } from '../training/train.ts';
import { engineVersion } from '../version.ts';
import { type TrainerState, readCheckpoint } from './checkpoints.ts';
import { type RunDirectory, checkDirectory, openRunDirectory, writeRecord } from './directory.ts';
import { writeFinal } from './final.ts';
import { checkUnchanged, hashInputs, inputFiles } from './inputs.ts';
import { type Lock, deviceLockDirectory, waitForLock } from './lock.ts';
import { type Log, openLog, rowLine } from './log.ts';
import { MetricsWriter, truncateMetrics, truncateSamples } from './metrics.ts';
import type { Backend, Precision } from '../backends/backend.ts';
import { type ChosenBackend, openBackend } from '../backends/index.ts';
import { isPaused, thisProcess } from './process.ts';
import { type RunSpec, readSpec } from './spec.ts';
import { memoryOf, refuseTooLarge } from './memory.ts';
import { otherDevice, otherOrder } from './resumed.ts';
import { StateWriter, readStatus } from './state.ts';

export interface RunOptions {
  readonly resume: boolean;
  /** In place of the spec's. */
  readonly backend?: string;
  readonly precision?: Precision;
  readonly threads?: number;
  readonly device?: string;
  /** Aborted when the run shall stop. */
  readonly signal: AbortSignal;
  /** Lines of the log, where somebody watches. */
  readonly echo?: (line: string) => void;
  /** Called once the run has its directory. */
  readonly onStarted?: (directory: string) => void;
}

/** How a run ended. */
export interface RunEnd {
  readonly state: Extract<RunState, 'done' | 'stopped' | 'failed'>;
  readonly step: number;
  readonly steps: number;
  /** Of the last step. */
  readonly loss?: number;
  readonly directory: string;
  /** The trained model. */
  readonly final?: string;
  readonly problem?: Problem;
  /** The problem lies in what the run was given, not in its work. */
  readonly badInput?: boolean;
}

/** A problem where the run was refused: nothing has been changed then. */
export async function run(specFile: string, options: RunOptions): Promise<Result<RunEnd>> {
  const read = readSpec(specFile);
  if (!read.ok) return read;
  const { backend = read.value.backend, precision = read.value.precision } = options;
  const spec = { ...read.value, backend, precision };
  const before = readStatus(spec.output);
  if (options.resume && before?.state === 'done') {
    const same = checkDirectory(spec, true);
    if (!same.ok) return same;
    options.onStarted?.(spec.output);
    options.echo?.('the run is done already');
    const { step, steps, loss } = before;
    const final = path.join(spec.output, 'final');
    return ok({ state: 'done', step, steps, directory: spec.output, final, ...(loss === undefined ? {} : { loss }) });
  }
  const refused = await refuseTooLarge(spec, options);
  if (!refused.ok) return refused;
  const opened = await openRunDirectory(spec, path.resolve(specFile), { resume: options.resume, engineVersion });
  if (!opened.ok) return opened;
  try {
    return ok(await new RunProcess(opened.value, options).run());
  } finally {
    opened.value.lock.release();
  }
}

class RunProcess {
  readonly #directory: RunDirectory;
  readonly #spec: RunSpec;
  readonly #options: RunOptions;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #state: StateWriter;
  #listener: Listener | undefined;
  #loss: number | undefined;
  #memory: MemoryEstimate | undefined;
  /** On `performance`'s clock. */
  #lastLine = -Infinity;
  /** As it stood before it was resumed. */
  readonly #before: RunStatus | undefined;
  /** When training began in this process, on `performance`'s clock. */
  #began = 0;

  constructor(directory: RunDirectory, options: RunOptions) {
    this.#directory = directory;
    this.#spec = directory.record.spec;
    this.#options = options;
    this.#log = openLog(directory.path, options.echo);
    const before = directory.resumed ? readStatus(directory.path) : undefined;
    this.#before = before;
    this.#state = new StateWriter(
      directory.path,
      {
        state: 'preparing',
        ...thisProcess(),
        socket: socketPath(directory.path),
        step: before?.step ?? 0,
        steps: before?.steps ?? this.#spec.steps ?? 0,
      },
      (status) => this.#listener?.broadcast(Status.type, status),
    );
  }

  async run(): Promise<RunEnd> {
    const onStop = () => this.#askToStop('by a signal');
    this.#options.signal.addEventListener('abort', onStop);
    try {
      if (this.#options.signal.aborted) onStop();
      await this.#listen();
      await this.#state.flush({});
      this.#options.onStarted?.(this.#directory.path);
      this.#log(`${this.#directory.resumed ? 'resuming' : 'starting'} ${this.#directory.record.specFile}`);
      return await this.#end(await this.#work());
    } catch (error) {
      if (this.#stop.signal.aborted && error === this.#stop.signal.reason) {
        return await this.#end({ state: 'stopped', step: this.#state.status.step });
      }
      const bug = !(error instanceof ProblemError) && !isFileError(error);
      if (bug) this.#log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      const problem =
        error instanceof ProblemError
          ? error.problem
          : isFileError(error)
            ? systemProblem(error, error.path ?? this.#directory.path)
            : { what: (error as Error).message };
      const badInput = error instanceof ProblemError && !isOutOfRoom(problem);
      const end = await this.#end({ state: 'failed', step: this.#state.status.step, problem, badInput });
      if (bug) throw error;
      return end;
    } finally {
      this.#options.signal.removeEventListener('abort', onStop);
      await this.#state.close();
      await this.#listener?.close();
    }
  }

  async #listen(): Promise<void> {
    this.#listener = await listen(this.#state.status.socket, {
      greeting: () => ({
        protocolVersion,
        engineVersion,
        pid: process.pid,
        kind: 'run',
        directory: this.#directory.path,
      }),
      onClient: (connection) => {
        connection.onRequest(Stop.type, () => {
          this.#askToStop('by request');
          return null;
        });
        void connection.sendNotification(Status.type, this.#state.status).catch(() => undefined);
      },
    });
  }

  #askToStop(how: string): void {
    if (this.#stop.signal.aborted) return;
    this.#log(`stopping ${how}`);
    this.#state.update({ state: 'stopping', message: 'finishes its step and writes a checkpoint' });
    this.#stop.abort(new Error('stopped'));
  }

  /** All between the directory and the end. */
  async #work(): Promise<Omit<RunEnd, 'directory' | 'steps'>> {
    const lock = await this.#queue();
    let chosen: ChosenBackend | undefined;
    let session: TrainingSession | undefined;
    try {
      this.#state.update({ state: 'preparing', message: 'choosing a backend' });
      const { threads, device } = this.#options;
      const selected = await openBackend(this.#spec.backend, {
        ...(threads === undefined ? {} : { threads }),
        ...(device === undefined ? {} : { device }),
      });
      if (!selected.ok) return { state: 'failed', step: 0, problem: selected.problem, badInput: true };
      chosen = selected.value;
      const { backend, reason } = chosen;
      this.#log(`backend ${backend.name} on ${backend.device}: ${reason}`);
      this.#tell(otherDevice(this.#before, backend));
      this.#state.update({ backend: backend.name, device: backend.device, backendReason: reason });
      const prepared = await this.#prepare(backend);
      if (!prepared.ok) return { state: 'failed', step: 0, problem: prepared.problem, badInput: true };
      session = prepared.value.session;
      return await this.#train(prepared.value);
    } finally {
      session?.dispose();
      chosen?.backend.dispose();
      lock.release();
    }
  }

  /** Reads data and model, after it has foreseen that they fit. */
  async #prepare(backend: Backend): Promise<Result<Prepared>> {
    const material = await gatherMaterial(this.#spec, {
      signal: this.#stop.signal,
      onProgress: ({ message }) => this.#message(message),
    });
    if (!material.ok) return material;
    const known = seenInProcess(material.value);
    const foresee = await memoryOf(material.value.model.config, known, backend.name, this.#options, { free: true });
    const estimate = foresee?.(this.#spec);
    if (foresee !== undefined && estimate !== undefined) {
      if (!estimate.ok) return estimate;
      for (const line of memoryLines(estimate.value)) this.#log(line);
      const problem = tooFull(this.#spec, estimate.value, process.memoryUsage.rss(), foresee);
      if (problem !== undefined) return { ok: false, problem };
      this.#memory = estimate.value;
    }
    this.#message('building the model');
    return prepare(this.#spec, material.value, backend);
  }

  #queue(): Promise<Lock> {
    // Every backend of this version computes on the CPU.
    return waitForLock(deviceLockDirectory('cpu'), this.#directory.path, {
      signal: this.#stop.signal,
      onWait: (holder) => {
        const { what, pid } = holder;
        const message = isPaused(holder)
          ? `waits for run ${what}, which is suspended (kill -CONT ${pid} lets it go on)`
          : `waits for run ${what} (pid ${pid})`;
        this.#log(message);
        this.#state.update({ state: 'queued', message });
      },
    });
  }

  async #train(prepared: Prepared): Promise<Omit<RunEnd, 'directory' | 'steps'>> {
    const { session, steps } = prepared;
    for (const note of prepared.notes) this.#log(note);
    await this.#checkInputs(
      [
        prepared.from.model.directory,
        ...(prepared.from.adapter === undefined ? [] : [prepared.from.adapter.directory]),
      ],
      prepared,
    );
    const checkpoint = unwrap(
      await readCheckpoint(this.#directory.path, ({ what, where }) =>
        this.#log(`passed over: ${problemLine({ what, ...(where === undefined ? {} : { where }) })}`),
      ),
    );
    const start: Omit<TrainerState, 'optimizerStep'> = checkpoint ?? {
      ...{ step: 0, tokens: 0, elapsed: 0 },
      sourceTokens: prepared.sources.map(() => 0),
    };
    if (checkpoint !== undefined) {
      await session.restore(checkpoint.weights, { step: checkpoint.optimizerStep, tensors: checkpoint.moments });
      this.#log(`going on from the checkpoint of step ${checkpoint.step}`);
      this.#tell(otherOrder(this.#directory.record, checkpoint.step));
    }
    await truncateMetrics(this.#directory.path, start.step);
    await truncateSamples(this.#directory.path, start.row === undefined ? start.step : start.step - 1);
    this.#state.update({ state: 'running', step: start.step, steps, message: '' });
    const metrics = new MetricsWriter(this.#directory.path);
    this.#began = performance.now();
    let end: TrainingEnd;
    try {
      end = await train({
        directory: this.#directory.path,
        ...prepared,
        spec: this.#spec,
        start,
        probe: (step, work) => probe(step, session, prepared.probes, prepared, work),
        ...(start.step === 0 ? { check: new FirstGradients(session, this.#spec.newRowsFrom) } : {}),
        onNote: (note) => this.#log(note),
        metrics,
        signal: this.#stop.signal,
        onRow: (row) => this.#onRow(row, start, steps),
        onMessage: (message) => this.#message(message),
      });
      metrics.sync();
    } finally {
      metrics.close();
    }
    if (end.state !== 'done') return end;
    this.#message('writing the model');
    const written = await writeFinal(this.#directory.path, session, prepared.from, this.#spec, prepared.template);
    return written.ok
      ? { state: 'done', step: end.step, final: written.value }
      : { state: 'failed', step: end.step, problem: written.problem };
  }

  /** Notes what trains, what each source gives and the inputs' hashes in run.json; on resuming, refuses inputs that have changed: the curve would be another. */
  async #checkInputs(models: readonly string[], { trains, sources }: Prepared): Promise<void> {
    const inputs = await hashInputs(inputFiles(this.#spec, models), {
      signal: this.#stop.signal,
      onProgress: ({ message }) => this.#message(message),
    });
    unwrap(checkUnchanged(this.#directory.record.inputs, inputs));
    await writeRecord(this.#directory.path, {
      ...this.#directory.record,
      ...{ inputs, trains, sources },
      ...(this.#memory === undefined ? {} : { memory: this.#memory }),
    });
  }

  #tell(note: string | undefined): void {
    if (note !== undefined) this.#log(note);
  }

  #message(message: string): void {
    if (message !== (this.#state.status.message ?? '')) this.#state.update({ message });
  }

  #onRow(row: MetricRow, start: { readonly step: number }, steps: number): void {
    this.#loss = row.loss;
    // Checkpoints and what is measured between steps take their share of the time that is left.
    const perStep = (performance.now() - this.#began) / 1000 / Math.max(1, row.step - start.step);
    this.#state.update({
      ...{ step: row.step, loss: row.loss, secondsLeft: perStep * (steps - row.step) },
      ...(row.sourceTokens === undefined ? {} : { sourceTokens: row.sourceTokens }),
    });
    this.#listener?.broadcast(Metrics.type, row);
    const measured = row.evaluationLoss !== undefined || row.evaluation !== undefined;
    if (row.step !== steps && !measured && performance.now() - this.#lastLine < 1000) return;
    this.#lastLine = performance.now();
    this.#log(rowLine(row, steps));
  }

  async #end(end: Omit<RunEnd, 'directory' | 'steps'>): Promise<RunEnd> {
    const { state, step, problem } = end;
    if (problem === undefined) this.#log(`${state} at step ${step}`);
    else this.#log(`failed at step ${step}: ${problemLine(problem)}`, true);
    await this.#state.flush({
      state,
      step,
      message: '',
      secondsLeft: 0,
      ...(problem === undefined ? {} : { problem }),
    });
    const loss = this.#loss ?? this.#state.status.loss;
    return {
      ...end,
      steps: this.#state.status.steps,
      directory: this.#directory.path,
      ...(loss === undefined ? {} : { loss }),
    };
  }
}
