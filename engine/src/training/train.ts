/**
 * The training loop: a step after the other from where the run stands, its row of metrics, what is asked of the model meanwhile, checkpoints. It
 * knows a session and the run's files; who watches and who asked to stop is the caller's matter.
 */
import { type Problem, ProblemError, type Result } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { isFileError } from '../base/fileProblem.ts';
import type { Batches } from '../data/batches.ts';
import type { TokenKind } from '../data/corpus.ts';
import type { StepResult, TrainingSession } from '../model/sessions.ts';
import type { MetricRow } from '../protocol.ts';
import { type TrainerState, writeCheckpoint } from '../runs/checkpoints.ts';
import type { MetricsWriter } from '../runs/metrics.ts';
import type { RunSpec } from '../runs/spec.ts';
import type { GradientCheck } from './gradientCheck.ts';
import { bitsPerByte, lossByKind, lossByLanguage, named } from './lossFigures.ts';
import type { Findings } from './probes.ts';
import { learningRateAt } from './schedule.ts';

export interface TrainingJob {
  readonly directory: string;
  readonly session: TrainingSession;
  readonly batches: Batches;
  /** What is asked of the model every `evaluation.every` steps and after the last; throws the signal's reason when aborted. */
  readonly probe?: (step: number, work: Work) => Promise<Result<Findings>>;
  readonly languages: readonly string[];
  /** Kinds of tokens, where labels are told apart by them: class = language · kinds + kind. */
  readonly kinds?: readonly TokenKind[];
  readonly spec: Pick<RunSpec, 'optimizer' | 'evaluation' | 'checkpoint'>;
  readonly steps: number;
  /** What is done already: zeros, or a checkpoint's. */
  readonly start: Omit<TrainerState, 'optimizerStep'>;
  readonly metrics: MetricsWriter;
  /** Asked after the first steps, until it is done. */
  readonly check?: GradientCheck;
  /** Lines for the log. */
  readonly onNote?: (note: string) => void;
  /** Aborted when the run shall stop: the step is finished and a checkpoint written. */
  readonly signal: AbortSignal;
  readonly onRow: (row: MetricRow) => void;
  /** What goes on beside steps: `writing a checkpoint`. */
  readonly onMessage: (message: string) => void;
}

export interface TrainingEnd {
  readonly state: 'done' | 'stopped' | 'failed';
  /** Steps done. */
  readonly step: number;
  readonly problem?: Problem;
}

