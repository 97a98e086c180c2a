/** The options of commands that let a model write: how tokens are drawn, and when an answer ends. */
import { type Result, ok } from '../base/problem.ts';
import type { GenerationRequest } from '../generation/request.ts';
import type { CommandInput, OptionDescription } from './command.ts';
import { numberOption, wholeNumber } from './computeOptions.ts';

export const samplingOptions = {
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
  stop: {
    type: 'string',
    multiple: true,
    placeholder: 'TEXT',
    description: 'end before this text; may be given several times',
  },
} as const satisfies Readonly<Record<string, OptionDescription>>;

export type Sampling = Required<
  Pick<GenerationRequest, 'maxTokens' | 'temperature' | 'topK' | 'topP' | 'repetitionPenalty' | 'seed' | 'stop'>
>;

/** Of values that are all there: given, or by default. */
export function readSampling(values: CommandInput['values']): Result<Sampling> {
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
  return ok({
    maxTokens: maxTokens.value,
    temperature: temperature.value,
    topK: topK.value,
    topP: topP.value,
    repetitionPenalty: penalty.value,
    seed: seed.value,
    stop: (values['stop'] as readonly string[] | undefined) ?? [],
  });
}
