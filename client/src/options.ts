/** Options that a command is given instead of its dialogs: an object with texts and numbers. Anything else asks. */

export type Options = Readonly<Record<string, unknown>>;

/** The argument as options; empty where it is something else (a tree's element, a uri, nothing). */
export function optionsOf(argument: unknown, mark: string): Options {
  return typeof argument === 'object' && argument !== null && mark in argument ? (argument as Options) : {};
}

export const textOption = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

export const numberOption = (options: Options, name: string): number | undefined => {
  const value = options[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};
