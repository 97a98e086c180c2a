/**
 * A judge behind an address that speaks OpenAI's chat completions. The one file that opens a network connection: to the address that
 * the user named, when the user said so, through the proxy that stands between where there is one, and nowhere else (it follows no
 * redirection). The key goes into the request's header alone: of an https: address no proxy sees it, for the tunnel is encrypted from
 * end to end. What the other side says is freed of it before anybody sees it.
 */
import http from 'node:http';
import https from 'node:https';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { bad, oneLine, ok, type Result } from '../base/problem.ts';
import { messageOf, refusal, replyOf, type Response, tooLong } from './completions.ts';
import { connectionFault, proxyRefusal } from './connectionFaults.ts';
import { type Judge, JudgeError } from './judge.ts';
import { isHere, type Proxy, proxyFor, type ProxySettings } from './proxy.ts';

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
  /** None where absent. */
  readonly proxy?: ProxySettings;
}

export interface HttpJudge extends Judge {
  /** Where the questions go: without anything that could be secret. */
  readonly address: string;
  readonly host: string;
  /** `host:port` of what stands between. */
  readonly proxy: string | undefined;
  /** True where the key would go unencrypted over a network. */
  readonly readable: boolean;
  /** Of a reply. */
  readonly maxTokens: number;
}

/** Fields of a request that some models refuse: newer ones of OpenAI take max_completion_tokens, and no temperature. */
const optionalFields = ['max_tokens', 'temperature', 'seed'] as const;
const names = (told: string, field: string): boolean => new RegExp(`\\b${field}\\b`).test(told.toLowerCase());

/** Models of which the template has no place for a system text say so: in the words of vLLM's templates, and of OpenAI. */
const noSystem = /system role (is )?not supported|does not support 'system'|only user and assistant roles/i;

/** Of a key that is taken out of whole replies, in characters. */
const leastSecret = 12;
/** A longer reply is not read to its end: a judge's has some thousand characters. */
const mostBytes = 4 * 2 ** 20;

