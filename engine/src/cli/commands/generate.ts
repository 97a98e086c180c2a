/** `bllossom generate`: continues a prompt, or several. */
import { type Location, type Problem, type Result, bad, ok } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { type Generation, type GenerationRequest, generateAll } from '../../generation/generate.ts';
import { type OpenModel, openModel } from '../../generation/openModel.ts';
import {
  type PromptIds,
  type Question,
  promptIds,
  readTemplateChoice,
  templateChoices,
  withinWindow,
} from '../../generation/prompt.ts';
import { readPromptFile } from '../../generation/promptFile.ts';
import type { Command, CommandInput, CommandResult } from '../command.ts';
import { computeOptions, numberOption, wholeNumber } from '../computeOptions.ts';
import { modelOptions, readModelOptions } from '../modelOptions.ts';

export const generate: Command = {
  path: ['generate'],
  summary: 'Continue a prompt',
  options: {
    ...modelOptions,
    prompt: {
      type: 'string',
      multiple: true,
      mayBeEmpty: true,
      placeholder: 'TEXT',
      description: 'the prompt; encoded with BOS. Given several times: all go together, each as if alone',
    },
    prompts: {
      type: 'string',
      placeholder: 'FILE.jsonl',
      description: 'prompts, {"prompt": "…"} a line, with "input", "system", "history"; or {"ids": […]}',
    },
    ids: { type: 'string', placeholder: "'[1,5]'", description: 'the prompt as token ids, taken as they stand' },
    template: {
      type: 'string',
      placeholder: templateChoices.join('|'),
      default: 'none',
      description: "words around the prompt: a template's, auto for the one it was trained with, or none",
    },
    system: {
      type: 'string',
      placeholder: 'TEXT',
      description: 'a system text, where the template has a place for it',
    },
    'max-tokens': { type: 'string', placeholder: 'N', default: '128', description: 'new tokens at most' },
    temperature: {
      type: 'string',
      placeholder: 'T',
      default: '0',
      description: '0 takes the likeliest token each time',
    },
    'top-k': { type: 'string', placeholder: 'K', default: '0', description: 'the likeliest so many take part; 0: all' },
    'top-p': { type: 'string', placeholder: 'P', default: '1', description: 'share of probability that takes part' },
    'repetition-penalty': {
      type: 'string',
      placeholder: 'R',
      default: '1',
      description: 'above 1: tokens that the text has already come less often',
    },
    seed: { type: 'string', placeholder: 'N', default: '42', description: 'seed of the draws' },
    samples: {
      type: 'string',
      placeholder: 'N',
      default: '1',
      description: 'answers to each prompt, the first with the seed, the next with the seed + 1, …',
    },
    stop: {
      type: 'string',
      multiple: true,
      placeholder: 'TEXT',
      description: 'end before this text; may be given several times',
    },
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

interface Settings extends Pick<
  GenerationRequest,
  'maxTokens' | 'temperature' | 'topK' | 'topP' | 'repetitionPenalty' | 'seed' | 'stop'
> {
  readonly samples: number;
}

function readSettings(values: CommandInput['values']): Result<Settings> {
  const maxTokens = wholeNumber(values['max-tokens'], '--max-tokens');
  if (!maxTokens.ok) return maxTokens;
  const temperature = numberOption(values['temperature'], '--temperature', 0, 100);
  if (!temperature.ok) return temperature;
  const topP = numberOption(values['top-p'], '--top-p', 0, 1);
  if (!topP.ok) return topP;
  const topK = wholeNumber(values['top-k'], '--top-k');
  if (!topK.ok) return topK;
  const penalty = numberOption(values['repetition-penalty'], '--repetition-penalty', 0.01, 100);
  if (!penalty.ok) return penalty;
  const seed = wholeNumber(values['seed'], '--seed');
  if (!seed.ok) return seed;
  const samples = wholeNumber(values['samples'], '--samples');
  if (!samples.ok) return samples;
  if (samples.value < 1) return bad('one answer at least is wanted', { name: '--samples' }, 'Take a number from 1.');
  return ok({
    samples: samples.value,
    maxTokens: maxTokens.value,
    temperature: temperature.value,
    topK: topK.value,
    topP: topP.value,
    repetitionPenalty: penalty.value,
    seed: seed.value,
    stop: (values['stop'] as readonly string[] | undefined) ?? [],
  });
}

async function answer(input: CommandInput, model: OpenModel, settings: Settings): Promise<CommandResult> {
  const { values, json, work, print } = input;
  const asked = await readPrompts(values, model, settings.maxTokens, work);
  if (!asked.ok) return asked;
  const { samples, seed, ...rest } = settings;
  const requests = asked.value.flatMap((prompt) =>
    Array.from({ length: samples }, (_, sample) => ({
      request: {
        ...rest,
        seed: seed + sample,
        promptIds: prompt.ids,
        eosIds: [...model.eosIds, ...prompt.ends],
      },
      print(generation: Generation) {
        const { ids, text, reason, newTokens } = generation;
        const more = {
          ...(prompt.template === undefined ? {} : { template: prompt.template }),
          ...(samples === 1 ? {} : { sample, seed: seed + sample }),
        };
        if (json) print(JSON.stringify({ ids, text, promptTokens: prompt.ids.length, newTokens, reason, ...more }));
        else print(model.tokenizer.ok ? text : ids.join(' '));
        if (reason === 'context')
          work.onProgress({
            message: `an answer ended at the model's window of ${model.session.contextLength} tokens, after ${newTokens}`,
          });
      },
    })),
  );
  // Each is printed as soon as all before it are.
  const ended = new Map<number, Generation>();
  let printed = 0;
  await generateAll(
    model.session,
    model.tokenizer.ok ? model.tokenizer.value : undefined,
    requests.map(({ request }) => request),
    {
      signal: work.signal,
      onDone(index, generation) {
        if (generation.reason === 'cancelled') return;
        ended.set(index, generation);
        for (let next = ended.get(printed); next !== undefined; next = ended.get(printed)) {
          requests[printed]!.print(next);
          ended.delete(printed++);
        }
        if (requests.length > 1)
          work.onProgress({
            message: `${printed + ended.size} of ${requests.length} answers`,
            fraction: (printed + ended.size) / requests.length,
          });
      },
    },
  );
  work.signal.throwIfAborted();
  return ok({ exitCode: 0 });
}

/** The prompts in the order given: ids as they stand, texts in their template. */
async function readPrompts(
  values: CommandInput['values'],
  model: OpenModel,
  maxTokens: number,
  work: Work,
): Promise<Result<readonly PromptIds[]>> {
  const { prompt, prompts, ids, system } = values;
  if ([prompt, prompts, ids].filter((given) => given !== undefined).length !== 1)
    return bad('one of --prompt, --prompts and --ids is wanted', undefined, 'Give one of them.');
  const { vocabularySize, contextLength } = model.session;
  const choice = readTemplateChoice(values['template']);
  if (!choice.ok) return choice;
  const list: PromptIds[] = [];
  const add = (read: Result<PromptIds>, where?: Location): Problem | undefined => {
    const fitting = !read.ok
      ? read
      : read.value.ids.length === 0
        ? bad('the prompt is empty', undefined, 'Write one, or give --ids.')
        : withinWindow(read.value.ids, contextLength);
    if (!fitting.ok) return where === undefined ? fitting.problem : { ...fitting.problem, where };
    if (read.ok) list.push(read.value);
    return undefined;
  };
  const asIds = (read: Result<number[]>): Result<PromptIds> =>
    read.ok ? ok({ ids: read.value, turns: 0, ends: [] }) : read;
  if (typeof ids === 'string') {
    const problem = add(asIds(readIds(ids, vocabularySize)));
    return problem === undefined ? ok(list) : { ok: false, problem };
  }
  const asText = (question: Question): Result<PromptIds> => {
    if (!model.tokenizer.ok) return model.tokenizer;
    const asked = { tokenizer: model.tokenizer.value, template: model.template, contextLength };
    const whole = typeof system === 'string' && question.system === undefined ? { ...question, system } : question;
    return promptIds(whole, choice.value, asked, maxTokens);
  };
  for (const text of Array.isArray(prompt) ? (prompt as readonly string[]) : []) {
    const problem = add(asText({ prompt: text }));
    if (problem !== undefined) return { ok: false, problem };
  }
  if (typeof prompts === 'string') {
    const read = await readPromptFile(prompts, work);
    if (!read.ok) return read;
    for (const { prompt: one, where } of read.value) {
      const problem = add('ids' in one ? asIds(checkIds(one.ids, vocabularySize)) : asText(one), where);
      if (problem !== undefined) return { ok: false, problem };
    }
  }
  return ok(list);
}

function readIds(text: string, vocabularySize: number): Result<number[]> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  return checkIds(value, vocabularySize);
}

function checkIds(value: unknown, vocabularySize: number): Result<number[]> {
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
