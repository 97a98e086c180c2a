/**
 * The results file in lm-evaluation-harness's form, and a file of samples a task: what was asked, what the model thought
 * of each candidate, what was right. Both say enough to run the same evaluation again.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../base/atomic.ts';
import { engineVersion } from '../version.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { Spread } from './intervals.ts';
import { metric, metricSpreads } from './metrics.ts';
import { type PreparedTask, defaultSeed, resultsFile } from './prepare.ts';
import { firstNewId, modelHashes, promptsHash, tokenizerHashes } from './provenance.ts';
import type { EvaluationRequest } from './request.ts';
import { samples } from './samples.ts';
import type { Answer } from './score.ts';

/** What was evaluated, for the record. */
export interface Subject {
  /** Hugging Face directory. */
  readonly model: string;
  /** PEFT directory. */
  readonly adapter?: string;
  /** What computed. */
  readonly backend?: string;
}

export interface ScoredTask {
  readonly prepared: PreparedTask;
  readonly answers: readonly Answer[];
  readonly seconds: number;
}

export type Figures = Readonly<Record<string, number>>;

/** A task's metrics, and `n`, the number of rows. */
export function figures({ prepared, answers }: Pick<ScoredTask, 'prepared' | 'answers'>): Figures {
  return {
    ...Object.fromEntries(prepared.task.metrics.map((name) => [name, metric(name, answers)])),
    n: answers.length,
  };
}

/**
 * Writes samples-TASK.jsonl for each task, then results.json; answers with its path. Throws the file system's errors and the
 * signal's reason.
 */
export async function writeReport(
  options: EvaluationRequest & Subject,
  scored: readonly ScoredTask[],
  tokenizer: Tokenizer,
  signal?: AbortSignal,
): Promise<string> {
  const { out } = options;
  const model = path.resolve(options.model);
  const adapter = options.adapter === undefined ? undefined : path.resolve(options.adapter);
  const modelFiles = await modelHashes(model, signal);
  const adapterFiles = adapter === undefined ? undefined : await modelHashes(adapter, signal);
  const newFrom = await firstNewId(model);
  const vocabulary = { tokenizer, ...(newFrom === undefined ? {} : { newFrom }) };
  await mkdir(out, { recursive: true });
  for (const one of scored) {
    const file = path.join(out, `samples-${one.prepared.task.name}.jsonl`);
    await writeFileAtomic(file, samples(one, vocabulary));
  }
  const byTask = <T>(value: (one: ScoredTask) => T): Record<string, T> =>
    Object.fromEntries(scored.map((one) => [one.prepared.task.name, value(one)]));
  const spreads = scored.map((one) =>
    metricSpreads(one.prepared.task.metrics, one.answers, options.seed ?? defaultSeed),
  );
  const ofSpreads = <T>(value: (spread: Spread) => T | undefined): Record<string, Record<string, T>> =>
    Object.fromEntries(
      scored.map((one, i) => [
        one.prepared.task.name,
        Object.fromEntries(
          Object.entries(spreads[i]!).flatMap(([name, spread]) => {
            const found = value(spread);
            return found === undefined ? [] : [[name, found]];
          }),
        ),
      ]),
    );
  const report = {
    results: byTask(figures),
    intervals: ofSpreads((spread) => spread.interval),
    stderr: ofSpreads((spread) => spread.stderr),
    versions: byTask((one) => one.prepared.task.version),
    'n-shot': byTask((one) => one.prepared.shots),
    higher_is_better: byTask((one) => Object.fromEntries(one.prepared.task.metrics.map((name) => [name, true]))),
    'n-samples': byTask((one) => ({ original: one.prepared.available, effective: one.answers.length })),
    configs: byTask(({ prepared: { task, split, shots, seed, dataHashes, questions }, seconds, answers }) => ({
      task: task.name,
      output_type: 'multiple_choice',
      split,
      num_fewshot: shots,
      ...(shots === 0 ? {} : { fewshot_seed: seed }),
      metric_list: task.metrics.map((name) => ({ metric: name })),
      headline: task.headline,
      data_sha256: dataHashes,
      prompts_sha256: promptsHash(questions),
      truncated: answers.filter((answer) => answer.cut > 0).length,
      seconds: Math.round(seconds * 1000) / 1000,
    })),
    config: {
      model: 'bllossom',
      model_args: `pretrained=${model}${adapter === undefined ? '' : `,peft=${adapter}`}`,
      ...(options.backend === undefined ? {} : { backend: options.backend }),
      limit: options.limit ?? null,
      data: path.resolve(options.data),
    },
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
  return file;
}

/** The command line that does the same, from any folder. */
function commandOf({ model, adapter, tasks, data, out, ...options }: EvaluationRequest & Subject): string {
  const { split, limit, shots, seed, backend } = options;
  const given = {
    model: path.resolve(model),
    adapter: adapter === undefined ? undefined : path.resolve(adapter),
    tasks: tasks.join(','),
    data: path.resolve(data),
    ...{ split, limit, shots, seed, backend },
    out: path.resolve(out),
  };
  const words = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `--${name} ${quoted(String(value))}`);
  return `bllossom eval ${words.join(' ')}`;
}

/** A word as a POSIX shell takes it. */
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
