/** The learning rate over a run. */
import type { Schedule } from '../runs/spec.ts';

export interface ScheduleOptions {
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Share of all steps. */
  readonly warmup: number;
}

/**
 * The learning rate of a step, from 1. It rises in a line over the first ceil(warmup · steps) steps, the last of which has it
 * in full; then it stays, falls in a line, or falls along half a cosine (Loshchilov and Hutter, arXiv 1608.03983) toward
 * zero, which it would reach one step after the last.
 */
export function learningRateAt(step: number, steps: number, options: ScheduleOptions): number {
  const { learningRate, schedule } = options;
  const warmup = Math.ceil(options.warmup * steps);
  if (step <= warmup) return (learningRate * step) / warmup;
  const done = (step - 1 - warmup) / Math.max(1, steps - warmup);
  switch (schedule) {
    case 'constant':
      return learningRate;
    case 'linear':
      return learningRate * (1 - done);
    case 'cosine':
      return learningRate * 0.5 * (1 + Math.cos(Math.PI * done));
    default:
      return schedule satisfies never;
  }
}
