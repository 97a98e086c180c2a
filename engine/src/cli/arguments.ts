/** The words after a command as option values; what a command line has wrong, in one line. */
import { parseArgs } from 'node:util';
import { bad, ok, type Result } from '../base/problem.ts';
import type { Command, OptionDescription } from './command.ts';

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

/** A problem for an option that is unknown, empty, without its value, or given twice where one counts. */
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
  const seen = new Set<string>();
  for (const token of parsed.tokens) {
    if (token.kind !== 'option') continue;
    const description = options[token.name]!;
    if (seen.has(token.name) && description.multiple !== true)
      return bad(`${token.rawName} is given twice`, { name }, 'Leave one of them out.');
    if (token.value === '' && description.mayBeEmpty !== true)
      return bad(`${token.rawName} has an empty value`, { name }, remedy);
    seen.add(token.name);
  }
  return ok({ values: parsed.values as Arguments['values'], positionals: parsed.positionals });
}
