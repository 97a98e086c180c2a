/** What stands in a preference directory's files, checked field by field: they may have come by hand or from another version. */
import { bad, ok, type Result } from '../base/problem.ts';
import { templateChoices } from '../generation/prompt.ts';
import {
  type Answer,
  type Choice,
  type Comparison,
  type Order,
  orders,
  type Prompt,
  type SideSource,
  sides,
  type VerdictLine,
} from './types.ts';

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Those of a line's fields that may be absent, where they are of their kind. */
const optional = <T>(fields: Fields, name: string, is: (value: unknown) => value is T): Record<string, T> => {
  const value = fields[name];
  return is(value) ? { [name]: value } : {};
};

export function readPromptLine(fields: Fields): Prompt | undefined {
  const { id, prompt } = fields;
  if (!isText(id) || !isText(prompt)) return undefined;
  return { id, prompt, ...optional(fields, 'input', isText), ...optional(fields, 'language', isText) };
}

const finishes = ['stop', 'length', 'context'] as const;
const isFinish = (value: unknown): value is (typeof finishes)[number] => finishes.some((finish) => finish === value);

export function readAnswerLine(fields: Fields): Answer | undefined {
  const { id, text } = fields;
  if (!isText(id) || !isText(text)) return undefined;
  return {
    id,
    text,
    ...optional(fields, 'tokens', isNumber),
    ...optional(fields, 'finish', isFinish),
    ...optional(fields, 'language', isText),
    ...optional(fields, 'seconds', isNumber),
    ...optional(fields, 'error', isText),
  };
}

const isChoice = (value: unknown): value is Choice => value === 'a' || value === 'b' || value === 'tie';
const isOrder = (value: unknown): value is Order => orders.some((order) => order === value);

export function readVerdictLine(fields: Fields): VerdictLine | undefined {
  const { id, order, verdict, at, error, undone } = fields;
  if (!isText(id) || !isOrder(order) || !isText(at)) return undefined;
  if (!isChoice(verdict) && !isText(error) && undone !== true) return undefined;
  return {
    id,
    order,
    ...(isText(error) || undone === true ? {} : optional(fields, 'verdict', isChoice)),
    at,
    ...optional(fields, 'reason', isText),
    ...optional(fields, 'error', isText),
    ...(undone === true ? { undone } : {}),
    ...optional(fields, 'key', isText),
    ...optional(fields, 'by', isText),
  };
}

/** prefer.json; a problem names the field that is not as it should be. */
export function readComparisonFile(text: string, file: string): Result<Comparison> {
  const wrong = (name: string) =>
    bad('this field is missing or not of its kind', { file, name }, 'Make the comparison anew: bllossom prefer.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return bad(`this is not JSON (${(error as Error).message})`, { file }, 'Make the comparison anew.');
  }
  if (!isFields(value)) return wrong('(whole)');
  if (value['version'] !== 1)
    return bad('this comparison is of another version', { file, name: 'version' }, 'Update Bllossom Workbench.');
  const { names, sides: sources, prompts, generation } = value;
  for (const side of sides) {
    if (!isFields(names) || !isText(names[side])) return wrong(`names.${side}`);
    if (!isFields(sources) || !isSource(sources[side])) return wrong(`sides.${side}`);
  }
  if (!isFields(prompts) || !isText(prompts['file']) || !isText(prompts['sha256'])) return wrong('prompts');
  if (!isNumber(prompts['count'])) return wrong('prompts.count');
  if (!Number.isSafeInteger(value['seed']) || (value['seed'] as number) < 0) return wrong('seed');
  if (!isFields(generation)) return wrong('generation');
  if (!templateChoices.some((choice) => choice === generation['template'])) return wrong('generation.template');
  for (const name of ['maxTokens', 'temperature', 'topK', 'topP', 'repetitionPenalty'])
    if (!isNumber(generation[name])) return wrong(`generation.${name}`);
  const { stop, system } = generation;
  if (!Array.isArray(stop) || !stop.every(isText)) return wrong('generation.stop');
  if (system !== undefined && !isText(system)) return wrong('generation.system');
  for (const name of ['created', 'bllossomVersion']) if (!isText(value[name])) return wrong(name);
  return ok(value as unknown as Comparison);
}

function isSource(value: unknown): value is SideSource {
  if (!isFields(value)) return false;
  if (value['kind'] === 'answers') return isText(value['file']) && isText(value['sha256']);
  const texts = ['adapter', 'backend', 'precision'];
  return (
    value['kind'] === 'model' &&
    isText(value['model']) &&
    isText(value['fingerprint']) &&
    texts.every((name) => value[name] === undefined || isText(value[name]))
  );
}
