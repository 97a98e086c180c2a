/**
 * After a run's first steps: did everything that shall train get a gradient? Read off AdamW's first moments, which are a multiple of
 * the gradient after one step. What a batch cannot reach is known and no error: rows whose ids it does not hold, a first
 * factor while the second is still zero, queries and keys where no token sees two.
 */
import type { Problem } from '../base/problem.ts';
import { targetsOf } from '../model/feeds.ts';
import { embeddingName } from '../model/files.ts';
import type { MicroBatch, TrainingSession } from '../model/sessions.ts';
import { momentNames } from '../model/trainingGraphs.ts';
import { rowsName } from '../model/trainable.ts';

export interface GradientCheck {
  /** Told after each step until it answers `done`; a problem where a tensor or a row should have got a gradient and did not. */
  after(step: number, batch: readonly MicroBatch[], learningRate: number): Promise<GradientFindings>;
}

export interface GradientFindings {
  readonly done: boolean;
  readonly problem?: Problem;
  /** Lines for the log. */
  readonly notes: readonly string[];
}

/** For a run from its first step; `newRowsFrom` as in its spec. */
export class FirstGradients implements GradientCheck {
  readonly #session: TrainingSession;
  readonly #newRowsFrom: number;
  /** Names of first factors: their gradient is zero until the second factor has taken a step. */
  #waiting: readonly string[] = [];
  #stepped = false;

  constructor(session: TrainingSession, newRowsFrom: number | undefined) {
    this.#session = session;
    this.#newRowsFrom = newRowsFrom ?? 0;
  }

  async after(step: number, batch: readonly MicroBatch[], learningRate: number): Promise<GradientFindings> {
    const isFirst = step === 1;
    if (!isFirst && !this.#stepped) return this.#later(learningRate);
    const { tensors } = this.#session.optimizerState();
    const reach = reachOf(batch);
    const notes: string[] = [];
    const missing: string[] = [];
    const waiting: string[] = [];
    let checked = 0;
    for (const tensor of tensors) {
      const { name: moment, shape } = tensor;
      const name = moment.replace(/\.m$/, '');
      if (moment === name || momentNames(name).m !== moment) continue;
      if (!isFirst && !this.#waiting.includes(name)) continue;
      checked++;
      const data = await tensor.load(this.#session.room);
      const isTable = name === embeddingName || name === rowsName(embeddingName);
      if (isTable && isFirst) {
        const first = name === embeddingName ? 0 : this.#newRowsFrom;
        const wanted = [...reach.ids].filter((id) => id >= first);
        const width = shape[1]!;
        const still = wanted.filter((id) => isZero(data.subarray((id - first) * width, (id - first + 1) * width)));
        notes.push(
          `${name}: ${wanted.length - still.length} of the ${wanted.length} rows that the first batch holds got a gradient`,
        );
        if (still.length > 0)
          missing.push(
            still.length === 1
              ? `row ${still[0]!} of ${name}`
              : `row ${still[0]!} of ${name} and ${still.length - 1} more`,
          );
      } else if (isZero(data)) {
        if (isFirst && name.endsWith('.lora_A.weight')) waiting.push(name);
        else if (!/\.(q|k)_proj\./.test(name) || reach.attends) missing.push(name);
      }
    }
    this.#waiting = waiting;
    this.#stepped = learningRate > 0;
    if (missing.length > 0) return { done: true, notes, problem: noGradient(step, missing) };
    notes.push(`${checked - waiting.length} ${isFirst ? 'tensors' : 'first factors'} got a gradient in step ${step}`);
    return { done: waiting.length === 0, notes };
  }

  #later(learningRate: number): GradientFindings {
    this.#stepped = learningRate > 0;
    return { done: false, notes: [] };
  }
}

/** The ids whose rows the loss depends on, and whether any token that counts sees another than itself. */
function reachOf(batch: readonly MicroBatch[]): { readonly ids: ReadonlySet<number>; readonly attends: boolean } {
  const ids = new Set<number>();
  let attends = false;
  for (const micro of batch) {
    const targets = targetsOf(micro);
    for (let row = 0; row < micro.batch; row++) {
      let segment = -1; // in which a later token counts
      for (let at = (row + 1) * micro.length - 1; at >= row * micro.length; at--) {
        const here = micro.segments[at]!;
        if (here !== segment) segment = -1;
        if (targets[at]! >= 0) {
          segment = here;
          attends ||= at > row * micro.length && micro.segments[at - 1] === here;
        }
        if (segment >= 0) ids.add(micro.ids[at]!);
      }
    }
  }
  return { ids, attends };
}

const isZero = (data: Float32Array): boolean => data.every((value) => value === 0);

const noGradient = (step: number, missing: readonly string[]): Problem => ({
  what:
    missing.length === 1
      ? `${missing[0]!} should train, and got no gradient in step ${step}`
      : `${missing[0]!} and ${missing.length - 1} more should train, and got no gradient in step ${step}`,
  remedy: 'The weights below it may be zero or not finite: look at the model, or leave it out of what trains.',
});