export function httpJudge(options: HttpJudgeOptions): Result<HttpJudge> {
  const { model, key, maxTokens = 1024, temperature = 0, seed, timeoutMs = 120_000, concurrency = 4 } = options;
  const read = addressOf(options.url);
  if (!read.ok) return read;
  const url = read.value;
  const between = proxyFor(url, options.proxy ?? {});
  if (!between.ok) return between;
  const proxy = between.value;
  const address = `${url.origin}${url.pathname}`;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    return bad(
      'the key holds characters that no header can',
      undefined,
      'Copy the key again, without spaces and line ends.',
    );
  const secrets = [...(key === undefined ? [] : [key]), ...url.searchParams.values()];
  if (proxy?.authorization !== undefined) secrets.push(proxy.authorization.replace(/^\S+ /, ''));
  // One as short as a word (`EMPTY`, a version) is a placeholder.
  const forms = secrets.filter((one) => one === key || one.length >= leastSecret).flatMap(formsOf);
  const long = secrets.filter((one) => one.length >= leastSecret).flatMap(formsOf);
  const freed = (text: string): string => oneLine(withoutKey(text, forms));
  const limited = { max_tokens: maxTokens, temperature, ...(seed === undefined ? {} : { seed }) };
  // Fields that this server does not take; learnt from its refusals.
  const refused = new Set<string>();
  const bodyNow = (): Readonly<Record<string, unknown>> => ({
    model,
    stream: false,
    ...Object.fromEntries(Object.entries(limited).filter(([field]) => !refused.has(field))),
    ...(refused.has('max_tokens') ? { max_completion_tokens: maxTokens } : {}),
  });
  const agents = agentsFor(proxy);
  return ok({
    name: model,
    identity: JSON.stringify(['chat completions', address, model, maxTokens, temperature, seed ?? null]),
    address,
    host: url.host,
    proxy: proxy?.name,
    readable: url.protocol === 'http:' && key !== undefined && !isHere(url.hostname),
    maxTokens,
    concurrency,
    async ask(messages, signal) {
      for (;;) {
        const timeout = AbortSignal.timeout(timeoutMs);
        const body = bodyNow();
        const put = refused.has('system')
          ? [{ role: 'user', content: messages.map(({ content }) => content).join('\n\n') }]
          : messages;
        const text = JSON.stringify({ ...body, messages: put });
        const response = await exchange({ url, proxy, agents, key, text }, AbortSignal.any([signal, timeout])).catch(
          (error: unknown) => {
            signal.throwIfAborted();
            const through = proxy === undefined ? '' : ` through the proxy ${proxy.name}`;
            throw timeout.aborted
              ? new JudgeError('again', `no answer came within ${Math.round(timeoutMs / 1000)} s${through}`)
              : error;
          },
        );
        const { status } = response;
        if (status === 200) {
          const reply = replyOf(response, freed, url.host, model);
          return { ...reply, text: withoutKey(reply.text, long) }; // it stands in verdicts and in the cache
        }
        const told = messageOf(response.text, freed);
        const fields = status === 400 || status === 422 ? optionalFields.filter((field) => names(told, field)) : [];
        const sent = fields.filter((field) => field in body);
        if (sent.length > 0 && !tooLong.test(told)) {
          for (const field of sent) refused.add(field);
          continue; // without them: fewer each time
        }
        const who =
          proxy !== undefined && url.protocol === 'http:' ? `${url.host}, through the proxy ${proxy.name},` : url.host;
        if ((status === 400 || status === 422) && noSystem.test(told) && put === messages) {
          refused.add('system');
          continue; // the rules before the question
        }
        throw refusal(response, told, who, model);
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
  // A server's bare address is meant as its interface, which all of them have at /v1.
  if (/^\/*$/.test(url.pathname)) url.pathname = '/v1';
  if (!/\/chat\/completions\/?$/.test(url.pathname))
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/chat/completions`;
  url.hash = '';
  return ok(url);
}

interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

/** Connections are kept for the next question, but through a proxy: there each is ended with its question. */
function agentsFor(proxy: Proxy | undefined): Agents {
  const keepAlive = proxy === undefined;
  return { http: new http.Agent({ keepAlive }), https: new https.Agent({ keepAlive }) };
}

/** Deployments of Azure take a key in a header of their own, and in the usual one none but tokens of its directory. */
const keyHeader = (url: URL, key: string): Readonly<Record<string, string>> =>
  /\.azure\.com$/.test(url.hostname) && url.pathname.startsWith('/openai/deployments/')
    ? { 'api-key': key }
    : { authorization: `Bearer ${key}` };

interface Question {
  readonly url: URL;
  readonly proxy: Proxy | undefined;
  readonly agents: Agents;
  readonly key: string | undefined;
  readonly text: string;
}

/** Opens nothing once its question is given up: a socket would connect though its signal is aborted. */
class Tunnel extends HttpsProxyAgent<string> {
  override async connect(...[request, options]: Parameters<HttpsProxyAgent<string>['connect']>) {
    this.connectOpts.signal?.throwIfAborted();
    return super.connect(request, options);
  }
}

/** Throws a JudgeError where nothing was answered. */
async function exchange({ url, proxy, agents, key, text }: Question, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  const body = Buffer.from(text);
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'bllossom-workbench',
    ...(key === undefined ? {} : keyHeader(url, key)),
  };
  const common = { method: 'POST', signal };
  /** Who answers, or does not: until a tunnel stands, the proxy. */
  let reached = proxy === undefined;
  let request: http.ClientRequest;
  if (proxy === undefined) {
    const agent = url.protocol === 'https:' ? agents.https : agents.http;
    request = (url.protocol === 'https:' ? https : http).request(url, { ...common, headers, agent });
  } else if (url.protocol === 'https:') {
    const told = proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization };
    const agent = new Tunnel(proxy.url, { headers: told, signal });
    request = https.request(url, { ...common, headers, agent });
  } else {
    // The whole address instead of a path (RFC 9112, 3.2.2).
    const { hostname, port, protocol } = proxy.url;
    const to = { host: hostname.replace(/^\[|\]$/g, ''), port, path: url.href };
    const told = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
    const agent = protocol === 'https:' ? agents.https : agents.http;
    request = (protocol === 'https:' ? https : http).request({
      ...{ ...common, ...to, agent, setHost: false, headers: { ...headers, ...told, host: url.host } },
      servername: to.host,
    });
  }
  try {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => {
        reached = true;
        if (statusCode !== 200)
          reject(proxyRefusal(statusCode, proxy!.name, url.host, proxy!.authorization !== undefined));
      });
      request.once('response', resolve);
      request.on('error', reject);
      request.end(body);
    });
    reached = true;
    if (response.statusCode === 407 && proxy !== undefined)
      throw proxyRefusal(407, proxy.name, url.host, proxy.authorization !== undefined);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response as AsyncIterable<Uint8Array>) {
      bytes += part.length;
      if (bytes > mostBytes)
        throw new JudgeError('again', `more than ${mostBytes >> 20} MB came, which no verdict has`);
      parts.push(part);
    }
    const { statusCode: status = 0 } = response;
    return { status, headers: textHeaders(response.headers), text: Buffer.concat(parts).toString('utf8') };
  } catch (error) {
    request.destroy();
    throw error instanceof JudgeError ? error : connectionFault(error, url.host, reached ? undefined : proxy?.name);
  }
}

const textHeaders = (headers: http.IncomingHttpHeaders): Response['headers'] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));
