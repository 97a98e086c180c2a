/**
 * Why a figure of one's own may differ from a published one: what the results file says of how it came about, held against
 * the conditions of the published column. Reads results of this engine and of lm-evaluation-harness alike.
 */
import { plural } from '../base/plural.ts';
import type { PublishedColumn } from './published.ts';
import { tasks } from './tasks.ts';

/**
 * metric: another metric stands there, or the column's head is not what the harness reports. rows: others than the published
 * data set has. harness: another program, or another of its branches, asked. version, prompt: the task was another one when it was
 * asked. chance: the published figure lies within the interval of one's own.
 */
export type ReasonKind =
  | 'metric'
  | 'split'
  | 'shots'
  | 'limit'
  | 'rows'
  | 'truncated'
  | 'bos'
  | 'template'
  | 'harness'
  | 'version'
  | 'prompt'
  | 'chance';

export interface Reason {
  readonly kind: ReasonKind;
  /** True where the conditions differ; false where they may, since one side does not say. */
  readonly certain: boolean;
  /** The condition of one's own results and of the published ones, as they name it. */
  readonly here?: string | number;
  readonly there?: string | number;
  /** One sentence in English, without a final stop. */
  readonly text: string;
}

/** Rows of published splits, where they are known. */
const publishedRows: Readonly<Record<string, number>> = { klue_nli: 3000, klue_sts: 519, klue_ynat: 9107 };

type Json = Readonly<Record<string, unknown>>;

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** `report`: a parsed results.json. `value`: the published figure in percent. The surest reasons come first. */
export function explain(report: unknown, column: PublishedColumn, value?: number): readonly Reason[] {
  const top = record(report);
  const of = (name: string): Json => record(record(top[name])[column.task]);
  const config = of('configs');
  const reasons = [
    ...metricReasons(of('results'), column),
    ...conditionReasons(top, config, column),
    ...sizeReasons(top, of('n-samples'), column),
    ...promptReasons(top, config, column),
    ...chance(of('intervals'), column, value),
  ];
  return [...reasons.filter((reason) => reason.certain), ...reasons.filter((reason) => !reason.certain)];
}

function metricReasons(figures: Json, { metric, metricName, harnessMetric, name }: PublishedColumn): Reason[] {
  const has = metric in figures || `${metric},none` in figures;
  return [
    ...(has
      ? []
      : [
          {
            ...({ kind: 'metric', certain: true, there: metric } as const),
            text: `${name} is published as ${metricName} (${metric}), which these results do not have`,
          },
        ]),
    ...(harnessMetric === undefined
      ? []
      : [
          {
            ...({ kind: 'metric', certain: false, here: metric, there: harnessMetric } as const),
            text: `the column is headed ${metricName}, while the harness reports ${harnessMetric} for this task: either may be published`,
          },
        ]),
  ];
}

function conditionReasons(top: Json, config: Json, column: PublishedColumn): Reason[] {
  const reasons: Reason[] = [];
  const split = word(config['split']) ?? word(config['test_split']);
  if (split === undefined)
    reasons.push({
      ...{ kind: 'split', certain: false, there: column.split },
      text: `the results do not say of which split they are; published is ${column.split}`,
    });
  else if (plainSplit(split) !== column.split)
    reasons.push({
      ...{ kind: 'split', certain: true, here: split, there: column.split },
      text: `these are rows of ${split}, the published ones of ${column.split}`,
    });
  const shots = number(record(top['n-shot'])[column.task]) ?? number(config['num_fewshot']);
  if (shots !== undefined && shots !== column.shots)
    reasons.push({
      ...{ kind: 'shots', certain: true, here: shots, there: column.shots },
      text: `${plural(shots, 'solved example')} stood before each question, ${column.shots} in the published evaluation`,
    });
  return reasons;
}

const plainSplit = (name: string): string => (/^valid(ation)?$/.test(name) ? 'dev' : name);

function sizeReasons(top: Json, samples: Json, { task }: PublishedColumn): Reason[] {
  const reasons: Reason[] = [];
  const [all, scored] = [number(samples['original']), number(samples['effective'])];
  if (all !== undefined && scored !== undefined && scored < all)
    reasons.push({
      ...{ kind: 'limit', certain: true, here: scored, there: all },
      text: `${scored} of ${plural(all, 'row')} scored, and no more`,
    });
  const wanted = publishedRows[task];
  if (all !== undefined && wanted !== undefined && all !== wanted)
    reasons.push({
      ...{ kind: 'rows', certain: true, here: all, there: wanted },
      text: `the file has ${plural(all, 'row')}, the published data set ${wanted}: these are other data`,
    });
  const truncated = number(record(record(top['configs'])[task])['truncated']);
  if (truncated !== undefined && truncated > 0)
    reasons.push({
      ...{ kind: 'truncated', certain: true, here: truncated, there: 0 },
      text: `${plural(truncated, 'prompt')} did not fit the model's window and lost the beginning`,
    });
  return reasons;
}

function promptReasons(top: Json, config: Json, { task }: PublishedColumn): Reason[] {
  const reasons: Reason[] = [];
  const asked = record(top['config']);
  const args =
    typeof asked['model_args'] === 'string' ? asked['model_args'] : JSON.stringify(asked['model_args'] ?? '');
  if (config['bos'] === true || /add_bos_token["']?\s*[=:]\s*true/i.test(args))
    reasons.push({
      ...{ kind: 'bos', certain: true },
      text: 'the prompts began with BOS, which the published evaluation did not add',
    });
  if (word(top['chat_template']) !== undefined || word(top['system_instruction']) !== undefined)
    reasons.push({
      ...{ kind: 'template', certain: true },
      text: "the prompts stood in a chat template or behind a system's words, the published ones did not",
    });
  const known = tasks.find(({ name }) => name === task);
  const version = number(record(top['versions'])[task]);
  if (asked['model'] !== 'bllossom')
    reasons.push({
      ...{ kind: 'harness', certain: false },
      text: 'another program asked: the prompts of other branches of the harness differ by as little as a space',
    });
  else if (known !== undefined && version !== undefined && version !== known.version)
    reasons.push({
      ...{ kind: 'version', certain: true, here: version, there: known.version },
      text: `version ${version} of the task was asked; the prompts of the published evaluation are version ${known.version}`,
    });
  else if (
    known !== undefined &&
    typeof config['task_sha256'] === 'string' &&
    config['task_sha256'] !== known.definitionHash
  )
    reasons.push({
      ...{ kind: 'prompt', certain: true },
      text: 'the task was defined otherwise when it was asked: its prompt, its candidates or its figures differ',
    });
  return reasons;
}

function chance(intervals: Json, { metric }: PublishedColumn, value: number | undefined): Reason[] {
  const interval = intervals[metric];
  if (value === undefined || !Array.isArray(interval)) return [];
  const [low, high] = [number(interval[0]), number(interval[1])];
  if (low === undefined || high === undefined || value < 100 * low || value > 100 * high) return [];
  const ends = `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
  return [
    {
      ...({ kind: 'chance', certain: false, here: ends, there: value } as const),
      text: `the published ${value.toFixed(1)} lies within the 95 % interval of one's own, ${ends}: with so few rows it may be chance`,
    },
  ];
}
