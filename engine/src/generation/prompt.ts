/** From a question to the ids a model reads: as it stands, or in the words of a template, with the turns before it. */
import { type Result, bad, ok } from '../base/problem.ts';
import { type Dialogue, answerEnds, checkTokens, encodeSegments, segmentsOf } from '../data/dialogue.ts';
import { type TemplateName, templateNames, templateOf } from '../data/templates.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** `none`: the text as it stands behind BOS; `auto`: the template that the model was trained with, else `none`. */
export const templateChoices = ['auto', 'none', ...templateNames] as const;
export type TemplateChoice = (typeof templateChoices)[number];

export interface Question {
  readonly prompt: string;
  /** What the question is about: it stands where the template has a place for it, else above the question. */
  readonly input?: string;
  readonly system?: string;
  /** Earlier turns, the oldest first. */
  readonly history?: readonly { readonly question: string; readonly answer: string }[];
}

export interface PromptIds {
  readonly ids: readonly number[];
  /** Absent where the text stands as it was given. */
  readonly template?: TemplateName;
  /** Earlier turns that stand in the prompt: those that the template and the window have room for. */
  readonly turns: number;
  /** Ids that end an answer in this template. */
  readonly ends: readonly number[];
}

export interface Asked {
  readonly tokenizer: Tokenizer;
  /** The template that the model was trained with, where it says so. */
  readonly template: TemplateName | undefined;
  readonly contextLength: number;
}

export function readTemplateChoice(value: unknown): Result<TemplateChoice> {
  const choice = templateChoices.find((known) => known === value);
  return choice === undefined
    ? bad(
        `there is no template ${JSON.stringify(value)}`,
        { name: '--template' },
        `Take one of: ${templateChoices.join(', ')}.`,
      )
    : ok(choice);
}

/** `room`: new tokens that should fit behind it; earlier turns are dropped for them, the oldest first. */
export function promptIds(question: Question, choice: TemplateChoice, model: Asked, room: number): Result<PromptIds> {
  const { tokenizer, contextLength } = model;
  const { prompt, input = '', system } = question;
  const template = choice === 'auto' ? model.template : choice === 'none' ? undefined : choice;
  if (template === undefined) {
    if (system !== undefined && system !== '')
      return bad('a text without a template has no place for a system text', undefined, 'Name a template.');
    const text = input === '' ? prompt : `${input}\n${prompt}`;
    return ok({ ids: encodePrompt(tokenizer, text), turns: 0, ends: [] });
  }
  const tokens = checkTokens(template, tokenizer);
  if (!tokens.ok) return tokens;
  let exchanges = templateOf(template).turns === 'one' ? [] : [...(question.history ?? [])];
  for (;;) {
    const dialogue: Dialogue = { system, exchanges, question: prompt, input };
    const segments = segmentsOf(template, dialogue);
    if (!segments.ok) return segments;
    const ids = encodeSegments(segments.value, tokenizer).flatMap((segment) => Array.from(segment.ids));
    if (exchanges.length === 0 || ids.length + room <= contextLength)
      return ok({ ids, template, turns: exchanges.length, ends: answerEnds(template, tokenizer) });
    exchanges = exchanges.slice(1);
  }
}

/** A prompt's ids: BOS, then the text. */
function encodePrompt(tokenizer: Tokenizer, prompt: string): number[] {
  const { bosId } = tokenizer;
  return [...(bosId === undefined ? [] : [bosId]), ...tokenizer.encode(prompt).ids];
}

/** The prompt, where it fits the context window: its last id may stand at the window's end. */
export function withinWindow<T extends ArrayLike<number>>(ids: T, contextLength: number): Result<T> {
  return ids.length <= contextLength
    ? ok(ids)
    : bad(`the prompt has ${ids.length} tokens, and the model's window ${contextLength}`, undefined, 'Shorten it.');
}