export async function train(job: TrainingJob): Promise<TrainingEnd> {
  let { step, tokens, elapsed } = job.start;
  const sourceTokens = job.start.sourceTokens?.slice();
  let saved = step;
  let { check } = job;
  const fail = (problem: Problem): TrainingEnd => ({ state: 'failed', step, problem });
  try {
    if (job.start.row !== undefined) {
      const ended = await complete(job.start.row);
      if (ended !== undefined) return ended;
    }
    while (step < job.steps && !job.signal.aborted) {
      const began = performance.now();
      const batch = job.batches.step(step + 1);
      if (batch.labels === 0) return fail(noLabels(step + 1));
      const learningRate = learningRateAt(step + 1, job.steps, job.spec.optimizer);
      const result = await job.session.step(batch.microBatches, learningRate);
      if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradNorm)) {
        return fail(notFinite(step + 1, result, saved));
      }
      step++;
      if (check !== undefined) {
        const { done, problem, notes } = await check.after(step, batch.microBatches, learningRate);
        for (const note of notes) job.onNote?.(note);
        if (problem !== undefined) return fail(problem);
        if (done) check = undefined;
      }
      tokens += batch.tokens;
      const seconds = (performance.now() - began) / 1000;
      elapsed += seconds;
      batch.bySource.forEach((count, i) => sourceTokens !== undefined && (sourceTokens[i]! += count));
      const ended = await complete({
        step,
        tokens,
        loss: result.loss,
        gradNorm: result.gradNorm,
        learningRate,
        tokensPerSecond: batch.tokens / seconds,
        elapsed,
        ...named('lossByLanguage', lossByLanguage(result.byClass, job)),
        ...named('lossByKind', lossByKind(result.byClass, job)),
        ...named('bitsPerByte', bitsPerByte(result.loss, batch.labels, batch.bytes)),
        ...named('sourceTokens', sourceTokens?.slice()),
        memory: process.memoryUsage.rss(),
      });
      if (ended !== undefined) return ended;
      if (step % job.spec.checkpoint.every === 0 && step < job.steps) await save();
      await new Promise((done) => setImmediate(done)); // requests and signals get their turn
    }
    if (step >= job.steps) return { state: 'done', step };
    if (step > saved) await save();
    return { state: 'stopped', step };
  } catch (error) {
    return fail(diskProblem(error, job.directory, saved));
  }

  /** Writes a step's row, with what is measured after it. Stopped meanwhile: the row waits in a checkpoint for the resumed run. */
  async function complete(row: MetricRow): Promise<TrainingEnd | undefined> {
    const { evaluation } = job.spec;
    let whole = row;
    if (job.probe !== undefined && evaluation !== undefined && (step % evaluation.every === 0 || step === job.steps)) {
      try {
        job.signal.throwIfAborted();
        const { signal, onMessage } = job;
        const found = await job.probe(step, { signal, onProgress: ({ message }) => onMessage(message) });
        if (!found.ok) return fail(found.problem);
        job.metrics.appendSamples(found.value.samples);
        whole = { ...row, ...found.value.row };
      } catch (error) {
        // That the model writes no numbers any more, for one.
        if (error instanceof ProblemError) return fail(error.problem);
        if (!job.signal.aborted || error !== job.signal.reason) throw error;
        await save(row);
        return { state: 'stopped', step };
      } finally {
        job.onMessage('');
      }
    }
    job.metrics.append(whole);
    job.onRow(whole);
    return undefined;
  }

  async function save(row?: MetricRow): Promise<void> {
    job.onMessage('writing a checkpoint');
    job.metrics.sync();
    const state = { step, tokens, elapsed, ...named('sourceTokens', sourceTokens), ...named('row', row) };
    await writeCheckpoint(job.directory, job.session, state, job.spec.checkpoint.keep);
    saved = step;
    job.onMessage('');
  }
}

const noLabels = (step: number): Problem => ({
  what: `no token of step ${step}'s batch has a label`,
  remedy: 'Rows whose labels are all -100 teach nothing: leave them out, or raise batchSize.',
});

function notFinite(step: number, { loss, gradNorm }: StepResult, saved: number): Problem {
  // The loss of a step is measured before it: nothing has been trained yet.
  if (step === 1 && !Number.isFinite(loss))
    return {
      what: `the loss is ${loss} before anything was trained: the model answers with no number`,
      remedy: 'Check its weights: the run that made it may have diverged, or a file may be damaged.',
    };
  const what = Number.isFinite(loss)
    ? `gradient norm of step ${step} is ${gradNorm}`
    : `loss of step ${step} is ${loss}`;
  const kept = saved === 0 ? '' : ` The checkpoint of step ${saved} is kept.`;
  return {
    what: `the ${what}: the training has diverged`,
    remedy: `Lower the learning rate or lengthen the warm-up.${kept}`,
  };
}

function diskProblem(error: unknown, directory: string, saved: number): Problem {
  if (!isFileError(error)) throw error;
  const full = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '');
  const kept = saved === 0 ? 'The run begins anew' : `The run goes on from the checkpoint of step ${saved}`;
  return {
    what: full ? 'the disk is full' : `the run's files cannot be written (${error.code ?? error.message})`,
    where: { file: directory },
    remedy: `${full ? 'Free some space' : 'Make the directory writable'} and resume. ${kept}.`,
  };
}
