/** Reads evaluation results as lm-evaluation-harness writes them: `{"results": {task: {metric: number}}, "config": …}`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { bad } from '../../engine/src/base/problem.ts';
import { explain } from '../../engine/src/evaluation/explain.ts';
import { published } from '../../engine/src/evaluation/published.ts';
import type { EvaluationInfo, TaskConditions } from './protocol.ts';

const remedy = 'Put a whole copy of it in its place, or evaluate the model again into another folder.';

/**
 * undefined where the file holds no such results (others are named results.json too), or is gone. One that is damaged bears its
 * problem, and no figures.
 */
export async function readEvaluation(file: string): Promise<EvaluationInfo | undefined> {
  let json: unknown;
  let modified: number;
  let content: string;
  try {
    content = await readFile(file, 'utf8');
    modified = (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
  try {
    json = JSON.parse(content);
  } catch (error) {
    if (!/"results"\s*:/.test(content) && !(await hasRows(path.dirname(file)))) return undefined;
    const { problem } = bad(`this is not JSON (${(error as Error).message})`, { file }, remedy);
    return { path: file, name: path.basename(path.dirname(file)), model: '', results: {}, at: modified, problem };
  }
  const top = record(json);
  const results = figures(top?.['results']);
  if (top === undefined || results === undefined) return undefined;
  const config = record(top['config']);
  const date = top['date'];
  const names = Object.keys(results);
  const conditions = conditionsOf(top, names);
  const intervals = intervalsOf(top['intervals']);
  const differs = published.columns.flatMap((column) =>
    results[column.task] === undefined ? [] : [[column.task, explain(top, column)] as const],
  );
  const samples = await sampledTasks(path.dirname(file), names);
  const adapter = argument(config, 'peft');
  const data = config?.['data'];
  return {
    path: file,
    name: path.basename(path.dirname(file)),
    model: modelOf(top, config),
    ...(adapter === undefined ? {} : { adapter }),
    results,
    ...(intervals === undefined ? {} : { intervals }),
    ...(conditions === undefined ? {} : { conditions }),
    ...(differs.length === 0 ? {} : { differs: Object.fromEntries(differs) }),
    ...(typeof data === 'string' ? { data } : {}),
    ...(samples.length === 0 ? {} : { samples }),
    // The harness writes seconds since the epoch.
    at: typeof date === 'number' ? date * 1000 : modified,
  };
}

/** The rows of a task beside a results file. */
export const samplesFile = (results: string, task: string): string =>
  path.join(path.dirname(results), `samples-${task}.jsonl`);

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
/** Newer harnesses write `acc,none` for the metric `acc` under the filter `none`. */
const metricName = (name: string): string => name.replace(/,none$/, '');

/** Values by task and metric, of one kind; undefined where there is none. */
function byMetric<T>(value: unknown, read: (value: unknown) => T | undefined) {
  const result: Record<string, Record<string, T>> = {};
  for (const [task, metrics] of Object.entries(record(value) ?? {})) {
    const values = Object.entries(record(metrics) ?? {}).flatMap(([name, one]) => {
      const known = read(one);
      return known === undefined ? [] : [[metricName(name), known] as const];
    });
    if (values.length > 0) result[task] = Object.fromEntries(values);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

const figures = (value: unknown) => byMetric(value, number);

const intervalsOf = (value: unknown) =>
  byMetric(value, (pair): readonly [number, number] | undefined => {
    if (!Array.isArray(pair)) return undefined;
    const [low, high] = [number(pair[0]), number(pair[1])];
    return low === undefined || high === undefined ? undefined : [low, high];
  });

/** How each task was asked; undefined where the file says nothing of it. */
function conditionsOf(top: Readonly<Record<string, unknown>>, names: readonly string[]) {
  const of = (key: string, task: string) => record(top[key])?.[task];
  const result: Record<string, TaskConditions> = {};
  for (const task of names) {
    const config = record(of('configs', task));
    const sizes = record(of('n-samples', task));
    const known = {
      split: text(config?.['split']) ?? text(config?.['test_split']),
      shots: number(of('n-shot', task)) ?? number(config?.['num_fewshot']),
      rows: number(sizes?.['effective']),
      available: number(sizes?.['original']),
      truncated: number(config?.['truncated']),
      version: number(of('versions', task)),
      headline: text(config?.['headline']),
    };
    const given = Object.entries(known).filter(([, value]) => value !== undefined);
    if (given.length > 0) result[task] = Object.fromEntries(given);
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

async function hasRows(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).some((name) => /^samples[-_].*\.jsonl$/.test(name));
}

async function sampledTasks(folder: string, names: readonly string[]): Promise<string[]> {
  const files = new Set(await readdir(folder).catch(() => []));
  return names.filter((task) => files.has(`samples-${task}.jsonl`));
}

/** A word of config.model_args, `pretrained=DIR,peft=DIR`; a directory may have commas in its name. */
function argument(config: Readonly<Record<string, unknown>> | undefined, name: string): string | undefined {
  const args = config?.['model_args'];
  if (typeof args === 'string') return new RegExp(`(?:^|,)${name}=(.+?)(?=,\\w+=|$)`).exec(args)?.[1];
  return text(record(args)?.[name]);
}

/** The model in config.model_args, or the name the results bear. */
function modelOf(
  top: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> | undefined,
): string {
  const args = config?.['model_args'];
  return (
    argument(config, 'pretrained') ??
    (typeof args === 'string' ? args : undefined) ??
    text(top['model_name']) ??
    text(config?.['model']) ??
    ''
  );
}
