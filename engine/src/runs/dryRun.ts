/**
 * A dry run: everything of a run but the training. The spec is checked, the data read and counted, what trains listed, memory and steps
 * foreseen. Nothing is written, no weight read, no device locked, no backend opened.
 */
import path from 'node:path';
import type { Work } from '../base/progress.ts';
import { type Problem, type Result, ok, unwrap } from '../base/problem.ts';
import type { RunSource } from '../protocol.ts';
import { type Corpus, ignored } from '../data/corpus.ts';
import { elementCount } from '../graph/index.ts';
import type { UnappliedSetting } from '../model/files.ts';
import { percentOf, type TrainableSummary } from '../model/index.ts';
import { trainedTensors } from '../model/trainable.ts';
import { type MemoryEstimate, seenInProcess, tooFull, tooLarge } from '../training/foresee.ts';
import { gatherMaterial } from '../training/material.ts';
import { trainingOf } from '../training/options.ts';
import { checkDirectory } from './directory.ts';
import { memoryOf } from './memory.ts';
import type { RunOptions } from './run.ts';
import { type RunSpec, readSpec } from './spec.ts';

export interface DryRunSource extends RunSource {
  readonly documents: number;
  /** Tokens that are learned. */
  readonly labels: number;
}

export interface DryRun {
  /** Absolute. */
  readonly specFile: string;
  readonly spec: Pick<
    RunSpec,
    'kind' | 'model' | 'output' | 'precision' | 'sequenceLength' | 'batchSize' | 'gradientAccumulation'
  >;
  readonly steps: number;
  /** Rows of a step times their length: the most tokens that a step reads. */
  readonly tokensPerStep: number;
  /** Of documents, padding not counted, in all steps: foreseen from the order in which rows are read. */
  readonly tokens: number;
  readonly sources: readonly DryRunSource[];
  /** Batches that the held-out loss is measured on; absent where there are no held-out files. */
  readonly heldOut?: { readonly labels: number; readonly batches: number };
  readonly trains: TrainableSummary & {
    /** `5.977`. */
    readonly percent: string;
    /** Each tensor that the optimizer moves; `rowsFrom`: of a table, only the rows from there on. */
    readonly tensors: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly parameters: number;
      readonly rowsFrom?: number;
    }[];
  };
  /** Absent where no backend of that name is here. */
  readonly memory?: MemoryEstimate;
  /** Why the run would be refused as things are: its memory, or its output directory. */
  readonly refused: readonly Problem[];
  /** What the model's config asks for and the run would not do. */
  readonly unapplied: readonly UnappliedSetting[];
  readonly notes: readonly string[];
}

/** A Problem where the run could not even be prepared. Throws the signal's reason. */
export async function dryRun(
  specFile: string,
  options: Pick<RunOptions, 'backend' | 'precision' | 'threads' | 'device'>,
  work: Work,
): Promise<Result<DryRun>> {
  const read = readSpec(specFile);
  if (!read.ok) return read;
  const { backend = read.value.backend, precision = read.value.precision } = options;
  const spec = { ...read.value, backend, precision };
  const material = await gatherMaterial(spec, work);
  if (!material.ok) return material;
  const { model, corpus, longest, trains, steps, sources, probes, unapplied, notes } = material.value;
  const foresee = await memoryOf(model.config, seenInProcess(material.value), backend, options, { free: true });
  const foreseen = foresee?.(spec);
  if (foreseen?.ok === false) return foreseen;
  const estimate = foreseen?.value;
  const refused: Problem[] = [];
  const directory = checkDirectory(spec, false);
  if (!directory.ok) refused.push(directory.problem);
  if (foresee !== undefined && estimate !== undefined) {
    const problem = tooLarge(spec, estimate, foresee) ?? tooFull(spec, estimate, process.memoryUsage.rss(), foresee);
    if (problem !== undefined) refused.push(problem);
  }
  const counted = sources.map((source, i) => ({ ...source, ...countFile(corpus, i) }));
  const tensors = unwrap(trainedTensors(model.config, trainingOf(spec)));
  const { kind, output, sequenceLength, batchSize, gradientAccumulation } = spec;
  return ok({
    specFile: path.resolve(specFile),
    spec: { kind, model: spec.model, output, precision, sequenceLength, batchSize, gradientAccumulation },
    steps,
    tokensPerStep: batchSize * gradientAccumulation * longest,
    tokens: Math.round(sources.reduce((sum, { tokens, epochs }) => sum + tokens * epochs, 0)),
    sources: counted,
    ...(probes.heldOut === undefined
      ? {}
      : { heldOut: { labels: probes.heldOut.labels, batches: probes.heldOut.batches.length } }),
    trains: {
      ...trains,
      percent: percentOf(trains),
      tensors: tensors.map(({ name, shape, table }) => ({
        name: table?.name ?? name,
        shape,
        parameters: elementCount(shape),
        ...(table === undefined ? {} : { rowsFrom: table.firstRow }),
      })),
    },
    ...(estimate === undefined ? {} : { memory: estimate }),
    refused,
    unapplied,
    notes,
  });
}

function countFile({ fileStarts, offsets, labels }: Corpus, file: number): { documents: number; labels: number } {
  const [first, end] = [fileStarts[file]!, fileStarts[file + 1]!];
  let learned = 0;
  for (let d = first; d < end; d++)
    for (let at = offsets[d]! + 1; at < offsets[d + 1]!; at++) if (labels[at] !== ignored) learned++;
  return { documents: end - first, labels: learned };
}
