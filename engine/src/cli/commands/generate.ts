/** `bllossom generate`: continues a prompt. */
import { type Result, bad, ok } from '../../base/problem.ts';
import { type GenerationOptions, generate as continuePrompt } from '../../generation/generate.ts';
import { type OpenModel, encodePrompt, openModel, withinWindow } from '../../generation/openModel.ts';
import type { Command, CommandInput, CommandResult } from '../command.ts';
import { computeOptions, numberOption, wholeNumber } from '../computeOptions.ts';
import { modelOptions, readModelOptions } from '../modelOptions.ts';

export const generate: Command = {
  path: ['generate'],
  summary: 'Continue a prompt',
  options: {
    ...modelOptions,
    prompt: { type: 'string', mayBeEmpty: true, placeholder: 'TEXT', description: 'the prompt; encoded with BOS' },
    ids: { type: 'string', placeholder: "'[1,5]'", description: 'the prompt as token ids, taken as they stand' },
    'max-tokens': { type: 'string', placeholder: 'N', default: '128', description: 'new tokens at most' },
    temperature: {
      type: 'string',
      placeholder: 'T',
      default: '0',
      description: '0 takes the likeliest token each time',
    },
    'top-p': { type: 'string', placeholder: 'P', default: '1', description: 'share of probability that takes part' },
    seed: { type: 'string', placeholder: 'N', default: '42', description: 'seed of the draws' },
    stop: { type: 'string', multiple: true, placeholder: 'TEXT', description: 'end before this text' },
    ...computeOptions,
  },
  async run(input) {
    const { values, work } = input;
    const asked = readModelOptions(values);
    if (!asked.ok) return asked;
    const settings = readSettings(values);
    if (!settings.ok) return settings;
    const opened = await openModel(asked.value.choice, asked.value.options, work);
    if (!opened.ok) return opened;
    try {
      return await answer(input, opened.value, settings.value);
    } finally {
      opened.value.dispose();
    }
  },
};

type Settings = Pick<GenerationOptions, 'maxTokens' | 'temperature' | 'topP' | 'seed' | 'stop'>;

function readSettings(values: CommandInput['values']): Result<Settings> {
  const maxTokens = wholeNumber(values['max-tokens'], '--max-tokens');
  if (!maxTokens.ok) return maxTokens;
  const temperature = numberOption(values['temperature'], '--temperature', 0, 100);
  if (!temperature.ok) return temperature;
  const topP = numberOption(values['top-p'], '--top-p', 0, 1);
  if (!topP.ok) return topP;
  const seed = wholeNumber(values['seed'], '--seed');
  if (!seed.ok) return seed;
  return ok({
    maxTokens: maxTokens.value,
    temperature: temperature.value,
    topP: topP.value,
    seed: seed.value,
    stop: (values['stop'] as readonly string[] | undefined) ?? [],
  });
}

async function answer(input: CommandInput, model: OpenModel, settings: Settings): Promise<CommandResult> {
  const { values, json, work, print } = input;
  const promptIds = readPrompt(values, model);
  if (!promptIds.ok) return promptIds;
  const generation = await continuePrompt(model.session, model.tokenizer.ok ? model.tokenizer.value : undefined, {
    ...settings,
    promptIds: promptIds.value,
    eosIds: model.eosIds,
    signal: work.signal,
  });
  if (generation.reason === 'cancelled') work.signal.throwIfAborted();
  const { ids, text, reason, newTokens } = generation;
  if (json) print(JSON.stringify({ ids, text, promptTokens: promptIds.value.length, newTokens, reason }));
  else print(model.tokenizer.ok ? text : ids.join(' '));
  return ok({ exitCode: 0 });
}

function readPrompt(values: CommandInput['values'], model: OpenModel): Result<number[]> {
  const { prompt, ids } = values;
  if ((prompt === undefined) === (ids === undefined)) {
    return bad('either --prompt or --ids is wanted', undefined, 'Give one of them.');
  }
  const { vocabularySize, contextLength } = model.session;
  let list: number[];
  if (typeof prompt === 'string') {
    if (!model.tokenizer.ok) return model.tokenizer;
    list = encodePrompt(model.tokenizer.value, prompt);
  } else {
    const read = readIds(String(ids), vocabularySize);
    if (!read.ok) return read;
    list = read.value;
  }
  if (list.length === 0) return bad('the prompt is empty', undefined, 'Write one, or give --ids.');
  return withinWindow(list, contextLength);
}

function readIds(text: string, vocabularySize: number): Result<number[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value) || !value.every((id) => Number.isInteger(id))) {
    return bad('it is not a list of ids', { name: '--ids' }, "Write them so: --ids '[1,5]'.");
  }
  const outside = (value as number[]).find((id) => id < 0 || id >= vocabularySize);
  if (outside === undefined) return ok(value as number[]);
  return bad(
    `id ${outside} is outside the model's vocabulary of ${vocabularySize}`,
    { name: '--ids' },
    `Ids run from 0 to ${vocabularySize - 1}.`,
  );
}
