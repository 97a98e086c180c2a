/**
 * A conversation in a template's words: stretches of text and special tokens, each with whether the model learns to say it. Only
 * answers and what ends them are learned.
 */
import { bad, ok, type Result } from '../base/problem.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type Part, type Template, type TemplateName, templateNames, templateOf } from './templates.ts';

export interface Exchange {
  readonly question: string;
  /** What the question is about; empty where it stands alone. */
  readonly input?: string;
  readonly answer: string;
}

export interface Dialogue {
  /** Absent: the template's own, where it has one; empty: none. */
  readonly system?: string | undefined;
  /** Questions that have been answered. */
  readonly exchanges: readonly Exchange[];
  /** One more question, to be answered now. */
  readonly question?: string | undefined;
  readonly input?: string | undefined;
}

export type Segment =
  | { readonly kind: 'token'; readonly token: string; readonly learned: boolean }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly learned: boolean;
      /** A space belongs before it, where the tokenizer does not put one before every text itself. */
      readonly spaced: boolean;
    };

/** A problem names what the template has no place for. */
export function segmentsOf(name: TemplateName, dialogue: Dialogue): Result<readonly Segment[]> {
  const template = templateOf(name);
  const misfit = cannotSay(name, template, dialogue);
  if (misfit !== undefined) return misfit;
  const system = dialogue.system ?? template.defaultSystem ?? '';
  const out: Segment[] = [];
  const add = (parts: readonly Part[], fields: Fields, learned: boolean): void => {
    for (const part of parts) {
      if (typeof part !== 'string') {
        out.push({ kind: 'token', token: part.token, learned });
        continue;
      }
      const spaced = learned && part.startsWith(' ');
      const text = filled(spaced ? part.slice(1) : part, fields);
      if (text !== '') out.push({ kind: 'text', text, learned, spaced });
    }
  };
  add(template.begins, {}, false);
  if (system !== '' && template.system !== undefined) add(template.system, { system }, false);
  const inTurn = system === '' ? '' : filled(template.systemInTurn ?? '', { system });
  const ask = (question: string, input: string, first: boolean): void => {
    const apart = input.trim() !== '' && template.turnWithInput !== undefined;
    const whole = input.trim() === '' || apart ? question : [question, input].filter((text) => text !== '').join('\n');
    const fields = { question: whole, input, system: first ? inTurn : '' };
    add(apart ? template.turnWithInput : template.turn, fields, false);
  };
  dialogue.exchanges.forEach(({ question, input = '', answer }, i) => {
    ask(question, input, i === 0);
    add(template.answer, { answer }, true);
  });
  if (dialogue.question !== undefined) ask(dialogue.question, dialogue.input ?? '', dialogue.exchanges.length === 0);
  return ok(out);
}

type Fields = Readonly<Partial<Record<'system' | 'question' | 'input' | 'answer', string>>>;

/** Places filled in one pass: what stands in a field is never taken for a place. */
const filled = (text: string, fields: Fields): string =>
  text.replace(/\{(system|question|input|answer)\}/g, (_, field: keyof Fields) => fields[field] ?? '');

function cannotSay(name: TemplateName, template: Template, dialogue: Dialogue): Result<never> | undefined {
  const able = (test: (other: Template) => boolean): string =>
    templateNames
      .filter((other) => test(templateOf(other)))
      .map((other) => `"${other}"`)
      .join(' or ');
  const takesSystem = (other: Template): boolean => other.system !== undefined || other.systemInTurn !== undefined;
  if (dialogue.system !== undefined && dialogue.system !== '' && !takesSystem(template))
    return bad(
      `the template ${name} has no place for a system text`,
      undefined,
      `Use ${able(takesSystem)}, or leave the system text out.`,
    );
  const turns = dialogue.exchanges.length + (dialogue.question === undefined ? 0 : 1);
  if (turns > 1 && template.turns === 'one')
    return bad(
      `the template ${name} has a place for one question only, and here are ${turns}`,
      undefined,
      `Use ${able((other) => other.turns === 'many')}, or leave the earlier turns out.`,
    );
  return undefined;
}

/** Ids of the tokens that end an answer in this template, as far as the tokenizer has them. */
export function answerEnds(name: TemplateName, tokenizer: Tokenizer): number[] {
  return templateOf(name).answer.flatMap((part) => {
    if (typeof part === 'string') return [];
    return specialId(part.token, tokenizer) ?? [];
  });
}

function specialId(token: string, tokenizer: Tokenizer): number | undefined {
  return token === 'bos' ? tokenizer.bosId : token === 'eos' ? tokenizer.eosId : tokenizer.idOf(token);
}

/** A problem where the tokenizer lacks a special token of the template. */
export function checkTokens(name: TemplateName, tokenizer: Tokenizer): Result<void> {
  const { begins, system = [], turn, turnWithInput = [], answer } = templateOf(name);
  for (const part of [...begins, ...system, ...turn, ...turnWithInput, ...answer]) {
    if (typeof part === 'string' || specialId(part.token, tokenizer) !== undefined) continue;
    const token = part.token === 'bos' || part.token === 'eos' ? part.token.toUpperCase() : part.token;
    return bad(
      `the tokenizer has no token ${token}, and the template ${name} needs it`,
      undefined,
      'Use another template, such as alpaca, or the tokenizer that belongs to the template.',
    );
  }
  return ok(undefined);
}

/** A stretch of tokens of a conversation. */
export interface EncodedSegment {
  readonly ids: ArrayLike<number>;
  readonly learned: boolean;
  /** Where it is text: the text, and the tokens' spans in it. */
  readonly text?: { readonly text: string; readonly starts: ArrayLike<number>; readonly ends: ArrayLike<number> };
}

/** Encodes each stretch apart. The tokenizer has the template's tokens (`checkTokens`). */
export function encodeSegments(segments: readonly Segment[], tokenizer: Tokenizer): EncodedSegment[] {
  return segments.map((segment): EncodedSegment => {
    if (segment.kind === 'token') {
      const id = specialId(segment.token, tokenizer);
      if (id === undefined) throw new Error(`the tokenizer has no ${segment.token}`);
      return { ids: [id], learned: segment.learned };
    }
    const text = encodedText(segment, tokenizer);
    const { ids, starts, ends } = tokenizer.encode(text);
    return { ids, learned: segment.learned, text: { text, starts, ends } };
  });
}

/** A stretch of text as it is encoded: with the space before it, where the tokenizer puts none. */
export function encodedText({ text, spaced }: Segment & { readonly kind: 'text' }, tokenizer: Tokenizer): string {
  return spaced && !putsSpaceFirst(tokenizer) ? ` ${text}` : text;
}

/** True where every text begins with a space of the tokenizer's own (SentencePiece's dummy prefix). */
function putsSpaceFirst(tokenizer: Tokenizer): boolean {
  const [first] = tokenizer.encode('a').ids;
  return first !== undefined && tokenizer.textOf(first)?.startsWith(' ') === true;
}
