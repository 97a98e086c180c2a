/**
 * A judge behind an address that speaks OpenAI's chat completions. The one file that opens a network connection: to the address that
 * the user named, when the user said so, and nowhere else (it follows no redirection). The key goes into the request's header alone;
 * what the other side says is freed of it before anybody sees it.
 */
import { bad, oneLine, ok, type Result } from '../base/problem.ts';
import { type Judge, JudgeError, type JudgeReply } from './judge.ts';

export interface HttpJudgeOptions {
  /** `https://api.example.org/v1`, or the whole address of its chat completions. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token; none where absent. */
  readonly key?: string;
  /** Most tokens of a reply; 1024 where absent. */
  readonly maxTokens?: number;
  /** 0 where absent. */
  readonly temperature?: number;
  readonly seed?: number;
  /** A reply that takes longer has failed; 120,000 where absent. */
  readonly timeoutMs?: number;
  /** 4 where absent. */
  readonly concurrency?: number;
}

export interface HttpJudge extends Judge {
  /** Where the questions go: without anything that could be secret. */
  readonly address: string;
  readonly host: string;
  /** True where the key would go unencrypted over a network. */
  readonly readable: boolean;
  /** Of a reply. */
  readonly maxTokens: number;
}

/** Fields of a request that some models refuse: newer ones of OpenAI take max_completion_tokens, and no temperature. */
const optionalFields = ['max_tokens', 'temperature', 'seed'] as const;
const names = (told: string, field: string): boolean => new RegExp(`\\b${field}\\b`).test(told.toLowerCase());
const tooLong = /context_length|maximum context|too long|too many tokens/i;

/** Of a key that is taken out of whole replies, in characters. */
const leastSecret = 12;
/** Of a server's words in a message; cut when the key is out of them, for half a key is one too. */
const longestMessage = 300;

/** A longer reply is not read to its end: a judge's has some thousand characters. */
const mostBytes = 4 * 2 ** 20;

export function httpJudge(options: HttpJudgeOptions): Result<HttpJudge> {
  const { model, key, maxTokens = 1024, temperature = 0, seed, timeoutMs = 120_000, concurrency = 4 } = options;
  const read = addressOf(options.url);
  if (!read.ok) return read;
  const url = read.value;
  const address = `${url.origin}${url.pathname}`;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    return bad(
      'the key holds characters that no header can',
      undefined,
      'Copy the key again, without spaces and line ends.',
    );
  const secrets = [...(key === undefined ? [] : [key]), ...url.searchParams.values()];
  // One as short as a word (`EMPTY`, a version) is a placeholder.
  const forms = secrets.filter((one) => one === key || one.length >= leastSecret).flatMap(formsOf);
  const long = secrets.filter((one) => one.length >= leastSecret).flatMap(formsOf);
  const freed = (text: string): string => oneLine(withoutKey(text, forms));
  const limited = { max_tokens: maxTokens, temperature, ...(seed === undefined ? {} : { seed }) };
  // Fields that this server does not take; learnt from its refusals.
  const refused = new Set<string>();
  const bodyNow = (): Readonly<Record<string, unknown>> => ({
    model,
    ...Object.fromEntries(Object.entries(limited).filter(([field]) => !refused.has(field))),
    ...(refused.has('max_tokens') ? { max_completion_tokens: maxTokens } : {}),
  });
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return ok({
    name: model,
    identity: JSON.stringify(['chat completions', address, model, maxTokens, temperature, seed ?? null]),
    address,
    host: url.host,
    readable: url.protocol === 'http:' && key !== undefined && !local,
    maxTokens,
    concurrency,
    async ask(messages, signal) {
      for (;;) {
        const timeout = AbortSignal.timeout(timeoutMs);
        const body = bodyNow();
        const { status, headers, text } = await exchange(url, key, { ...body, messages }, signal, timeout).catch(
          (error: unknown) => {
            signal.throwIfAborted();
            throw timeout.aborted
              ? new JudgeError('again', `no answer came within ${Math.round(timeoutMs / 1000)} s`)
              : new JudgeError('again', `the connection failed (${freed(causeOf(error))})`);
          },
        );
        if (status === 200) {
          const reply = replyOf(text, headers.get('content-type') ?? '', freed);
          return { ...reply, text: withoutKey(reply.text, long) }; // it stands in verdicts and in the cache
        }
        const told = messageOf(text, freed);
        const fields = status === 400 || status === 422 ? optionalFields.filter((field) => names(told, field)) : [];
        const sent = fields.filter((field) => field in body);
        if (sent.length > 0 && !tooLong.test(told)) {
          for (const field of sent) refused.add(field);
          continue; // without them: fewer each time
        }
        throw refusal(status, headers, told, url.host, model);
      }
    },
  });
}

/** As it may come back: as it is, in JSON with its signs escaped, in an address. */
const formsOf = (key: string): readonly string[] => [
  ...new Set([key, JSON.stringify(key).slice(1, -1), key.replaceAll('/', '\\/'), encodeURIComponent(key)]),
];

const withoutKey = (text: string, forms: readonly string[]): string =>
  forms.reduce((freed, form) => freed.replaceAll(form, '(key)'), text);

function addressOf(text: string): Result<URL> {
  const where = { name: text.replace(/^(\w+:\/\/)?.*@/s, '$1(…)@').replace(/[?#].*$/s, '?…') };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return bad('this is not an address', where, 'Write it so: https://api.example.org/v1.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return bad('only http and https are spoken', where, 'Write it so: https://api.example.org/v1.');
  if (url.username !== '' || url.password !== '')
    return bad('an address with a name or password in it would be written down', where, 'Give the key apart from it.');
  if (!/\/chat\/completions\/?$/.test(url.pathname))
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  url.hash = '';
  return ok(url);
}

interface Exchanged {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function exchange(
  url: URL,
  key: string | undefined,
  body: object,
  signal: AbortSignal,
  timeout: AbortSignal,
): Promise<Exchanged> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify(body),
    redirect: 'manual',
    signal: AbortSignal.any([signal, timeout]),
  });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > mostBytes) break;
    parts.push(part);
  }
  return { status: response.status, headers: response.headers, text: Buffer.concat(parts).toString('utf8') };
}

/** fetch tells nothing itself; the reason stands behind it: `ECONNREFUSED`, `other side closed`. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

function replyOf(text: string, contentType: string, freed: (text: string) => string): JudgeReply {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const type = contentType.split(';')[0]!.trim();
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
function messageOf(text: string, freed: (text: string) => string): string {
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

function refusal(status: number, headers: Headers, told: string, host: string, model: string): JudgeError {
  const what = `${host} answers ${status}${told === '' ? '' : `: ${told.replace(/\.+(?=$| \()/, '')}`}`;
  const later = { retryAfterMs: retryAfter(headers.get('retry-after')) };
  if (status === 429)
    return /insufficient_quota|exceeded your current quota/.test(told)
      ? new JudgeError('stop', what, {
          remedy: 'Nothing is left of what was paid for: see to the account.',
        })
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
  if (
    /context_length|maximum context|too long|too many tokens|content_filter|content_policy/i.test(told) ||
    status === 413
  )
    return new JudgeError('item', what);
  return new JudgeError('stop', what, { remedy: 'See what the judge says of the request.' });
}

/** Seconds or a date (RFC 9110, 10.2.3), in milliseconds from now. */
function retryAfter(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
