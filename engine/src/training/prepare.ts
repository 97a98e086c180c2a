/** From a spec to everything a training loop needs: the model on a backend, the data as batches. */
import path from 'node:path';
import type { Backend } from '../backends/backend.ts';
import { type Problem, ProblemError, type Result, ok, unwrap } from '../base/problem.ts';
import type { Work } from '../base/progress.ts';
import { Batches, type SourceShare, heldOutBatches } from '../data/batches.ts';
import { type Corpus, type CorpusOptions, readCorpus, tokenKinds } from '../data/corpus.ts';
import type { TemplateName } from '../data/templates.ts';
import { type ModelInMemory, readModelDirectory } from '../model/files.ts';
import { openTrainingSession } from '../model/index.ts';
import type { MicroBatch, TrainingSession } from '../model/sessions.ts';
import type { RunSpec } from '../runs/spec.ts';
import { readTokenizerFile } from '../tokenizers/index.ts';

export interface Prepared {
  readonly session: TrainingSession;
  readonly model: ModelInMemory;
  readonly batches: Batches;
  readonly heldOut: readonly MicroBatch[];
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
  const model = unwrap(await readModelDirectory(spec.model, work));
  const tokenizer = await readTokenizerFile(spec.model);
  const options: CorpusOptions = {
    kind: spec.kind,
    template: spec.template,
    vocabularySize: model.config.vocabularySize,
    sequenceLength: spec.sequenceLength,
    tokenizer: () => unwrap(tokenizer),
    ...newIds(model.config.raw),
  };
  const corpus = await readCorpus(spec.data, options, work);
  const batches = new Batches(corpus, spec);
  const heldOut = await readHeldOut(spec, corpus, options, work);
  const longest = rowsTooLong(corpus, model.config.contextLength);
  if (longest !== undefined) throw new ProblemError(longest);
  work.onProgress?.({ message: 'building the model' });
  const session = unwrap(
    await openTrainingSession(model, backend, {
      optimizer: spec.optimizer,
      precision: spec.precision,
      seed: spec.seed,
      classes: corpus.classes,
      ...(spec.trainable === undefined ? {} : { trainable: spec.trainable }),
    }),
  );
  const steps = spec.steps ?? batches.stepsOf(spec.epochs ?? 1);
  const sources = batches.sources(steps);
  return {
    session,
    model: { ...model, tensors: [] }, // the session has them: not twice in memory for as long as the run takes
    batches,
    heldOut,
    languages: corpus.languages,
    steps,
    sources,
    ...(corpus.kinds === undefined ? {} : { kinds: tokenKinds }),
    ...(corpus.type === 'instruction' ? { template: spec.template } : {}),
    notes: [...notes(corpus), ...sources.map((source) => sourceNote(source, sources)), ...frozen(session)],
  };
}

/** Which ids are new, where `vocab expand` has noted it in config.json. */
function newIds(config: Readonly<Record<string, unknown>>): Pick<CorpusOptions, 'newIdsFrom'> {
  const first = config['base_vocab_size'];
  return typeof first === 'number' && Number.isSafeInteger(first) && first > 0 ? { newIdsFrom: first } : {};
}

async function readHeldOut(
  spec: RunSpec,
  corpus: Corpus,
  options: CorpusOptions,
  work: Work,
): Promise<readonly MicroBatch[]> {
  if (spec.evaluation === undefined) return [];
  const held = await readCorpus(spec.evaluation.data, { ...options, languages: corpus.languages }, work);
  return heldOutBatches(held, spec);
}

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

/** A line for the log where some of the model stays as it is. */
function frozen({ parameters }: TrainingSession): string[] {
  const trained = parameters.filter((parameter) => parameter.trainable);
  if (trained.length === parameters.length) return [];
  const count = (list: typeof parameters): number =>
    list.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
  return [`${count(trained)} of ${count(parameters)} parameters are trained`];
}
