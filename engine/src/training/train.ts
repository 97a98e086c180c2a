/**
 * The training loop: a step after the other from where the run stands, its row of metrics, held-out loss, checkpoints. It
 * knows a session and the run's files; who watches and who asked to stop is the caller's matter.
 */
import type { Problem } from '../base/problem.ts';
import { isFileError } from '../base/fileProblem.ts';
import type { Batches } from '../data/batches.ts';
import type { TokenKind } from '../data/corpus.ts';
import type { MicroBatch, StepResult, TrainingSession } from '../model/sessions.ts';
import type { MetricRow } from '../protocol.ts';
import { writeCheckpoint } from '../runs/checkpoints.ts';
import type { MetricsWriter } from '../runs/metrics.ts';
import type { RunSpec } from '../runs/spec.ts';
import type { GradientCheck } from './gradientCheck.ts';
import { learningRateAt } from './schedule.ts';

export interface TrainingJob {
  readonly directory: string;
  readonly session: TrainingSession;
  readonly batches: Batches;
  /** Batches of the held-out files. */
  readonly heldOut: readonly MicroBatch[];
  readonly languages: readonly string[];
  /** Kinds of tokens, where labels are told apart by them: class = language · kinds + kind. */
  readonly kinds?: readonly TokenKind[];
  readonly spec: Pick<RunSpec, 'optimizer' | 'evaluation' | 'checkpoint'>;
  readonly steps: number;
  /** What is done already: zeros, or a checkpoint's. */
  readonly start: { readonly step: number; readonly tokens: number; readonly elapsed: number };
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
  let saved = step;
  let { check } = job;
  const fail = (problem: Problem): TrainingEnd => ({ state: 'failed', step, problem });
  try {
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
      const evaluationLoss = await heldOutLoss(job, step);
      const row: MetricRow = {
        step,
        tokens,
        loss: result.loss,
        gradNorm: result.gradNorm,
        learningRate,
        tokensPerSecond: batch.tokens / seconds,
        elapsed,
        ...byLanguage(result, job.languages, job.kinds?.length ?? 1),
        ...byKind(result, job.kinds),
        ...bitsPerByte(result, batch.labels, batch.bytes),
        ...(evaluationLoss === undefined ? {} : { evaluationLoss }),
        memory: process.memoryUsage.rss(),
      };
      job.metrics.append(row);
      job.onRow(row);
      if (step % job.spec.checkpoint.every === 0 && step < job.steps) await save();
      await new Promise((done) => setImmediate(done)); // requests and signals get their turn
    }
    if (step >= job.steps) return { state: 'done', step };
    if (step > saved) await save();
    return { state: 'stopped', step };
  } catch (error) {
    return fail(diskProblem(error, job.directory, saved));
  }

  async function save(): Promise<void> {
    job.onMessage('writing a checkpoint');
    job.metrics.sync();
    await writeCheckpoint(job.directory, job.session, { step, tokens, elapsed }, job.spec.checkpoint.keep);
    saved = step;
    job.onMessage('');
  }
}

/** Mean loss over all label tokens of the held-out files, where this step is one to measure after. */
async function heldOutLoss(job: TrainingJob, step: number): Promise<number | undefined> {
  const every = job.spec.evaluation?.every;
  if (every === undefined || (step % every !== 0 && step !== job.steps)) return undefined;
  job.onMessage('measuring held-out loss');
  let sum = 0;
  let count = 0;
  for (const batch of job.heldOut) {
    const { sums, counts } = await job.session.loss(batch);
    for (let c = 0; c < sums.length; c++) {
      sum += sums[c]!;
      count += counts[c]!;
    }
  }
  job.onMessage('');
  return count === 0 ? undefined : sum / count;
}

/** Mean loss over the labels of these classes; undefined where there are none. */
function meanOf({ sums, counts }: StepResult['byClass'], includes: (cls: number) => boolean): number | undefined {
  let [sum, count] = [0, 0];
  for (let c = 0; c < sums.length; c++) {
    if (!includes(c)) continue;
    sum += sums[c]!;
    count += counts[c]!;
  }
  return count === 0 ? undefined : sum / count;
}

function byLanguage(
  { byClass }: StepResult,
  languages: readonly string[],
  kinds: number,
): Pick<MetricRow, 'lossByLanguage'> {
  const entries = languages.flatMap((language, l) => {
    const mean = meanOf(byClass, (c) => Math.floor(c / kinds) === l);
    return mean === undefined ? [] : [[language, mean] as const];
  });
  return entries.length === 0 ? {} : { lossByLanguage: Object.fromEntries(entries) };
}

function byKind({ byClass }: StepResult, kinds: readonly TokenKind[] = []): Pick<MetricRow, 'lossByKind'> {
  const entries = kinds.flatMap((kind, k) => {
    const mean = meanOf(byClass, (c) => c % kinds.length === k);
    return mean === undefined ? [] : [[kind, mean] as const];
  });
  return entries.length === 0 ? {} : { lossByKind: Object.fromEntries(entries) };
}

/** Bits per byte: the step's whole loss in bits over the bytes of the text it predicts. */
function bitsPerByte(result: StepResult, labels: number, bytes: number | undefined): Pick<MetricRow, 'bitsPerByte'> {
  return bytes === undefined || bytes === 0 ? {} : { bitsPerByte: (result.loss * labels) / Math.LN2 / bytes };
}

const noLabels = (step: number): Problem => ({
  what: `no token of step ${step}'s batch has a label`,
  remedy: 'Rows whose labels are all -100 teach nothing: leave them out, or raise batchSize.',
});

function notFinite(step: number, { loss, gradNorm }: StepResult, saved: number): Problem {
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
