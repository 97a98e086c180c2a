/** `bllossom generate`: continues a prompt, or several. */
import { plural } from '../../base/plural.ts';
import { type Location, type Problem, type Result, bad, ok } from '../../base/problem.ts';
import type { Work } from '../../base/progress.ts';
import { generateAll } from '../../generation/generate.ts';
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
import type { Generation } from '../../generation/request.ts';
import type { Command, CommandInput, CommandResult } from '../command.ts';
import { computeOptions, wholeNumber } from '../computeOptions.ts';
import { modelOptions, readModelOptions } from '../modelOptions.ts';
import { readSampling, type Sampling, samplingOptions } from '../samplingOptions.ts';

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
    ...samplingOptions,
    samples: {
      type: 'string',
      placeholder: 'N',
      default: '1',
      description: 'answers to each prompt, the first with the seed, the next with the seed + 1, …',
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

interface Settings extends Sampling {
  readonly samples: number;
}

function readSettings(values: CommandInput['values']): Result<Settings> {
  const sampling = readSampling(values);
  if (!sampling.ok) return sampling;
  const samples = wholeNumber(values['samples'], '--samples');
  if (!samples.ok) return samples;
  if (samples.value < 1) return bad('one answer at least is wanted', { name: '--samples' }, 'Take a number from 1.');
  return ok({ ...sampling.value, samples: samples.value });
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
            message: `${printed + ended.size} of ${plural(requests.length, 'answer')}`,
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
