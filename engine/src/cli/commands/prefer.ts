/** `bllossom prefer`: two sides answer the same prompts, and a judge says whose answers are better. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Result, bad, ok } from '../../base/problem.ts';
import { writeFileAtomic } from '../../base/atomic.ts';
import { inTurns } from '../../base/steps.ts';
import { readTemplateChoice, templateChoices } from '../../generation/prompt.ts';
import { answerSides, beginComparison, defaultGeneration } from '../../preference/compare.ts';
import { comparisonFile, readComparison, writeResult } from '../../preference/directory.ts';
import { preferenceCsv, preferenceJson } from '../../preference/exports.ts';
import type { ComparisonRequest } from '../../preference/request.ts';
import { resultSteps } from '../../preference/result.ts';
import { preferenceSvg } from '../../preference/svg.ts';
import type { ComparisonData, ComparisonResult, GenerationSettings } from '../../preference/types.ts';
import type { Command, CommandInput, CommandResult, OptionDescription } from '../command.ts';
import { type Compute, computeOptions, needed, readComputeOptions, wholeNumber } from '../computeOptions.ts';
import { failureLines, resultLines } from '../preferLines.ts';
import { readSampling, samplingOptions } from '../samplingOptions.ts';
import {
  type AskedJudge,
  askJudge,
  estimateLines,
  type Judged,
  judgeOptions,
  readJudgeOptions,
  withoutVerdict,
} from './preferJudge.ts';

export const exportOption = {
  export: {
    type: 'string',
    multiple: true,
    placeholder: 'csv|json|svg',
    description: 'write preference.csv (a line a prompt), .json (all of it) or .svg (bars) into the directory',
  },
} as const satisfies Readonly<Record<string, OptionDescription>>;

/** What a comparison goes on with where an option is not given again; so none has a default that would be taken for one given. */
const generationOptions: Readonly<Record<string, OptionDescription>> = Object.fromEntries(
  Object.entries({
    template: {
      type: 'string',
      placeholder: templateChoices.join('|'),
      default: 'auto',
      description: "words around a prompt: a template's, auto for the one a model was trained with, or none",
    },
    system: {
      type: 'string',
      placeholder: 'TEXT',
      description: 'a system text, where the template has a place for it',
    },
    ...samplingOptions,
    'max-tokens': { ...samplingOptions['max-tokens'], default: String(defaultGeneration.maxTokens) },
  } satisfies Readonly<Record<string, OptionDescription>>).map(([name, { description, ...option }]) => {
    const { default: by, ...rest }: Omit<OptionDescription, 'description'> = option;
    return [
      name,
      { ...rest, description: by === undefined ? description : `${description}; ${String(by)} by default` },
    ];
  }),
);

export const prefer: Command = {
  path: ['prefer'],
  summary: 'Compare the answers of two sides',
  options: {
    prompts: {
      type: 'string',
      placeholder: 'FILE',
      description: '{"prompt": "…"} a line, with "input", "id", "language"; or a prompt a line in a .txt file',
    },
    a: {
      type: 'string',
      placeholder: 'SIDE',
      description: 'a model, MODEL+ADAPTER, or a file of answers made elsewhere',
    },
    b: { type: 'string', placeholder: 'SIDE', description: 'the other side' },
    'name-a': { type: 'string', placeholder: 'NAME', description: 'what side A is called in results' },
    'name-b': { type: 'string', placeholder: 'NAME', description: 'what side B is called in results' },
    out: { type: 'string', placeholder: 'DIR', description: 'where all of it goes' },
    limit: { type: 'string', placeholder: 'N', description: 'the first N prompts' },
    resume: {
      type: 'boolean',
      description: 'go on with the comparison in DIR; what it was begun with need not be given again',
    },
    ...generationOptions,
    ...judgeOptions,
    ...exportOption,
    ...computeOptions,
  },
  afterStop: ({ out }) =>
    typeof out === 'string' && existsSync(comparisonFile(out))
      ? 'What there is of it is kept: the same command goes on with --resume.'
      : undefined,
  async run(input) {
    const { values, work } = input;
    const out = needed(values, 'out');
    if (!out.ok) return out;
    const compute = readComputeOptions(values);
    if (!compute.ok) return compute;
    const judge = readJudgeOptions(values, process.env);
    if (!judge.ok) return judge;
    const exports = readExports(values);
    if (!exports.ok) return exports;
    const request = readRequest(values, out.value, compute.value);
    if (!request.ok) return request;
    const begun = await beginComparison(request.value, work);
    if (!begun.ok) return begun;
    try {
      for (const note of begun.value.notes) work.onProgress({ message: note });
      return await compareAll(input, begun.value.data, compute.value, judge.value, exports.value);
    } finally {
      begun.value.release();
    }
  },
};

