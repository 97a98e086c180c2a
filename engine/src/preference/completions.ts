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

/** `model` and `host`: for what is told of a failure. */
export function replyOf(response: Response, freed: Freed, host: string, model: string): JudgeReply {
  const { text, headers } = response;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    const type = (headers['content-type'] ?? '').split(';')[0]!.trim();
    if (text.trim() === '') throw new JudgeError('again', 'the answer is empty');
    throw new JudgeError(
      'again',
      type === '' || /json/i.test(type)
        ? `half an answer came: its ${text.length} characters are no whole JSON`
        : `what came is no chat completion but ${freed(type)}`,
    );
  }
  const { choices, usage, error } = fieldsOf(value);
  const choice = fieldsOf(Array.isArray(choices) ? (choices as readonly unknown[])[0] : undefined);
  const message = fieldsOf(choice['message']);
  const fault = error ?? choice['error'] ?? undefined;
  if (fault !== undefined) throw faultInside(fault, response, freed, host, model);
  const finish = choice['finish_reason'];
  const content = textOf(message['content']) ?? '';
  if (content.trim() === '') {
    const { refusal: refused } = message;
    if (typeof refused === 'string' && refused !== '')
      throw new JudgeError('item', `the judge refuses: ${freed(refused).slice(0, longestMessage)}`);
    if (finish === 'content_filter') throw new JudgeError('item', `a filter of ${host} held the reply back`);
    if (finish === 'length')
      throw new JudgeError('item', 'all the tokens of the reply went into thought before it: let it have more of them');
    if (textOf(message['content']) === undefined) throw new JudgeError('again', 'the answer holds no message');
  }
  const count = (name: string): number | undefined => {
    const number = fieldsOf(usage)[name];
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
  };
  const [promptTokens, replyTokens] = [count('prompt_tokens'), count('completion_tokens')];
  return {
    text: content,
    finish: finish === 'length' ? 'length' : 'stop',
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(replyTokens === undefined ? {} : { replyTokens }),
  };
}

/** Of status 200, and yet: OpenRouter and llama.cpp tell so what went wrong on the way, with the status as a code. */
function faultInside(fault: unknown, response: Response, freed: Freed, host: string, model: string): JudgeError {
  const told = messageOf(JSON.stringify({ error: fault }), freed);
  const code = Number(fieldsOf(fault)['code']);
  return Number.isInteger(code) && code >= 400 && code < 600
    ? refusal({ ...response, status: code }, told, host, model)
    : new JudgeError(tooLong.test(told) ? 'item' : 'again', told === '' ? 'the answer holds no message' : told);
}

/** A text, or a list of parts of which some are texts; thoughts among them are none. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = (content as readonly unknown[])
    .map(fieldsOf)
    .filter(({ type }) => type === undefined || type === 'text' || type === 'output_text')
    .map(({ text }) => text)
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
  const told =
    [inner, error, message, detail].find((one): one is string => typeof one === 'string') ?? withoutTags(text);
  const more = [code, param].filter((one): one is string => typeof one === 'string');
  const cut = freed(told.replace(/\s+/g, ' ').trim()).slice(0, longestMessage);
  return `${cut}${more.length === 0 ? '' : ` (${freed(more.join(', ')).slice(0, longestMessage)})`}`;
}

/** Of a page, its words. */
const withoutTags = (text: string): string =>
  /^\s*<(!doctype|html|head|body|h\d)\b/i.test(text)
    ? text.replace(/<(script|style|head)\b[^]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ')
    : text;

/** The question is longer than the judge takes, in the words of OpenAI, vLLM (by version), llama.cpp, and text-generation-inference. */
export const tooLong =
  /context.?(length|window|size)|maximum context|(?<!took |take |takes |taking )too long|too many tokens|max_tokens must be at least 1, got -|`inputs` tokens/i;

/** `told`: what it says; `host`: who. */
export function refusal({ status, headers }: Response, told: string, host: string, model: string): JudgeError {
  const what = `${host} answers ${status}${told === '' ? '' : `: ${told.replace(/\.+(?=$| \()/, '')}`}`;
  const later = { retryAfterMs: comeBack(headers) };
  if (status === 429)
    return /insufficient_quota|exceeded your current quota/.test(told)
      ? new JudgeError('stop', what, { remedy: 'Nothing is left of what was paid for: see to the account.' })
      : new JudgeError('again', what, later);
  if (tooLong.test(told) && (status === 400 || status === 500)) return new JudgeError('item', what);
  if (status >= 500 || status === 408 || status === 409 || status === 425) return new JudgeError('again', what, later);
  if (status === 403 && /moderation|flagged/i.test(told)) return new JudgeError('item', what);
  if (status === 401 || status === 403)
    return new JudgeError('stop', what, { remedy: 'Give a key that may use this judge.' });
  if (status === 404)
    return new JudgeError('stop', what, { remedy: `Is ${model} the name of a model there, and the address right?` });
  if (status === 402) return new JudgeError('stop', what, { remedy: 'See to the account.' });
  if (status >= 300 && status < 400)
    return new JudgeError('stop', `${host} answers ${status}: it sends elsewhere, and that is not followed`, {
      remedy: 'Name the address that answers itself.',
    });
  if (tooLong.test(told) || /content_filter|content_policy|invalid_prompt/i.test(told) || status === 413)
    return new JudgeError('item', what);
  return new JudgeError('stop', what, { remedy: 'See what the judge says of the request.' });
}

/** When the server says that it may be asked again, in milliseconds from now. */
function comeBack(headers: Response['headers']): number | undefined {
  const ms = Number(headers['retry-after-ms'] ?? NaN); // Azure's
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const told = retryAfter(headers['retry-after']);
  if (told !== undefined) return told;
  // OpenAI's: of what is used up, the time until there is some again.
  const resets = ['requests', 'tokens']
    .filter((kind) => headers[`x-ratelimit-remaining-${kind}`] === '0')
    .map((kind) => duration(headers[`x-ratelimit-reset-${kind}`]))
    .filter((one) => one !== undefined);
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** `6m0s`, `1.5s`, `12ms`, or seconds without a unit, in milliseconds. */
function duration(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  if (Number.isFinite(Number(value))) return Math.max(0, Number(value) * 1000);
  if (!/^(\d+(\.\d+)?(ms|[dhms]))+$/.test(value)) return undefined;
  const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  return [...value.matchAll(/([\d.]+)(ms|[dhms])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * units[unit!]!, 0);
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
