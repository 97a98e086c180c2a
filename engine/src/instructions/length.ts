/** How many tokens a row takes as a training reads it, in a template's words, and where it is cut. */
import type { Steps } from '../base/steps.ts';
import { type Dialogue, encodedText, segmentsOf } from '../data/dialogue.ts';
import { type Template, type TemplateName, templateOf } from '../data/templates.ts';
import { TokenizedText, type Tokenizer } from '../tokenizers/index.ts';
import type { Conversation, Said } from './fields.ts';

/** `auto`: Alpaca's words, as in a run spec that names none, and Llama 2's chat for what these have no place for. */
export type RowTemplate = TemplateName | 'auto';

export function dialogueOf({ system, turns }: Conversation): Dialogue {
  const exchanges = turns.map(({ question, input, answer }) => ({
    question: question.text,
    input: input?.text ?? '',
    answer: answer.text,
  }));
  return { system: system?.text, exchanges };
}

export function templateFor(template: RowTemplate, conversation: Conversation): TemplateName {
  if (template !== 'auto') return template;
  return conversation.turns.length > 1 || (conversation.system?.text ?? '') !== '' ? 'llama2-chat' : 'alpaca';
}

export interface RowLength {
  readonly tokens: number;
  /** Tokens before the first answer. */
  readonly prompt: number;
  /** Where the row is cut: in what is said, from which of its UTF-16 units on. Absent where it is not. */
  readonly cut?: { readonly said: Said; readonly at: number };
}

/** Special tokens count one each, whether the tokenizer has them or not. Undefined where the template cannot say the row. */
export function* rowLength(
  conversation: Conversation,
  name: TemplateName,
  tokenizer: Tokenizer,
  length = Infinity,
): Steps<RowLength | undefined> {
  const segments = segmentsOf(name, dialogueOf(conversation));
  if (!segments.ok) return undefined;
  let tokens = 0;
  let prompt: number | undefined;
  let turn = 0;
  let cut: RowLength['cut'];
  for (const segment of segments.value) {
    if (segment.learned) prompt ??= tokens;
    if (segment.kind === 'token') {
      tokens++;
      continue;
    }
    const text = encodedText(segment, tokenizer);
    const counted = yield* countTokens(text, tokenizer);
    const current = conversation.turns[turn];
    if (cut === undefined && current !== undefined && tokens + counted.tokens > length) {
      const at = segment.learned ? counted.startOf(length - tokens) - (text.length - segment.text.length) : 0;
      const { answer, question } = current;
      cut = segment.learned
        ? { said: answer, at: Math.max(0, Math.min(at, answer.text.length - 1)) }
        : { said: question, at: 0 };
    }
    tokens += counted.tokens;
    if (segment.learned) turn++;
  }
  // Cut at the token that ends the last answer: its last unit is marked.
  const answer = conversation.turns.at(-1)?.answer;
  if (cut === undefined && tokens > length && answer !== undefined)
    cut = { said: answer, at: Math.max(0, answer.text.length - 1) };
  return { tokens, prompt: prompt ?? tokens, ...(cut === undefined ? {} : { cut }) };
}

/** Units of a text that are encoded without a pause. */
const atOnce = 1000;

/** Tokens of a text, and where one of them starts in it. */
export function* countTokens(
  text: string,
  tokenizer: Tokenizer,
): Steps<{ readonly tokens: number; readonly startOf: (token: number) => number }> {
  if (text.length <= atOnce) {
    const { ids, starts } = tokenizer.encode(text);
    return { tokens: ids.length, startOf: (token) => starts[Math.max(0, token)] ?? 0 };
  }
  const counted = new TokenizedText(tokenizer, text);
  while (!counted.work(3)) yield;
  const startOf = (token: number): number => {
    for (let units = Math.max(64, 2 * token); ; units *= 2) {
      const { ids, starts } = counted.tokensIn(0, Math.min(units, text.length));
      if (ids.length > token || units >= text.length) return starts[Math.max(0, token)] ?? 0;
    }
  };
  return { tokens: counted.tokens, startOf };
}

/** Characters that a tokenizer's normalization may make longer. */
const growing = /[\u2000-\u2fff\u3200-\u33ff\ufb00-\uffff]/;

/** True where a row cannot have more than so many tokens, known without counting: a token has one byte at least. */
export function surelyFits(conversation: Conversation, name: TemplateName, length: number): boolean {
  const template = templateOf(name);
  let units = 0;
  const add = (text: string | undefined): boolean => {
    units += text?.length ?? 0;
    return text !== undefined && growing.test(text);
  };
  if (add(conversation.system?.text)) return false;
  for (const { question, input, answer } of conversation.turns)
    if (add(question.text) || add(input?.text) || add(answer.text)) return false;
  return 3 * units + wordsOf(template) * conversation.turns.length <= length;
}

/** Bytes and special tokens of a template's own, at most, for one turn. */
function wordsOf({
  begins,
  system = [],
  systemInTurn = '',
  defaultSystem = '',
  turn,
  turnWithInput = [],
  answer,
}: Template): number {
  const parts = [...begins, ...system, systemInTurn, defaultSystem, ...turn, ...turnWithInput, ...answer];
  return parts.reduce((sum, part) => sum + (typeof part === 'string' ? Buffer.byteLength(part) + 1 : 1), 0);
}
