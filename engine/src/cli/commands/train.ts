/** `bllossom train`: a run, in this process. What it computes goes to its directory; how it ended, to standard output. */
import { type Problem, bad, ok, problemLine } from '../../base/problem.ts';
import { dryRun } from '../../runs/dryRun.ts';
import { run } from '../../runs/run.ts';
import type { Command } from '../command.ts';
import { computeOptions, readComputeOptions } from '../computeOptions.ts';
import { dryRunLines } from '../dryRunLines.ts';

/** What `spawnRun` is told over the channel it opens, once. */
export type StartReport = { readonly directory: string } | { readonly problem: Problem };

export const train: Command = {
  path: ['train'],
  outlivesReader: true,
  summary: 'Train a model as a run spec says',
  positionals: 'SPEC.run.json',
  options: {
    resume: { type: 'boolean', description: 'go on with the run in the output directory, from its last checkpoint' },
    'dry-run': {
      type: 'boolean',
      description: 'tell all of the run, memory included, and train nothing; exit 1 if it would be refused',
    },
    ...computeOptions,
  },
  async run({ values, positionals, json, work, print }) {
    const [specFile, ...others] = positionals;
    if (specFile === undefined || others.length > 0)
      return bad('one run spec is wanted', undefined, 'Name a .run.json.');
    const compute = readComputeOptions(values);
    if (!compute.ok) return report({ problem: compute.problem }, compute);
    if (values['dry-run'] === true) {
      if (values['resume'] === true)
        return bad('--dry-run and --resume do not go together', undefined, 'Leave one of them out.');
      const told = await dryRun(specFile, compute.value, work);
      if (!told.ok) return told;
      if (json) print(JSON.stringify(told.value));
      else for (const line of dryRunLines(told.value)) print(line);
      return ok({ exitCode: told.value.refused.length === 0 ? 0 : 1 });
    }
    const result = await run(specFile, {
      ...compute.value,
      resume: values['resume'] === true,
      signal: work.signal,
      // Where a parent waits for the report, standard error is the run's log already.
      ...(process.send === undefined ? { echo: (line: string) => void process.stderr.write(`${line}\n`) } : {}),
      onStarted: (directory) => {
        report({ directory }, undefined);
      },
    });
    if (!result.ok) return report({ problem: result.problem }, result);
    const { badInput, ...end } = result.value;
    if (json) print(JSON.stringify(end));
    else if (end.problem === undefined) print(`${end.state} at step ${end.step} of ${end.steps}: ${end.directory}`);
    if (end.problem !== undefined) process.stderr.write(`bllossom: ${problemLine(end.problem)}\n`);
    switch (end.state) {
      case 'done':
        return ok({ exitCode: 0 });
      case 'stopped':
        return ok({ exitCode: 130 });
      case 'failed':
        return ok({ exitCode: badInput === true ? 2 : 1 });
      default:
        return end.state satisfies never;
    }
  },
};

/** Tells the parent, if it waits, how the start went. */
function report<T>(message: StartReport, result: T): T {
  if (process.send !== undefined && process.connected) process.send(message, () => process.disconnect());
  return result;
}
