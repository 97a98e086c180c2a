/** How the user wants to see a curve; kept in the page's state. */
import type { Axis } from './_curve.ts';

export const quantities = ['loss', 'bitsPerByte', 'evaluation', 'gradNorm', 'learningRate', 'speed'] as const;
export type Quantity = (typeof quantities)[number];

export interface Choices {
  readonly axis: Axis;
  /** What stands on the vertical axis. */
  readonly quantity: Quantity;
  readonly logX: boolean;
  readonly logY: boolean;
  /** Weight of the past in the smoothed curve, 0 to 0.99. */
  readonly smoothing: number;
  readonly byLanguage: boolean;
  readonly byKind: boolean;
  readonly heldOut: boolean;
  readonly table: boolean;
  /** Directories of the runs beside this one. */
  readonly compared: readonly string[];
}

export const defaultChoices: Choices = {
  axis: 'step',
  quantity: 'loss',
  logX: false,
  logY: false,
  smoothing: 0.8,
  byLanguage: false,
  byKind: false,
  heldOut: true,
  table: false,
  compared: [],
};

/** Choices out of a state kept earlier; undefined where it holds none. */
export function readChoices(state: unknown): Choices | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  const kept = state as Partial<Record<keyof Choices, unknown>>;
  const { axis, smoothing, compared } = kept;
  return {
    axis: axis === 'tokens' || axis === 'time' ? axis : 'step',
    quantity: quantities.find((quantity) => quantity === kept.quantity) ?? 'loss',
    logX: kept.logX === true,
    logY: kept.logY === true,
    smoothing: typeof smoothing === 'number' && smoothing >= 0 && smoothing < 1 ? smoothing : defaultChoices.smoothing,
    byLanguage: kept.byLanguage === true,
    byKind: kept.byKind === true,
    heldOut: kept.heldOut !== false,
    table: kept.table === true,
    compared: Array.isArray(compared) ? compared.filter((one): one is string => typeof one === 'string') : [],
  };
}
