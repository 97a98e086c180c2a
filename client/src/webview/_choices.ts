/** How the user wants to see a curve; kept in the page's state. */
import type { Axis } from './_curve.ts';

export interface Choices {
  readonly axis: Axis;
  readonly scale: 'linear' | 'log';
  /** Weight of the past in the smoothed curve, 0 to 0.99. */
  readonly smoothing: number;
  readonly byLanguage: boolean;
  readonly table: boolean;
}

export const defaultChoices: Choices = {
  axis: 'step',
  scale: 'linear',
  smoothing: 0.8,
  byLanguage: false,
  table: false,
};

/** Choices out of a state kept earlier; undefined where it holds none. */
export function readChoices(state: unknown): Choices | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  const { axis, scale, smoothing, byLanguage, table } = state as Partial<Record<keyof Choices, unknown>>;
  return {
    axis: axis === 'tokens' || axis === 'time' ? axis : 'step',
    scale: scale === 'log' ? 'log' : 'linear',
    smoothing: typeof smoothing === 'number' && smoothing >= 0 && smoothing < 1 ? smoothing : defaultChoices.smoothing,
    byLanguage: byLanguage === true,
    table: table === true,
  };
}
