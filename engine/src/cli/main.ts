/**
 * The command line `bllossom`. Results go to standard output, progress and problems to standard error. Exit status:
 * 0 done, 1 the work failed, 2 bad input, 130 stopped by a signal.
 */
import { once } from 'node:events';
import { isFileError, isOutOfRoom, systemProblem } from '../base/fileProblem.ts';
import { oneLine, ProblemError, problemLine } from '../base/problem.ts';
import type { Problem } from '../base/problem.ts';
import type { Progress } from '../base/progress.ts';
import { readArguments } from './arguments.ts';
import type { Command, OptionDescription } from './command.ts';
import { commands } from './commands.ts';
import { engineVersion } from '../version.ts';

const common: Readonly<Record<string, OptionDescription>> = {
  json: { type: 'boolean', description: 'print results as JSON' },
  help: { type: 'boolean', description: 'show this help' },
  progress: { type: 'string', placeholder: 'auto|json|none', description: 'how progress is told on standard error' },
};

export async function main(argv: readonly string[]): Promise<number> {
  const command = findCommand(argv);
  if (command === undefined) {
    const asked = argv[0] === undefined || argv[0] === '--help' || argv[0] === 'help';
    if (argv[0] === '--version') {
      process.stdout.write(`${engineVersion}\n`);
      return 0;
    }
    if (asked) {
      process.stdout.write(overview());
      return argv[0] === undefined ? 2 : 0;
    }
    process.stderr.write(
      `bllossom: ${oneLine(`there is no command '${argv.slice(0, 2).join(' ')}'`)}. See bllossom --help.\n`,
    );
    return 2;
  }
  const options = { ...command.options, ...common };
  const parsed = readArguments(command, options, argv.slice(command.path.length));
  if (!parsed.ok) {
    process.stderr.write(`bllossom: ${problemLine(parsed.problem)}\n`);
    return 2;
  }
  const { values, positionals } = parsed.value;
  const progress = String(values['progress'] ?? 'auto');
  if (!['auto', 'json', 'none'].includes(progress)) {
    process.stderr.write(`bllossom: --progress: there is no '${progress}'. Write auto, json or none.\n`);
    return 2;
  }
  if (values['help'] === true) {
    process.stdout.write(help(command));
    return 0;
  }
  const stop = new AbortController();
  let waiting: NodeJS.Timeout | undefined;
  let doing: string | undefined;
  const onSignal = () => {
    if (stop.signal.aborted) endAtOnce(onSignal);
    stop.abort(new Error('stopped'));
    waiting = setTimeout(() => {
      const what = doing === undefined ? 'what is under way' : `what is under way (${doing})`;
      process.stderr.write(`bllossom: stopping; waits for ${what}. A second Ctrl+C ends it at once.\n`);
    }, patienceMs).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      const told = error.code !== 'EPIPE' && stream === process.stdout; // EPIPE, as for a pipe into `head`: nobody reads on
      if (told) process.stderr.write(`bllossom: ${problemLine(systemProblem(error, 'standard output'))}\n`);
      // A run was asked for its directory, not for its output, and goes on.
      if (command.outlivesReader !== true) process.exit(told ? 1 : 0);
    });
  }
  const write = progressWriter(progress);
  try {
    const result = await command.run({
      values,
      positionals,
      json: values['json'] === true,
      work: {
        signal: stop.signal,
        onProgress: (told) => {
          doing = told.message;
          write(told);
        },
      },
      print: (line, end = '\n') => process.stdout.write(`${line}${end}`),
      drained: async () => {
        if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain', { signal: stop.signal });
      },
    });
    if (result.ok && result.value.problem !== undefined) tellProblem(result.value.problem, values);
    if (result.ok) return stop.signal.aborted && result.value.exitCode !== 0 ? 130 : result.value.exitCode;
    tellProblem(result.problem, values);
    return isOutOfRoom(result.problem) ? 1 : 2;
  } catch (error) {
    if (stop.signal.aborted) {
      const more = command.afterStop?.(values);
      process.stderr.write(`bllossom: stopped${more === undefined ? '' : `. ${more}`}\n`);
      return 130;
    }
    if (error instanceof ProblemError) {
      tellProblem(error.problem, values);
      return isOutOfRoom(error.problem) ? 1 : 2;
    }
    if (isFileError(error)) {
      tellProblem(systemProblem(error), values);
      return 1;
    }
    process.stderr.write(`bllossom: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return 1;
  } finally {
    clearTimeout(waiting);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** After so long a person is told what a stop waits for. */
const patienceMs = 1000;

/** Node's own exit would wait for what computes on other threads; a signal that nobody listens to ends them too. Shells tell it as 130. */
function endAtOnce(onSignal: () => void): void {
  process.off('SIGINT', onSignal);
  process.kill(process.pid, 'SIGINT');
}

function findCommand(argv: readonly string[]): Command | undefined {
  return commands.find((c) => c.path.every((word, i) => argv[i] === word));
}

/** `json`: a line {"message","fraction"} each; `auto`: one line rewritten on a terminal, nothing elsewhere. */
function progressWriter(how: string): (progress: Progress) => void {
  if (how === 'json') return (p) => void process.stderr.write(`${JSON.stringify(p)}\n`);
  if (how === 'none' || !process.stderr.isTTY) return () => undefined;
  return (p) => {
    const share = p.fraction === undefined ? '' : ` ${Math.round(p.fraction * 100)} %`;
    process.stderr.write(`\r\x1b[K${p.message}${share}${p.fraction === 1 ? '\n' : ''}`);
  };
}

/** One clear line; before it, where progress is told as JSON, a line {"problem"} for the program that reads it. */
function tellProblem(problem: Problem, values: Readonly<Record<string, unknown>>): void {
  if (values['progress'] === 'json') process.stderr.write(`${JSON.stringify({ problem })}\n`);
  process.stderr.write(`bllossom: ${problemLine(problem)}\n`);
}

function usage(command: Command): string {
  return `usage: bllossom ${command.path.join(' ')} [options]${command.positionals === undefined ? '' : ` ${command.positionals}`}\n`;
}

function help(command: Command): string {
  const rows = Object.entries({ ...command.options, ...common }).map(
    ([name, o]) => [`--${name}${o.type === 'string' ? ` ${o.placeholder ?? 'VALUE'}` : ''}`, o.description] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  return `${command.summary}\n\n${usage(command)}\n${rows.map(([l, r]) => `  ${l.padEnd(width)}  ${r}\n`).join('')}`;
}

function overview(): string {
  const rows = commands.map((c) => [c.path.join(' '), c.summary] as const);
  const width = Math.max(...rows.map(([left]) => left.length), 0);
  return `bllossom: teach a Llama-type language model a new language\n\n${rows
    .map(([l, r]) => `  bllossom ${l.padEnd(width)}  ${r}\n`)
    .join('')}\nbllossom COMMAND --help tells a command's options.\n`;
}
