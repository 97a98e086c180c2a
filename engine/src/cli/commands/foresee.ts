/** `bllossom foresee`: what a run will take of memory, from its spec alone: no data is read, so the answer is there at once. */
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileProblem } from '../../base/fileProblem.ts';
import { type Problem, type Result, bad, ok, problemLine } from '../../base/problem.ts';
import { foreseeSpec } from '../../runs/memory.ts';
import { parseSpec } from '../../runs/spec.ts';
import { type MemoryEstimate, memoryLines, tooLarge } from '../../training/foresee.ts';
import type { Command } from '../command.ts';
import { computeOptions, readComputeOptions } from '../computeOptions.ts';

/** What it answers with --json. */
export interface Foreseen {
  readonly memory: MemoryEstimate;
  /** Why the run would be refused. */
  readonly refused?: Problem;
}

export const foresee: Command = {
  path: ['foresee'],
  summary: 'Tell what memory a run would take, from its spec alone; exit 1 if it could not fit',
  positionals: '[SPEC.run.json]',
  options: {
    directory: {
      type: 'string',
      placeholder: 'DIR',
      description: 'where the relative paths of a spec from standard input start; the current directory if absent',
    },
    ...computeOptions,
  },
  async run({ values, positionals, json, print }) {
    const [file, ...others] = positionals;
    if (others.length > 0)
      return bad('one run spec is wanted', undefined, 'Name a .run.json, or none and give its text.');
    const compute = readComputeOptions(values);
    if (!compute.ok) return compute;
    const directory = typeof values['directory'] === 'string' ? values['directory'] : '.';
    const written = await textOf(file);
    if (!written.ok) return written;
    const { spec, problems } = parseSpec(written.value, file ?? path.join(directory, 'standard input'));
    if (spec === undefined) return { ok: false, problem: problems[0]! };
    const { backend = spec.backend, precision = spec.precision } = compute.value;
    const whole = { ...spec, backend, precision };
    const foreseen = await foreseeSpec(whole, compute.value);
    if (foreseen === undefined)
      return bad(`the backend ${backend} is not here, or the model's config.json cannot be read`, { name: 'backend' });
    const refused = tooLarge(whole, foreseen.estimate, foreseen.foresee);
    const answer: Foreseen = { memory: foreseen.estimate, ...(refused === undefined ? {} : { refused }) };
    if (json) print(JSON.stringify(answer));
    else for (const line of memoryLines(foreseen.estimate)) print(line);
    if (!json && refused !== undefined) print(`it would be refused: ${problemLine(refused)}`);
    return ok({ exitCode: refused === undefined ? 0 : 1 });
  },
};

async function textOf(file: string | undefined): Promise<Result<string>> {
  if (file === undefined) return ok(await text(process.stdin));
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    return fileProblem(error, file);
  }
}
