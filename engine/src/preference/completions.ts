/**
 * What comes back from chat completions, read: a reply, or a refusal as the fault that it is. Servers differ in both; what was seen of
 * OpenAI, Azure, OpenRouter, vLLM, llama.cpp and Ollama stands here.
 */
import { JudgeError, type JudgeReply } from './judge.ts';

/** What the server said, its headers by lower-case names. */
export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** Takes what is secret out of a text. */
export type Freed = (text: string) => string;

/** Of a server's words in a message; cut when the key is out of them, for half a key is one too. */
const longestMessage = 300;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

export function replyOf({ text, headers }: Response, freed: Freed): JudgeReply {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const type = (headers['content-type'] ?? '').split(';')[0]!.trim();
    throw new JudgeError(
      'again',
      type === '' || /json/i.test(type)
        ? `half an answer came: its ${text.length} characters are no whole JSON`
        : `what came is no chat completion but ${freed(type)}`,
    );
  }
  const { choices, usage, error } = fieldsOf(value);
  const choice = fieldsOf(Array.isArray(choices) ? (choices as readonly unknown[])[0] : undefined);
  const content = textOf(fieldsOf(choice['message'])['content']);
  if (content === undefined) {
    const told = fieldsOf(error)['message'];
    throw new JudgeError(
      'again',
      typeof told === 'string' ? freed(told).slice(0, longestMessage) : 'the answer holds no message',
    );
  }
  const count = (name: string): number | undefined => {
    const number = fieldsOf(usage)[name];
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
  };
  const [promptTokens, replyTokens] = [count('prompt_tokens'), count('completion_tokens')];
  return {
    text: content,
    finish: choice['finish_reason'] === 'length' ? 'length' : 'stop',
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(replyTokens === undefined ? {} : { replyTokens }),
  };
}

/** A text, or a list of parts of which some are texts. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = (content as readonly unknown[])
    .map((part) => fieldsOf(part)['text'])
    .filter((text) => typeof text === 'string');
  return texts.length === 0 ? undefined : texts.join('');
}

/** What a refusal says: OpenAI's `error.message` with its code, others' `message` or `detail`, else the beginning of the text. */
export function messageOf(text: string, freed: Freed): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const { error, message, detail } = fieldsOf(value);
  const { message: inner, code, param } = fieldsOf(error);
  const told = [inner, error, message, detail].find((one): one is string => typeof one === 'string') ?? text;
  const more = [code, param].filter((one): one is string => typeof one === 'string');
  const cut = freed(told.replace(/\s+/g, ' ').trim()).slice(0, longestMessage);
  return `${cut}${more.length === 0 ? '' : ` (${freed(more.join(', ')).slice(0, longestMessage)})`}`;
}

/** The question is longer than the judge takes. */
export const tooLong = /context_length|maximum context|too long|too many tokens/i;

/** `told`: what it says; `host`: who. */
export function refusal({ status, headers }: Response, told: string, host: string, model: string): JudgeError {
  const what = `${host} answers ${status}${told === '' ? '' : `: ${told.replace(/\.+(?=$| \()/, '')}`}`;
  const later = { retryAfterMs: retryAfter(headers['retry-after']) };
  if (status === 429)
    return /insufficient_quota|exceeded your current quota/.test(told)
      ? new JudgeError('stop', what, { remedy: 'Nothing is left of what was paid for: see to the account.' })
      : new JudgeError('again', what, later);
  if (status >= 500 || status === 408 || status === 409 || status === 425) return new JudgeError('again', what, later);
  if (status === 401 || status === 403)
    return new JudgeError('stop', what, { remedy: 'Give a key that may use this judge.' });
  if (status === 404)
    return new JudgeError('stop', what, { remedy: `Is ${model} the name of a model there, and the address right?` });
  if (status === 402) return new JudgeError('stop', what, { remedy: 'See to the account.' });
  if (status >= 300 && status < 400)
    return new JudgeError('stop', `${host} answers ${status}: it sends elsewhere, and that is not followed`, {
      remedy: 'Name the address that answers itself.',
    });
  if (tooLong.test(told) || /content_filter|content_policy/i.test(told) || status === 413)
    return new JudgeError('item', what);
  return new JudgeError('stop', what, { remedy: 'See what the judge says of the request.' });
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
