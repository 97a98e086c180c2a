/**
 * The results file in lm-evaluation-harness's form, and a file of samples a task: what was asked, what the model thought
 * of each candidate, what was right. Both say enough to run the same evaluation again.
 */
import path from 'node:path';
import { writeAtomic, writeFileAtomic } from '../base/atomic.ts';
import { makeDirectories } from '../base/directories.ts';
import { inTurns } from '../base/steps.ts';
import { engineVersion } from '../version.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Figures, type ScoredTask, figures, spreads } from './answerTask.ts';
import { harnessFigures } from './harnessForm.ts';
import type { Spread } from './intervals.ts';
import type { KeptHashes } from './keptHashes.ts';
import { type PreparedTask, defaultSeed, resultsFile } from './prepare.ts';
import { firstNewId, modelHashes, promptsHash, tokenizerHashes } from './provenance.ts';
import type { EvaluationRequest } from './request.ts';
import { samples } from './samples.ts';
import type { ScoringWork } from './score.ts';
import { higherIsBetter } from './task.ts';
import { isTaskFile } from './tasks.ts';

/** What was evaluated, for the record. */
export interface Subject {
  /** Hugging Face directory. */
  readonly model: string;
  /** PEFT directory. */
  readonly adapter?: string;
  /** What computed, on what, and in what precision. */
  readonly backend?: string;
  readonly device?: string;
  readonly precision?: string;
}

/** Hashes of the files of the model and the adapter, by name. */
export interface SubjectHashes {
  readonly model: Readonly<Record<string, string>>;
  readonly adapter?: Readonly<Record<string, string>>;
}

/** Throws the file system's errors and the signal's reason. */
export async function subjectHashes(
  { model, adapter }: Pick<Subject, 'model' | 'adapter'>,
  signal?: AbortSignal,
  kept?: KeptHashes,
): Promise<SubjectHashes> {
  return {
    model: await modelHashes(path.resolve(model), signal, kept),
    ...(adapter === undefined ? {} : { adapter: await modelHashes(path.resolve(adapter), signal, kept) }),
  };
}

/**
 * Writes samples-TASK.jsonl for each task, then results.json; answers with its path and the figures in it. Throws the file system's
 * errors and the signal's reason.
 */
export async function writeReport(
  options: EvaluationRequest & Subject,
  scored: readonly ScoredTask[],
  tokenizer: Tokenizer,
  { model: modelFiles, adapter: adapterFiles }: SubjectHashes,
  signal?: AbortSignal,
): Promise<{ readonly file: string; readonly results: Readonly<Record<string, Figures>> }> {
  const { out } = options;
  const model = path.resolve(options.model);
  const adapter = options.adapter === undefined ? undefined : path.resolve(options.adapter);
  const newFrom = await firstNewId(model);
  const vocabulary = { tokenizer, ...(newFrom === undefined ? {} : { newFrom }) };
  makeDirectories(out);
  for (const one of scored) {
    const file = path.join(out, `samples-${one.prepared.task.name}.jsonl`);
    await writeAtomic(file, async (handle) => {
      for (const rows of samples(one, vocabulary)) {
        signal?.throwIfAborted();
        await handle.appendFile(rows);
      }
    });
  }
  const byTask = <T>(value: (one: ScoredTask) => T): Record<string, T> =>
    Object.fromEntries(scored.map((one) => [one.prepared.task.name, value(one)]));
  const found: Readonly<Record<string, Partial<Spread>>>[] = [];
  for (const one of scored) found.push(await inTurns(spreads(one, options.seed ?? defaultSeed), signal));
  const ofSpreads = <T>(value: (spread: Partial<Spread>) => T | undefined): Record<string, Record<string, T>> =>
    Object.fromEntries(
      scored.map((one, i) => [
        one.prepared.task.name,
        Object.fromEntries(
          Object.entries(found[i]!).flatMap(([name, spread]) => {
            const figure = value(spread);
            return figure === undefined ? [] : [[name, figure]];
          }),
        ),
      ]),
    );
  const results = byTask(figures);
  const stderr = ofSpreads((spread) => spread.stderr);
  const report = {
    results: byTask(({ prepared: { task } }) => ({
      ...results[task.name],
      ...harnessFigures(task.name, results[task.name]!, stderr[task.name]!),
    })),
    group_subtasks: byTask(() => []),
    intervals: ofSpreads((spread) => spread.interval),
    stderr,
    versions: byTask((one) => one.prepared.task.version),
    'n-shot': byTask((one) => one.prepared.shots),
    higher_is_better: byTask((one) =>
      Object.fromEntries(one.prepared.task.metrics.map((name) => [name, higherIsBetter(name)])),
    ),
    'n-samples': byTask((one) => ({ original: one.prepared.available, effective: one.answered.answers.length })),
    configs: byTask((one) => configOf(one, tokenizer)),
    config: {
      model: 'bllossom',
      model_args: `pretrained=${model}${adapter === undefined ? '' : `,peft=${adapter}`}`,
      ...(options.backend === undefined ? {} : { backend: options.backend }),
      ...(options.device === undefined ? {} : { device: options.device }),
      ...(options.precision === undefined ? {} : { precision: options.precision }),
      limit: options.limit ?? null,
      ...(options.samples === undefined ? {} : { samples: options.samples }),
      data: path.resolve(options.data),
    },
    model_source: 'bllossom',
    model_name: model,
    model_sha256: modelFiles,
    ...(adapterFiles === undefined ? {} : { adapter_sha256: adapterFiles }),
    tokenizer_sha256: tokenizerHashes(modelFiles, adapterFiles),
    date: Date.now() / 1000,
    bllossom_version: engineVersion,
    command: commandOf(options),
  };
  const file = path.join(out, resultsFile);
  await writeFileAtomic(file, `${JSON.stringify(report, undefined, 2)}\n`);
  return { file, results };
}

