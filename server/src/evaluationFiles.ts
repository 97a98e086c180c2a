/** Reads evaluation results as lm-evaluation-harness writes them: `{"results": {task: {metric: number}}, "config": …}`. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { EvaluationInfo } from './protocol.ts';

/** undefined where the file holds no such results (others are named results.json too). */
export async function readEvaluation(file: string): Promise<EvaluationInfo | undefined> {
  let json: unknown;
  let modified: number;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
    modified = (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
  const top = record(json);
  const results = figures(top?.['results']);
  if (top === undefined || results === undefined) return undefined;
  const config = record(top['config']);
  const date = top['date'];
  return {
    path: file,
    name: path.basename(path.dirname(file)),
    model: modelOf(top, config),
    results,
    // The harness writes seconds since the epoch.
    at: typeof date === 'number' ? date * 1000 : modified,
  };
}

const record = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

/** Numbers by task and metric. Newer harnesses write `acc,none` for the metric `acc` under the filter `none`. */
function figures(value: unknown): Record<string, Record<string, number>> | undefined {
  const tasks = record(value);
  if (tasks === undefined) return undefined;
  const result: Record<string, Record<string, number>> = {};
  for (const [task, metrics] of Object.entries(tasks)) {
    const numbers = Object.entries(record(metrics) ?? {}).filter(
      (e): e is [string, number] => typeof e[1] === 'number',
    );
    if (numbers.length === 0) continue;
    result[task] = Object.fromEntries(numbers.map(([name, number]) => [name.replace(/,none$/, ''), number]));
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** `pretrained=DIR,peft=DIR` in config.model_args, or the name the results bear. */
function modelOf(
  top: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>> | undefined,
): string {
  const args = config?.['model_args'];
  if (typeof args === 'string') return /(?:^|,)pretrained=([^,]+)/.exec(args)?.[1] ?? args;
  const pretrained = record(args)?.['pretrained'] ?? top['model_name'] ?? config?.['model'];
  return typeof pretrained === 'string' ? pretrained : '';
}
