/**
 * Which proxy stands between this machine and an address: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say, or an editor's settings.
 * Nothing is opened here. A judge on this machine is never reached through a proxy.
 */
import { bad, ok, type Result } from '../base/problem.ts';

export interface ProxySettings {
  /** Of http: addresses, and of https: ones; `http://NAME:PASSWORD@HOST:PORT`. */
  readonly http?: string;
  readonly https?: string;
  /** Hosts that are reached without: `example.org` with all below it, `.example.org`, `10.0.0.0/8`, `host:8080`, `*`. */
  readonly none?: readonly string[];
  /** The whole of the header Proxy-Authorization, where the address holds no name. */
  readonly authorization?: string;
}

export interface Proxy {
  readonly url: URL;
  /** Of Proxy-Authorization; the address itself has none any more. */
  readonly authorization?: string;
  /** `proxy.example.org:3128`: for messages, without anything secret. */
  readonly name: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The lower-case names come first, as curl has it. An empty one says that there is none. */
export function proxyFromEnvironment(environment: Environment): ProxySettings {
  const of = (name: string): string => (environment[name] ?? environment[name.toUpperCase()] ?? '').trim();
  const [http, https, none] = [of('http_proxy'), of('https_proxy'), of('no_proxy')];
  return {
    ...(http === '' ? {} : { http }),
    ...(https === '' ? {} : { https }),
    none: none.split(/[\s,]+/).filter((pattern) => pattern !== ''),
  };
}

/** undefined: none stands between. A problem where one is named that cannot be used; its text holds no password. */
export function proxyFor(url: URL, settings: ProxySettings): Result<Proxy | undefined> {
  const text = url.protocol === 'https:' ? settings.https : settings.http;
  if (text === undefined || isHere(url.hostname) || (settings.none ?? []).some((pattern) => matches(url, pattern)))
    return ok(undefined);
  const shown = { name: text.replace(/^(\w+:\/\/)?.*@/s, '$1(…)@') };
  const remedy = 'Write it so: http://proxy.example.org:3128, with http://NAME:PASSWORD@ where it wants them.';
  let proxy: URL;
  try {
    proxy = new URL(/^[\w+.-]+:\/\//.test(text) ? text : `http://${text}`);
  } catch {
    return bad('the address of the proxy cannot be read', shown, remedy);
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')
    return bad(`only http and https proxies are spoken to, not ${proxy.protocol.slice(0, -1)}`, shown, remedy);
  const { username, password } = proxy;
  let authorization = settings.authorization;
  if (username !== '' || password !== '') {
    try {
      const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      authorization = `Basic ${Buffer.from(words).toString('base64')}`;
    } catch {
      return bad('the name or password of the proxy holds a lone %', shown, 'Write % as %25.');
    }
  }
  if (authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization))
    return bad('the authorization for the proxy holds characters that no header can', shown);
  const port = proxy.port === '' ? (proxy.protocol === 'https:' ? '443' : '80') : proxy.port;
  const name = `${proxy.hostname}:${port}`;
  proxy.username = '';
  proxy.password = '';
  return ok({ url: proxy, name, ...(authorization === undefined ? {} : { authorization }) });
}

/** This machine itself. */
export const isHere = (host: string): boolean =>
  /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]+\])$/.test(host);

function matches(url: URL, pattern: string): boolean {
  if (pattern === '*') return true;
  const host = url.hostname.toLowerCase().replace(/^\[|\]$|\.$/g, '');
  const range = /^(\d+(?:\.\d+){3})\/(\d+)$/.exec(pattern);
  if (range !== null) return inRange(host, range[1]!, Number(range[2]));
  const [, named = pattern, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(pattern) ?? [];
  if (port !== undefined && port !== (url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port))
    return false;
  const end = named
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^\*?\.|^\*/, '')
    .replace(/\.$/, '');
  return end !== '' && (host === end || host.endsWith(`.${end}`));
}

/** IPv4 addresses of a range, as `10.0.0.0/8`. */
function inRange(host: string, start: string, bits: number): boolean {
  const [one, other] = [numberOf(host), numberOf(start)];
  if (one === undefined || other === undefined || bits > 32) return false;
  const size = 2 ** (32 - bits);
  return Math.floor(one / size) === Math.floor(other / size);
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
