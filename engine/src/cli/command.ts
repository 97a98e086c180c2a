/** What a command of `bllossom` is: a name, options in the words of node:util's parseArgs, and work that returns data. */
import type { Problem, Result } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';

export interface OptionDescription {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** True where an empty text says something. */
  readonly mayBeEmpty?: boolean;
  readonly default?: string | boolean;
  /** What stands for the value in the help: `FILE`. */
  readonly placeholder?: string;
  readonly description: string;
}

export interface CommandInput {
  /** Parsed options by name; those not given and without default are absent. */
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
  /** True with `--json`. */
  readonly json: boolean;
  readonly work: Required<Work>;
  /** Writes a line on standard output; with an `end` of '' a part of one. */
  readonly print: (line: string, end?: string) => void;
  /** Resolves when most of what was printed has left: for who prints more than memory should hold. */
  readonly drained?: () => Promise<void>;
}

/**
 * What becomes of a command: its exit status, 0 done, 1 the work failed, 130 stopped. Bad input is a problem: status 2. `problem`: why
 * the work failed, where that is no fault of the input; it is told as others are.
 */
export type CommandResult = Result<{ readonly exitCode: 0 | 1 | 2 | 130; readonly problem?: Problem }>;

export interface Command {
  /** `['vocab', 'merge']`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly positionals?: string;
  /** What a person who has stopped it should know: that it can be gone on with, for one. */
  readonly afterStop?: (values: CommandInput['values']) => string | undefined;
  /** True where the work goes on though nobody reads its output any more. */
  readonly outlivesReader?: boolean;
  readonly options: Readonly<Record<string, OptionDescription>>;
  run(input: CommandInput): Promise<CommandResult>;
}
