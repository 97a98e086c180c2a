/**
 * What a run is made of, from its spec: the model's files opened and checked, its data as tokens, what trains, what is measured, how
 * many steps. No weight is read (an adapter's are) and nothing is written, so a dry run tells all of it.
 */
import path from 'node:path';
import { plural } from '../base/plural.ts';
import { type Problem, ProblemError, type Result, ok, unwrap } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { Batches, type HeldOut, heldOutBatches } from '../data/batches.ts';
import { type Corpus, type CorpusOptions, readCorpus } from '../data/corpus.ts';
import {
  type Adapter,
  baseOfAdapter,
  embeddingName,
  isAdapterDirectory,
  readAdapter,
  readAdapterConfig,
  type StreamedModel,
  streamModelDirectory,
  type UnappliedSetting,
  unappliedSettings,
  unappliedWords,
  withTables,
} from '../model/files.ts';
import { type LlamaConfig, type TrainableSummary, percentOf, summarizeTrainable } from '../model/index.ts';
import { trainedTensors } from '../model/trainable.ts';
import type { RunSource } from '../protocol.ts';
import type { RunSpec } from '../runs/spec.ts';
import { readTokenizerFile } from '../tokenizers/index.ts';
import { trainingOf } from './options.ts';
import { type Probes, prepareProbes } from './probes.ts';

export interface Material {
  /** The model to be read, or the base where the run trains adapters; with an adapter's tables in place of its own. */
  readonly model: StreamedModel;
  /** The adapter that the run goes on from. */
  readonly adapter?: Adapter;
  readonly corpus: Corpus;
  /** Tokens of the longest row that a step reads. */
  readonly longest: number;
  /** The same of the held-out batches; absent where there are none. */
  readonly longestHeldOut?: number;
  /** What the tokens take of memory. */
  readonly dataBytes: number;
  readonly trains: TrainableSummary;
  readonly batches: Batches;
  readonly probes: Probes;
  readonly steps: number;
  readonly sources: readonly RunSource[];
  /** What the model's config asks for and no training here does. */
  readonly unapplied: readonly UnappliedSetting[];
  /** That, and what was found in the data, for the log. */
  readonly notes: readonly string[];
}

