/** A dry run as lines for a terminal. */
import path from 'node:path';
import { plural } from '../base/plural.ts';
import { problemLine } from '../base/problem.ts';
import { unappliedWords } from '../model/files.ts';
import type { DryRun } from '../runs/dryRun.ts';
import { fullness, memorySize, memoryWords, tight } from '../training/foresee.ts';

const number = new Intl.NumberFormat('en-US');
const count = (n: number): string => number.format(n);
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function dryRunLines(run: DryRun): string[] {
  const { spec, steps, tokensPerStep, tokens, sources, heldOut, trains, memory, unapplied, refused } = run;
  return [
    `${spec.kind} of ${spec.model} into ${spec.output}`,
    `${plural(steps, 'step', count(steps))} of up to ${count(tokensPerStep)} tokens: about ${count(tokens)} tokens in all`,
    '',
    'data',
    ...sources.map(
      ({ path: file, documents, tokens: inFile, labels, share, epochs, weight, language }) =>
        `  ${path.basename(file)}${language === undefined ? '' : ` (${language})`}: ${plural(documents, 'document', count(documents))}, ` +
        `${plural(inFile, 'token', count(inFile))}, ${count(labels)} of them learned; ${percent(share)} of what is read` +
        `${weight === undefined ? '' : ` (weight ${weight})`}, ${epochs.toFixed(2)} epochs`,
    ),
    ...(heldOut === undefined
      ? []
      : [
          `  held out: ${plural(heldOut.labels, 'token', count(heldOut.labels))} in ${count(heldOut.batches)} ${heldOut.batches === 1 ? 'batch' : 'batches'}`,
        ]),
    '',
    `trains: ${count(trains.trained)} of ${count(trains.all)} parameters (${trains.percent} %)`,
    ...trains.tensors.map(
      ({ name, shape, rowsFrom }) =>
        `  ${name} [${shape.join(', ')}]${rowsFrom === undefined ? '' : `, the rows from ${count(rowsFrom)} on`}`,
    ),
    '',
    ...(memory === undefined
      ? ['memory: not known, since this backend is not here']
      : [
          ...memory.memories.map(
            (one) => `memory: ${memoryWords(one)}, ${memorySize(one.free)} free now${warning(fullness(one))}`,
          ),
          ...memory.parts.map(({ name, bytes, memory: where }) => `  ${name}: ${memorySize(bytes)} (${where})`),
        ]),
    ...unapplied.map((setting) => `note: ${unappliedWords(setting)}`),
    ...refused.map((problem) => `it would be refused: ${problemLine(problem)}`),
  ];
}

const warning = (full: number): string => (full >= tight && full <= 1 ? ': little is left for anything else' : '');