/** How a task was asked, in the harness's words where it has some. */
function configOf({ prepared, answered, seconds, work }: ScoredTask, tokenizer: Tokenizer): object {
  const { task, split, shots, seed, dataHashes, questions } = prepared;
  const { exactMatch = {}, generation } = task;
  return {
    task: task.name,
    title: task.title,
    language: task.language,
    output_type: task.outputType,
    split,
    num_fewshot: shots,
    ...(shots === 0 ? {} : { fewshot_seed: seed }),
    ...(generation === undefined
      ? {}
      : { generation_kwargs: { until: generation.until, max_gen_toks: generation.maxTokens, do_sample: false } }),
    metric_list: task.metrics.map((name) => ({
      metric: name,
      ...(name === 'exact_match'
        ? Object.fromEntries(
            Object.entries(harnessOptions).flatMap(([ours, theirs]) => {
              const value = exactMatch[ours as keyof typeof harnessOptions];
              return value === undefined ? [] : [[theirs, value]];
            }),
          )
        : {}),
    })),
    headline: task.headline,
    ...(task.file === undefined ? {} : { task_file: task.file }),
    task_sha256: task.definitionHash,
    data_sha256: dataHashes,
    prompts_sha256: promptsHash(questions),
    truncated:
      answered.outputType === 'loglikelihood_rolling' ? 0 : answered.answers.filter((answer) => answer.cut > 0).length,
    bos: beginsAfterBos(prepared, tokenizer),
    seconds: Math.round(seconds * 1000) / 1000,
    ...(work === undefined ? {} : { scoring: scoringOf(work) }),
  };
}

/**
 * Context and candidate are encoded apart, without BOS, as the harness does; but a text that is scored begins after it, and so do the
 * candidates of a prompt without a token: true where one row at least does. Of a tokenizer without BOS both begin after EOS: false.
 */
function beginsAfterBos({ task, questions }: PreparedTask, tokenizer: Tokenizer): boolean {
  if (tokenizer.bosId === undefined) return false;
  if (task.outputType === 'loglikelihood_rolling') return true;
  return questions.some(({ context }) => context.trim() === '' && tokenizer.encode(context).ids.length === 0);
}

/** How much was asked for, and how much of it computed. */
const scoringOf = ({ requests, distinct, known, tokens, bytes }: ScoringWork): object => ({
  requests,
  distinct,
  cached: known,
  tokens_each_alone: tokens,
  ...(bytes === undefined ? {} : { batch_bytes: bytes }),
});

const harnessOptions = {
  ignoreCase: 'ignore_case',
  ignorePunctuation: 'ignore_punctuation',
  ignoreNumbers: 'ignore_numbers',
  normalizeWhitespace: 'normalize_whitespace',
} as const;

/** The command line that does the same, from any folder. */
function commandOf({ model, adapter, tasks, data, out, ...options }: EvaluationRequest & Subject): string {
  const { split, limit, samples, shots, seed, backend, device, precision } = options;
  const given = {
    model: path.resolve(model),
    adapter: adapter === undefined ? undefined : path.resolve(adapter),
    tasks: tasks.map((name) => (isTaskFile(name) ? path.resolve(name) : name)).join(','),
    data: path.resolve(data),
    ...{
      split,
      limit,
      samples: samples && JSON.stringify(samples),
      shots,
      seed,
      backend,
      device,
      precision: precision === 'float32' ? undefined : precision,
    },
    out: path.resolve(out),
  };
  const words = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${quoted(String(value))}`);
  return `bllossom eval ${words.join(' ')}`;
}

/** A word as a POSIX shell takes it. */
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