/** A problem in model or data is the result; the signal's reason is thrown when aborted. */
export async function gatherMaterial(spec: RunSpec, work: Work): Promise<Result<Material>> {
  try {
    return ok(await gatherOrThrow(spec, work));
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

async function gatherOrThrow(spec: RunSpec, work: Work): Promise<Material> {
  work.onProgress?.({ message: 'reading the model' });
  const { model, adapter } = await readModel(spec.model, work);
  const own = adapter === undefined ? undefined : await readTokenizerFile(adapter.directory);
  const tokenizer = own?.ok === true ? own : await readTokenizerFile(model.directory);
  const options: CorpusOptions = {
    kind: spec.kind,
    template: spec.template,
    vocabularySize: model.config.vocabularySize,
    sequenceLength: spec.sequenceLength,
    tokenizer: () => unwrap(tokenizer),
    languages: languagesOf(spec),
    ...newIds(model.config.raw),
  };
  const corpus = await readCorpus(spec.data, options, work);
  const batches = new Batches(corpus, spec);
  const heldOut = await readHeldOut(spec, options, work);
  const probes = await prepareProbes(spec, model, tokenizer, heldOut);
  const tooLong = rowsTooLong(corpus, model.config.contextLength);
  if (tooLong !== undefined) throw new ProblemError(tooLong);
  const trains = unwrap(summarizeTrainable(model.config, trainingOf(spec)));
  const steps = spec.steps ?? batches.stepsOf(spec.epochs ?? 1);
  const { sources, longest } = batches.reading(steps);
  return {
    model,
    ...(adapter === undefined ? {} : { adapter }),
    corpus,
    longest,
    ...(heldOut === undefined ? {} : { longestHeldOut: heldOut.longest }),
    dataBytes: bytesHeld(corpus, heldOut),
    trains,
    batches,
    probes,
    steps,
    sources,
    unapplied: unappliedSettings(model.config),
    notes: [
      ...unappliedSettings(model.config).map(unappliedWords),
      ...notes(corpus),
      ...sources.map((source) => sourceNote(source, sources)),
      ...trainedLines(trains),
      ...unseenRows(spec, model.config, corpus),
    ],
  };
}

/** Which ids are new, where `vocab expand` has noted it in config.json. */
function newIds(config: Readonly<Record<string, unknown>>): Pick<CorpusOptions, 'newIdsFrom'> {
  const first = config['base_vocab_size'];
  return typeof first === 'number' && Number.isSafeInteger(first) && first > 0 ? { newIdsFrom: first } : {};
}

async function readHeldOut(spec: RunSpec, options: CorpusOptions, work: Work): Promise<HeldOut | undefined> {
  if (spec.evaluation === undefined || spec.evaluation.data.length === 0) return undefined;
  return heldOutBatches(await readCorpus(spec.evaluation.data, options, work), spec);
}

/** Languages of all files, held-out ones too: what is not learned from may be what is forgotten. */
const languagesOf = ({ data, evaluation }: RunSpec): string[] => [
  ...new Set([...data, ...(evaluation?.data ?? [])].flatMap(({ language }) => language ?? [])),
];

const bytesHeld = (corpus: Corpus, heldOut: HeldOut | undefined): number =>
  [corpus, ...(heldOut?.batches ?? [])]
    .flatMap((held) => Object.values(held) as unknown[])
    .reduce<number>((sum, value) => sum + (ArrayBuffer.isView(value) ? value.byteLength : 0), 0);

/** Rows of ready ids are taken as they stand, so one may be longer than the model can see. */
function rowsTooLong(corpus: Corpus, contextLength: number): Problem | undefined {
  if (corpus.type !== 'ids' || corpus.tooLong === 0) return undefined;
  return {
    what:
      corpus.tooLong === 1
        ? 'a row of ids is longer than sequenceLength'
        : `${corpus.tooLong} rows of ids are longer than sequenceLength`,
    where: { name: 'data' },
    remedy: `Raise sequenceLength (the model's window is ${contextLength}), or make the rows shorter.`,
  };
}

/** A line for the log: what a data file gives to the run. */
function sourceNote({ path: file, weight, tokens, share, epochs }: RunSource, all: readonly RunSource[]): string {
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const weights = all.reduce((sum, source) => sum + (source.weight ?? 0), 0);
  const wanted = weight === undefined ? '' : ` (${percent(weight / weights)} wanted)`;
  return `${path.basename(file)}: ${plural(tokens, 'token')}, ${percent(share)} of what is read${wanted}, ${epochs.toFixed(2)} epochs`;
}

function notes(corpus: Corpus): string[] {
  const lines = [`${plural(corpus.size, 'document')}, ${plural(corpus.ids.length, 'token')}`];
  if (corpus.tooLong > 0) lines.push(`longer than sequenceLength, and cut: ${plural(corpus.tooLong, 'example')}`);
  if (corpus.leftOut > 0) lines.push(`left out of these, since nothing of the answer would be left: ${corpus.leftOut}`);
  return lines;
}

/** What trains, line by line, with its share of all parameters. */
function trainedLines(trains: TrainableSummary): string[] {
  const { trained, all, groups } = trains;
  return [
    `${trained} of ${all} parameters are trained (${percentOf(trains)} %)`,
    ...groups.map(
      ({ name, tensors, parameters }) =>
        `  ${name}: ${tensors === 1 ? '' : `${tensors} tensors, `}${parameters} parameters`,
    ),
  ];
}

/** Rows of the embedding that train and that no text of the data holds: they get no gradient as input. */
function unseenRows(spec: RunSpec, config: LlamaConfig, corpus: Corpus): string[] {
  const tensors = unwrap(trainedTensors(config, trainingOf(spec)));
  const table = tensors.find(({ name, table: whole }) => (whole?.name ?? name) === embeddingName);
  if (table === undefined) return [];
  const first = table.table?.firstRow ?? 0;
  const seen = new Set<number>();
  for (const id of corpus.ids) if (id >= first) seen.add(id);
  const rows = config.vocabularySize - first;
  return seen.size === rows
    ? []
    : [`${rows - seen.size} of the ${rows} rows of the embedding that train stand in no text of the data`];
}

/** A whole model; or an adapter and its base, with the tables that were trained beside the adapter in it. */
async function readModel(
  directory: string,
  work: Work,
): Promise<{ readonly model: StreamedModel; readonly adapter?: Adapter }> {
  if (!isAdapterDirectory(directory)) return { model: unwrap(await streamModelDirectory(directory, work)) };
  const base = unwrap(baseOfAdapter(directory, unwrap(readAdapterConfig(directory))));
  const model = unwrap(await streamModelDirectory(base, work));
  const adapter = unwrap(await readAdapter(directory, model.config, work));
  return { model: withTables(model, adapter), adapter };
}
