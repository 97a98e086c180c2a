/**
 * What servers that speak OpenAI's chat completions do each in its own way: addresses, fields, refusals, limits. Shapes as OpenAI, Azure,
 * OpenRouter, vLLM, llama.cpp, Ollama and text-generation-inference send them.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { httpJudge, type HttpJudgeOptions } from '../../engine/src/preference/httpJudge.ts';
import { JudgeError } from '../../engine/src/preference/judge.ts';
import { type Act, type Asked, judgeServer, type JudgeServer } from './judgeServer.ts';
import { proxyServer } from './proxyServer.ts';

let servers: JudgeServer[] = [];
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});

const messages = [
  { role: 'system', content: 'Rules.' },
  { role: 'user', content: 'Which?' },
] as const;

async function serve(script: (asked: Asked) => Act): Promise<JudgeServer> {
  const server = await judgeServer(script);
  servers.push(server);
  return server;
}
const ask = (server: JudgeServer, more: Partial<HttpJudgeOptions> = {}) =>
  unwrap(httpJudge({ url: server.url, model: 'judge-1', ...more })).ask(messages, new AbortController().signal);
const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Act => ({
  ...{ status, headers, body: JSON.stringify(body) },
});
const error = (message: string, status = 400, more: object = {}): Act => json({ error: { message, ...more } }, status);

async function failure(act: Act): Promise<JudgeError> {
  const server = await serve(() => act);
  const thrown: unknown = await ask(server).catch((one: unknown) => one);
  if (!(thrown instanceof JudgeError)) throw new Error('it did not fail as a judge', { cause: thrown });
  expect(server.asked).toHaveLength(1);
  return thrown;
}

const choice = (message: object, finish = 'stop', more: object = {}): Act =>
  json({ choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish, ...more }] });

describe('an address', () => {
  it('without a path is asked at /v1, and a slash at its end changes nothing', async () => {
    const server = await serve(() => ({ say: '[[A]]' }));
    const { origin } = new URL(server.url);
    for (const url of [origin, `${origin}/`, `${origin}/v1/`, `${origin}/api/v1`, `${origin}/v1/chat/completions`])
      await ask(server, { url });
    expect(server.asked.map(({ path }) => path)).toEqual([
      ...Array<string>(3).fill('/v1/chat/completions'),
      '/api/v1/chat/completions',
      '/v1/chat/completions',
    ]);
    expect(server.asked[0]!.body).toMatchObject({ stream: false });
  });

  it('of a deployment of Azure gets the key in its own header, and in no other', async () => {
    const server = await serve(() => ({ say: '[[A]]' }));
    // Its name leads to this machine by way of a proxy.
    const proxy = await proxyServer({ port: Number(new URL(server.url).port) });
    const host = 'http://mine.openai.azure.com/openai';
    const through = { key: 'azure-key', proxy: { http: proxy.name } };
    await ask(server, { url: `${host}/deployments/judge?api-version=2024-10-21`, ...through });
    await ask(server, { url: `${host}/v1`, ...through });
    await proxy.close();
    expect(proxy.seen).toMatchObject([
      { headers: { 'api-key': 'azure-key' } },
      { headers: { authorization: 'Bearer azure-key' } },
    ]);
    expect(proxy.seen[0]!.headers).not.toHaveProperty('authorization');
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/openai/deployments/judge/chat/completions?api-version=2024-10-21',
      '/openai/v1/chat/completions',
    ]);
  });
});

describe('a reply', () => {
  it.each<[string, Act, object]>([
    [
      'of a model that thinks apart',
      choice({ content: 'Fine. [[A]]', reasoning_content: 'Perhaps [[B]]' }),
      { text: 'Fine. [[A]]' },
    ],
    [
      'in parts, thoughts among them',
      choice({
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: '[[B]]' }] },
          { type: 'reasoning', text: '[[B]]' },
          { type: 'text', text: 'Fine. ' },
          { type: 'text', text: '[[A]]' },
        ],
      }),
      { text: 'Fine. [[A]]', finish: 'stop' },
    ],
    ['that is empty', choice({ content: '' }), { text: '', finish: 'stop' }],
    [
      'with an error that is null',
      json({ error: null, choices: [{ message: { content: '[[A]]' }, error: null }] }),
      { text: '[[A]]' },
    ],
  ])('%s is read', async (_, act, reply) => {
    expect(await ask(await serve(() => act))).toMatchObject(reply);
  });

  it.each<[string, Act, JudgeError['fault'], RegExp]>([
    [
      'all thought',
      choice({ content: null, reasoning_content: 'Hm, '.repeat(50) }, 'length'),
      'item',
      /went into thought before it/,
    ],
    ['all thought, content empty', choice({ content: '', reasoning: 'Hm' }, 'length'), 'item', /went into thought/],
    [
      'refused',
      choice({ content: null, refusal: 'I cannot judge that.' }),
      'item',
      /^the judge refuses: I cannot judge that\.$/,
    ],
    [
      'held back by a filter',
      choice({ content: '' }, 'content_filter'),
      'item',
      /^a filter of \S+ held the reply back$/,
    ],
    ['nothing at all', choice({ content: null }), 'again', /holds no message/],
    [
      'an error within, passing',
      json({ error: { code: 502, message: 'Provider returned error' } }),
      'again',
      /answers 502: Provider returned error/,
    ],
    [
      'an error within, for good',
      json({ error: { code: 402, message: 'Insufficient credits' } }),
      'stop',
      /answers 402: Insufficient credits/,
    ],
    [
      'an error within a choice',
      choice({ content: '' }, 'error', { error: { code: 429, message: 'Rate limited' } }),
      'again',
      /answers 429/,
    ],
    [
      'an error within, too long',
      json({
        error: {
          code: 400,
          message: 'the request exceeds the available context size',
          type: 'exceed_context_size_error',
        },
      }),
      'item',
      /available context size/,
    ],
    [
      'an error within, in words',
      json({ error: { code: 'overloaded', message: 'Busy' } }),
      'again',
      /^Busy \(overloaded\)$/,
    ],
    ['a wait, not a length', error('The model took too long to answer.', 500), 'again', /answers 500: The model took/],
  ])('that is %s is told as what it is', async (_, act, fault, message) => {
    expect(await failure(act)).toMatchObject({ fault, message: expect.stringMatching(message) as string });
  });
});

describe('a question that is too long fails alone', () => {
  it.each([
    ['OpenAI', error("This model's maximum context length is 8192 tokens.", 400, { code: 'context_length_exceeded' })],
    [
      'vLLM',
      error(
        "You passed 1015 input tokens and requested 10 output tokens. However, the model's context length is only 1024 tokens.",
        400,
        { param: 'input_tokens', code: 400 },
      ),
    ],
    [
      'vLLM before',
      error(
        "'max_tokens' or 'max_completion_tokens' is too large: 1024. This model's maximum context length is 1024 tokens.",
      ),
    ],
    [
      'vLLM long before',
      json({ object: 'error', message: 'max_tokens must be at least 1, got -186.', code: 400 }, 400),
    ],
    [
      'llama.cpp',
      error('request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it', 400, {
        code: 400,
      }),
    ],
    ['llama.cpp at times', error('Context size has been exceeded.', 500, { code: 500 })],
    [
      'text-generation-inference',
      json({ error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096' }, 422),
    ],
  ])('as %s says it', async (_, act) => {
    expect(await failure(act)).toMatchObject({ fault: 'item' });
  });
});

describe('a field that is not taken', () => {
  it.each<[string, (asked: Asked) => Act | undefined]>([
    [
      "OpenAI's newer models",
      ({ body }) =>
        'max_tokens' in body
          ? error(
              "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
              400,
              { param: 'max_tokens', code: 'unsupported_parameter' },
            )
          : 'temperature' in body
            ? error(
                "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
                400,
                { param: 'temperature', code: 'unsupported_value' },
              )
            : undefined,
    ],
    [
      'a strict server',
      ({ body }) =>
        'seed' in body
          ? json(
              {
                detail: [
                  { type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted', input: 7 },
                ],
              },
              422,
            )
          : undefined,
    ],
    [
      'a template without system texts',
      ({ body }) =>
        body.messages[0]!.role === 'system' ? error('System role not supported', 400, { code: 400 }) : undefined,
    ],
    [
      'a model without system texts',
      ({ body }) =>
        body.messages[0]!.role === 'system'
          ? error("Unsupported value: 'messages[0].role' does not support 'system' with this model.", 400, {
              param: 'messages[0].role',
            })
          : undefined,
    ],
  ])('by %s is left out, from then on', async (_, refuse) => {
    const server = await serve((asked) => refuse(asked) ?? { say: '[[A]]' });
    const judge = unwrap(httpJudge({ url: server.url, model: 'judge-1', seed: 7 }));
    const put = () => judge.ask(messages, new AbortController().signal);
    expect(await put()).toMatchObject({ text: '[[A]]' });
    const before = server.asked.length;
    expect(before).toBeLessThanOrEqual(3);
    await put();
    expect(server.asked).toHaveLength(before + 1);
    const text = server.asked
      .at(-1)!
      .body.messages.map(({ content }) => content)
      .join('\n\n');
    expect(text).toBe('Rules.\n\nWhich?');
  });

  it('by a model is not taken for a refusal where several questions find it out at once', async () => {
    const server = await serve(({ body }) =>
      body.messages[0]!.role === 'system' ? error('System role not supported') : { say: '[[A]]' },
    );
    const judge = unwrap(httpJudge({ url: server.url, model: 'judge-1' }));
    const put = () => judge.ask(messages, new AbortController().signal);
    expect(await Promise.all([put(), put(), put(), put()])).toMatchObject(Array(4).fill({ text: '[[A]]' }));
  });
});

describe('a refusal', () => {
  it.each<[string, Act, JudgeError['fault'], RegExp]>([
    [
      'a page',
      {
        status: 404,
        headers: { 'content-type': 'text/html' },
        body: '<html>\n<head><title>404</title></head><body><center><h1>404 Not Found</h1></center><hr>nginx</body></html>',
      },
      'stop',
      /answers 404: 404 Not Found nginx$/,
    ],
    [
      "Ollama's unknown model",
      error('model "x" not found, try pulling it first', 404),
      'stop',
      /404: model "x" not found, try pulling it first$/,
    ],
    ["vLLM's unknown path", json({ detail: 'Not Found' }, 404), 'stop', /404: Not Found$/],
    [
      'a model that loads',
      error('Loading model', 503, { type: 'unavailable_error', code: 503 }),
      'again',
      /503: Loading model$/,
    ],
    [
      'an overload',
      json({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529),
      'again',
      /529: Overloaded$/,
    ],
    [
      'a moderation',
      error('Your chosen model requires moderation and your input was flagged', 403, { code: 403 }),
      'item',
      /403/,
    ],
    ["Azure's filter", error('The response was filtered', 400, { code: 'content_filter' }), 'item', /content_filter/],
    [
      'a flagged prompt',
      error('Invalid prompt: it was flagged', 400, { code: 'invalid_prompt' }),
      'item',
      /invalid_prompt/,
    ],
  ])('that is %s is told as what it is', async (_, act, fault, message) => {
    expect(await failure(act)).toMatchObject({ fault, message: expect.stringMatching(message) as string });
  });

  it.each<[Readonly<Record<string, string>>, number | undefined]>([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    [{ 'retry-after': '9', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' }, 9000],
    [
      {
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '6m0s',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '12ms',
      },
      360_000,
    ],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '2m59.5s' }, 179_500],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7' }, 7000],
    [{ 'x-ratelimit-remaining-tokens': '5000', 'x-ratelimit-reset-tokens': '1h' }, undefined],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': 'soon' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
  ])('for now, with %j, says when to come back', async (headers, ms) => {
    expect((await failure(json({}, 429, headers))).retryAfterMs).toBe(ms);
  });
});
