/** The options of every command that computes: which backend, on what, with how many threads, in what precision. */
import type { Precision } from '../backends/backend.ts';
import { bad, ok, type Result } from '../base/problem.ts';
import type { CommandInput, OptionDescription } from './command.ts';

export const computeOptions = {
  backend: {
    type: 'string',
    placeholder: 'auto|NAME',
    description: 'what computes; auto takes the fastest that works',
  },
  device: { type: 'string', placeholder: 'NAME', description: 'which device, where the backend knows several' },
  threads: { type: 'string', placeholder: 'N', description: 'threads to compute with' },
  precision: {
    type: 'string',
    placeholder: 'float32|bfloat16',
    description: 'of what is multiplied; float32 by default',
  },
} as const satisfies Readonly<Record<string, OptionDescription>>;

export interface Compute {
  readonly backend?: string;
  readonly device?: string;
  readonly threads?: number;
  readonly precision?: Precision;
}

export function readComputeOptions(values: CommandInput['values']): Result<Compute> {
  const { backend, device, threads, precision } = values;
  if (precision !== undefined && precision !== 'float32' && precision !== 'bfloat16') {
    return bad(
      `there is no precision ${JSON.stringify(precision)}`,
      { name: '--precision' },
      'Use float32 or bfloat16.',
    );
  }
  const count = threads === undefined ? undefined : wholeNumber(threads, '--threads', 1);
  if (count !== undefined && !count.ok) return count;
  return ok({
    ...(typeof backend === 'string' ? { backend } : {}),
    ...(typeof device === 'string' ? { device } : {}),
    ...(count === undefined ? {} : { threads: count.value }),
    ...(precision === undefined ? {} : { precision }),
  });
}

/** The value of an option that is a whole number. */
export function wholeNumber(value: CommandInput['values'][string], name: string, least = 0): Result<number> {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(number) && number >= least
    ? ok(number)
    : bad(
        `${JSON.stringify(value)} is not a whole number from ${least}`,
        { name },
        `Write a number: ${name} ${Math.max(least, 4)}.`,
      );
}

/** The value of an option that is a number in [least, most]. */
export function numberOption(
  value: CommandInput['values'][string],
  name: string,
  least: number,
  most: number,
): Result<number> {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  return number >= least && number <= most
    ? ok(number)
    : bad(`${JSON.stringify(value)} is not a number from ${least} to ${most}`, { name });
}

/** The value of an option that must be given. */
export function needed(values: CommandInput['values'], name: string): Result<string> {
  const value = values[name];
  return typeof value === 'string' && value !== ''
    ? ok(value)
    : bad(`the option --${name} is missing`, undefined, 'See --help.');
}
