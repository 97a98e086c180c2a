/** From a spec to everything a training loop needs: the model on a backend, the data as batches. */
import path from 'node:path';
import type { Backend } from '../backends/backend.ts';
import { type Problem, ProblemError, type Result, ok, unwrap } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { Batches, type HeldOut, type SourceShare, heldOutBatches } from '../data/batches.ts';
import { type Corpus, type CorpusOptions, readCorpus, tokenKinds } from '../data/corpus.ts';
import type { TemplateName } from '../data/templates.ts';
import {
  type Adapter,
  baseOfAdapter,
  embeddingName,
  isAdapterDirectory,
  readAdapter,
  readAdapterConfig,
  type StreamedModel,
  streamModelDirectory,
  withTables,
} from '../model/files.ts';
import {
  type LlamaConfig,
  type TrainableOptions,
  type TrainableSummary,
  openTrainingSession,
  percentOf,
  summarizeTrainable,
} from '../model/index.ts';
import { trainedTensors } from '../model/trainable.ts';
import type { GradientSession } from '../model/sessions.ts';
import type { RunSpec } from '../runs/spec.ts';
import { readTokenizerFile } from '../tokenizers/index.ts';
import { type Probes, prepareProbes } from './probes.ts';

/** What a run began with, without its weights: the session has them, and there they are not twice in memory. */
export interface TrainedFrom {
  /** The model, or the base where the run trains adapters. */
  readonly model: Pick<StreamedModel, 'directory' | 'config' | 'tokenizerFile'>;
  /** The adapter that the run goes on from, with the names of the tables in it. */
  readonly adapter?: Pick<Adapter, 'directory' | 'config'> & { readonly tables: readonly string[] };
}

export interface Prepared {
  readonly session: GradientSession;
  readonly from: TrainedFrom;
  readonly trains: TrainableSummary;
  readonly batches: Batches;
  readonly probes: Probes;
  readonly languages: readonly string[];
  readonly steps: number;
  /** Kinds that tokens are told apart by; absent where it is not known which ids are new. */
  readonly kinds?: typeof tokenKinds;
  readonly sources: readonly SourceShare[];
  /** What instructions were written in; absent where there were none. */
  readonly template?: TemplateName;
  /** What was found in the data, for the log. */
  readonly notes: readonly string[];
}

/** A problem in model or data is the result; the signal's reason is thrown when aborted. */
export async function prepare(spec: RunSpec, backend: Backend, work: Work): Promise<Result<Prepared>> {
  try {
    return ok(await prepareOrThrow(spec, backend, work));
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, problem: error.problem };
    throw error;
  }
}

async function prepareOrThrow(spec: RunSpec, backend: Backend, work: Work): Promise<Prepared> {
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
  const longest = rowsTooLong(corpus, model.config.contextLength);
  if (longest !== undefined) throw new ProblemError(longest);
  work.onProgress?.({ message: 'building the model' });
  const session = unwrap(
    await openTrainingSession(model, backend, {
      optimizer: spec.optimizer,
      precision: spec.precision,
      seed: spec.seed,
      classes: corpus.classes,
      activationCheckpointing: spec.activationCheckpointing,
      ...trainingOf(spec),
      ...(adapter === undefined ? {} : { adapter: adapter.factors }),
    }),
  );
  const trains = unwrap(summarizeTrainable(model.config, trainingOf(spec)));
  const steps = spec.steps ?? batches.stepsOf(spec.epochs ?? 1);
  const sources = batches.sources(steps);
  return {
    session,
    from: trainedFrom(model, adapter),
    trains,
    batches,
    probes,
    languages: corpus.languages,
    steps,
    sources,
    ...(corpus.kinds === undefined ? {} : { kinds: tokenKinds }),
    ...(corpus.type === 'instruction' ? { template: spec.template } : {}),
    notes: [
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

/** Rows of ready ids are taken as they stand, so one may be longer than the model can see. */
function rowsTooLong(corpus: Corpus, contextLength: number): Problem | undefined {
  if (corpus.type !== 'ids' || corpus.tooLong === 0) return undefined;
  return {
    what: `${corpus.tooLong} rows of ids are longer than sequenceLength`,
    where: { name: 'data' },
    remedy: `Raise sequenceLength (the model's window is ${contextLength}), or make the rows shorter.`,
  };
}

/** A line for the log: what a data file gives to the run. */
function sourceNote({ path: file, weight, tokens, share, epochs }: SourceShare, all: readonly SourceShare[]): string {
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const weights = all.reduce((sum, source) => sum + (source.weight ?? 0), 0);
  const wanted = weight === undefined ? '' : ` (${percent(weight / weights)} wanted)`;
  return `${path.basename(file)}: ${tokens} tokens, ${percent(share)} of what is read${wanted}, ${epochs.toFixed(2)} epochs`;
}

function notes(corpus: Corpus): string[] {
  const lines = [`${corpus.size} documents, ${corpus.ids.length} tokens`];
  if (corpus.tooLong > 0) lines.push(`${corpus.tooLong} examples are longer than sequenceLength and are cut`);
  if (corpus.leftOut > 0) lines.push(`${corpus.leftOut} of them are left out: nothing of their answer would be left`);
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

/** What of the spec says what trains. */
const trainingOf = ({ lora, trainable, newRowsFrom }: RunSpec): TrainableOptions => ({
  ...(lora === undefined ? {} : { lora }),
  ...(trainable === undefined ? {} : { trainable }),
  ...(newRowsFrom === undefined ? {} : { newRowsFrom }),
});

function trainedFrom({ directory, config, tokenizerFile }: StreamedModel, adapter: Adapter | undefined): TrainedFrom {
  return {
    model: { directory, config, ...(tokenizerFile === undefined ? {} : { tokenizerFile }) },
    ...(adapter === undefined
      ? {}
      : {
          adapter: {
            directory: adapter.directory,
            config: adapter.config,
            tables: adapter.tables.map(({ name }) => name),
          },
        }),
  };
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