async function compareAll(
  input: CommandInput,
  begun: ComparisonData,
  compute: Compute,
  judge: AskedJudge | undefined,
  exports: readonly Export[],
): Promise<CommandResult> {
  const { work } = input;
  const answered = await answerSides(begun, compute, work);
  if (!answered.ok) return answered;
  for (const note of answered.value) work.onProgress({ message: note });
  let asked: Judged | undefined;
  if (judge !== undefined) {
    const data = await readComparison(begun.directory);
    if (!data.ok) return data;
    const judged = await askJudge(judge, data.value, compute, work);
    if (!judged.ok) return judged;
    asked = judged.value;
  }
  const told = await tellResult(input, begun.directory, exports, asked);
  return !told.ok || asked?.state !== 'failed' ? told : ok({ exitCode: 1, problem: asked.problem });
}

/** Reads all that is there, writes result.json and what is to be exported, and prints. */
export async function tellResult(
  { json, print, work }: CommandInput,
  directory: string,
  exports: readonly Export[],
  asked?: Judged,
): Promise<CommandResult> {
  const data = await readComparison(directory);
  if (!data.ok) return data;
  const result = await inTurns(resultSteps(data.value), work.signal);
  await writeResult(directory, result);
  const files: string[] = [];
  for (const kind of exports) {
    const file = path.join(directory, `preference.${kind}`);
    await writeFileAtomic(file, writers[kind](data.value, result));
    files.push(file);
  }
  const estimate = asked?.state === 'estimate' ? asked : undefined;
  if (json)
    print(
      JSON.stringify({
        ...result,
        ...(estimate === undefined ? {} : { estimate: { address: estimate.address, ...estimate.estimate } }),
        ...(asked?.state === 'done' ? { judged: asked.run } : {}),
        ...(files.length === 0 ? {} : { files }),
      }),
    );
  else
    for (const line of [
      ...resultLines(result),
      ...failureLines(data.value),
      ...(estimate === undefined ? [] : estimateLines(estimate)),
      ...files,
    ])
      print(line);
  const problem = withoutVerdict(asked, data.value);
  if (problem !== undefined) return ok({ exitCode: 1, problem });
  return ok({ exitCode: estimate === undefined ? 0 : 2 });
}

const writers = {
  csv: (data: ComparisonData) => preferenceCsv(data),
  json: preferenceJson,
  svg: (_: ComparisonData, result: ComparisonResult) => preferenceSvg(result),
} as const;
export type Export = keyof typeof writers;

export function readExports(values: CommandInput['values']): Result<readonly Export[]> {
  const words = ((values['export'] as readonly string[] | undefined) ?? []).flatMap((word) => word.split(','));
  const unknown = words.find((word) => !Object.hasOwn(writers, word));
  return unknown === undefined
    ? ok([...new Set(words as Export[])])
    : bad(`there is no ${JSON.stringify(unknown)}`, { name: '--export' }, 'Take csv, json or svg.');
}

function readRequest(values: CommandInput['values'], directory: string, compute: Compute): Result<ComparisonRequest> {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const limit = values['limit'] === undefined ? undefined : wholeNumber(values['limit'], '--limit', 1);
  if (limit?.ok === false) return limit;
  const generation = readGeneration(values);
  if (!generation.ok) return generation;
  const seed = values['seed'] === undefined ? undefined : wholeNumber(values['seed'], '--seed');
  if (seed?.ok === false) return seed;
  const given = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value });
  return ok({
    directory,
    ...given('prompts', text('prompts')),
    ...given('limit', limit?.value),
    ...given('seed', seed?.value),
    sides: { ...given('a', text('a')), ...given('b', text('b')) },
    names: { ...given('a', text('name-a')), ...given('b', text('name-b')) },
    generation: generation.value,
    compute: { ...given('backend', compute.backend), ...given('precision', compute.precision) },
    resume: values['resume'] === true,
  });
}

/** Only what was given: the rest is as it was, or by default. */
function readGeneration(values: CommandInput['values']): Result<Partial<GenerationSettings>> {
  const defaults = Object.fromEntries(
    Object.entries(samplingOptions).flatMap(([name, option]) => ('default' in option ? [[name, option.default]] : [])),
  );
  const sampling = readSampling({ ...defaults, ...values });
  if (!sampling.ok) return sampling;
  const template = values['template'] === undefined ? undefined : readTemplateChoice(values['template']);
  if (template?.ok === false) return template;
  const { system } = values;
  const fields = [
    ['maxTokens', 'max-tokens'],
    ['temperature', 'temperature'],
    ['topK', 'top-k'],
    ['topP', 'top-p'],
    ['repetitionPenalty', 'repetition-penalty'],
    ['stop', 'stop'],
  ] as const;
  return ok({
    ...(template === undefined ? {} : { template: template.value }),
    ...(typeof system === 'string' ? { system } : {}),
    ...Object.fromEntries(
      fields.filter(([, option]) => values[option] !== undefined).map(([field]) => [field, sampling.value[field]]),
    ),
  });
}
