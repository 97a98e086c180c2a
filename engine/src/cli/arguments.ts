/** The words after a command as option values; what a command line has wrong, in one line. */
import { parseArgs } from 'node:util';
import { bad, ok, type Result } from '../base/problem.ts';
import type { Command, OptionDescription } from './command.ts';

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

/**
 * A problem for an option that is unknown, empty, or without its value. Where one counts and it is given again, the last
 * one holds, as commands do everywhere: a script's options can be overridden behind them.
 */
export function readArguments(
  command: Command,
  options: Readonly<Record<string, OptionDescription>>,
  args: readonly string[],
): Result<Arguments> {
  const name = command.path.join(' ');
  const remedy = `See bllossom ${name} --help.`;
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: Object.fromEntries(
        Object.entries(options).map(([option, o]) => [
          option,
          {
            type: o.type,
            ...(o.multiple === true ? { multiple: true } : {}),
            ...(o.default === undefined ? {} : { default: o.default }),
          },
        ]),
      ),
      allowPositionals: command.positionals !== undefined,
      tokens: true,
    });
  } catch (error) {
    const [what] = (error as Error).message.split(/\.\s|\n/, 1); // node's further sentences tell of its own syntax
    return bad(what!.replace(/\.$/, ''), { name }, remedy);
  }
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    if (token.value === '' && options[token.name]!.mayBeEmpty !== true)
      return bad(`${token.rawName} has an empty value`, { name }, remedy);
  }
  return ok({ values: parsed.values as Arguments['values'], positionals: parsed.positionals });
}
