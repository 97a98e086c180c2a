/** A judge behind a proxy: real CONNECT and absolute form on this machine, and the ways in which proxies say no. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { httpJudge, type HttpJudgeOptions } from '../../engine/src/preference/httpJudge.ts';
import { JudgeError } from '../../engine/src/preference/judge.ts';
import { type Act, judgeServer, type JudgeServer } from './judgeServer.ts';
import {
  type Certificate,
  encrypted,
  makeCertificate,
  proxyServer,
  type ProxyScript,
  type ProxyServer,
} from './proxyServer.ts';

const key = 'sk-secret-0123456789';
const messages = [{ role: 'user', content: 'Which?' }] as const;
let folder: string;
let closing: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'proxy-'));
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
  rmSync(folder, { recursive: true, force: true });
});

async function judgeThat(act: Act = { say: '[[A]]' }): Promise<JudgeServer & { readonly port: number }> {
  const server = await judgeServer(() => act);
  closing.push(() => server.close());
  return { ...server, port: Number(new URL(server.url).port) };
}

async function through(script: ProxyScript): Promise<ProxyServer> {
  const server = await proxyServer(script);
  closing.push(() => server.close());
  return server;
}

const ask = (url: string, more: Partial<HttpJudgeOptions>, signal = new AbortController().signal) =>
  unwrap(httpJudge({ url, model: 'judge-1', key, ...more })).ask(messages, signal);

/** What is told where it fails. */
const failure = async (url: string, more: Partial<HttpJudgeOptions>): Promise<JudgeError> => {
  const error: unknown = await ask(url, more).catch((thrown: unknown) => thrown);
  if (!(error instanceof JudgeError)) throw new Error('it did not fail as a judge', { cause: error });
  return error;
};

/** Asks in a process of its own, which trusts the certificate as a company's is trusted. */
async function askTrusting(certificate: Certificate, url: string, proxy: string, trusted: boolean): Promise<string> {
  const script = path.join(folder, 'ask.mjs');
  const source = path.resolve(import.meta.dirname, '../../engine/src/preference/httpJudge.ts');
  const call = `httpJudge({ url: ${JSON.stringify(url)}, model: 'judge-1', key: ${JSON.stringify(key)}, proxy: { https: ${JSON.stringify(proxy)} } }).value`;
  const contents = `import { httpJudge } from ${JSON.stringify(source)};
    const told = ${call}.ask(${JSON.stringify(messages)}, new AbortController().signal);
    process.stdout.write(await told.then(({ text }) => text, ({ fault, message, remedy }) => [fault, message, remedy].join('. ')));`;
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await build({
    ...{ stdin: { contents, resolveDir: path.dirname(source), loader: 'ts' }, outfile: script, bundle: true },
    ...{ platform: 'node', format: 'esm', banner: { js: banner }, logLevel: 'warning' },
  });
  const env = { ...process.env, ...(trusted ? { NODE_EXTRA_CA_CERTS: certificate.file } : {}) };
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  await new Promise((done) => child.once('close', done));
  return text;
}

describe('an http: judge behind a proxy', () => {
  it('is asked by its whole address; the proxy gets its own name and password, the judge does not', async () => {
    const judge = await judgeThat();
    const proxy = await through({ port: judge.port });
    const more = { proxy: { http: `http://me:p%40ss@${proxy.name}` } };
    expect(await ask('http://judge.test:8123/v1?version=1', more)).toMatchObject({ text: '[[A]]', promptTokens: 100 });
    expect(proxy.seen).toMatchObject([
      {
        line: 'POST http://judge.test:8123/v1/chat/completions?version=1',
        headers: {
          host: 'judge.test:8123',
          'proxy-authorization': `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
          authorization: `Bearer ${key}`,
        },
      },
    ]);
    expect(judge.asked).toMatchObject([{ path: '/v1/chat/completions?version=1', authorization: `Bearer ${key}` }]);
  });

  it('is asked without one where NO_PROXY names it, and on this machine', async () => {
    const judge = await judgeThat();
    const proxy = await through({ port: judge.port });
    expect(await ask(judge.url, { proxy: { http: proxy.name, none: [] } })).toMatchObject({ text: '[[A]]' });
    expect(proxy.seen).toEqual([]);
    // A name that only the proxy knows: passing by fails at once, going through does not.
    const more = { proxy: { http: proxy.name, none: ['judge.invalid'] } };
    expect((await failure('http://judge.invalid/v1', more)).message).toMatch(
      /^the connection failed \((ENOTFOUND|EAI_AGAIN)\)$/,
    );
    expect(proxy.seen).toEqual([]);
    expect(await ask('http://other.invalid/v1', more)).toMatchObject({ text: '[[A]]' });
  });
});

describe('an https: judge behind a proxy', () => {
  it('is asked through a tunnel, in which the proxy sees no key; who signs for it must be trusted', async (context) => {
    const certificate = makeCertificate(folder);
    if (certificate === undefined) return context.skip('there is no openssl');
    const judge = await judgeThat();
    const front = await encrypted(judge.port, certificate);
    closing.push(() => front.close());
    const proxy = await through({ port: front.port });
    const at = `http://me:pass@${proxy.name}`;
    expect(await askTrusting(certificate, 'https://judge.test/v1', at, true)).toBe('[[A]]');
    expect(judge.asked).toMatchObject([{ authorization: `Bearer ${key}` }]);
    expect(proxy.seen).toMatchObject([{ line: 'CONNECT judge.test:443' }]);
    expect(proxy.seen[0]!.headers).toMatchObject({ 'proxy-authorization': 'Basic bWU6cGFzcw==' });
    expect(proxy.seen[0]!.headers.authorization).toBeUndefined();
    expect(proxy.bytes().length).toBeGreaterThan(500);
    expect(proxy.bytes()).not.toMatch(/sk-secret|Which\?|authorization/i);
    const told = await askTrusting(certificate, 'https://judge.test/v1', at, false);
    expect(told).toMatch(/^stop\. judge\.test shows a certificate that is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
    expect(told).toContain('set NODE_EXTRA_CA_CERTS to the file of its certificate');
    expect(judge.asked).toHaveLength(1);
  });
});

describe('a proxy', () => {
  it.each<[string, number, string, JudgeError['fault'], RegExp]>([
    ['wants a password', 407, '', 'stop', /^the proxy \S+ wants a name and a password \(407\)$/],
    [
      'refuses the password',
      407,
      'me:hunter2@',
      'stop',
      /^the proxy \S+ refuses the name and password it was given \(407\)$/,
    ],
    ['forbids the host', 403, '', 'stop', /^the proxy \S+ does not let through to judge\.test \(403\)$/],
    ['does not reach the host', 502, '', 'again', /^the proxy \S+ answers 502 when it is asked for judge\.test$/],
  ])('that %s is told as the proxy', async (_, refuse, login, fault, message) => {
    const proxy = await through({ refuse });
    const error = await failure('https://judge.test/v1', { proxy: { https: `http://${login}${proxy.name}` } });
    expect(error).toMatchObject({ fault, message: expect.stringMatching(message) as string });
    expect(error.message).toContain(proxy.name);
    expect(`${error.message} ${error.remedy}`).not.toContain('hunter2');
    if (fault === 'stop') expect(error.remedy).toMatch(/HTTPS_PROXY|NO_PROXY/);
    expect(proxy.seen[0]!.headers.authorization).toBeUndefined();
  });

  it('that wants a password for a plain address is told so too; what others answer there is theirs or the proxy’s', async () => {
    const wanting = await through({ refuse: 407 });
    expect((await failure('http://judge.test/v1', { proxy: { http: wanting.name } })).message).toMatch(
      /wants a name and a password/,
    );
    const forbidding = await through({ refuse: 403 });
    expect((await failure('http://judge.test/v1', { proxy: { http: forbidding.name } })).message).toMatch(
      /^judge\.test, through the proxy \S+, answers 403/,
    );
  });

  it('that is not there is told as the proxy, at once', async () => {
    const gone = await through({});
    await gone.close();
    closing = [];
    for (const url of ['https://judge.test/v1', 'http://judge.test/v1']) {
      const error = await failure(url, { proxy: { http: gone.name, https: gone.name } });
      expect(error).toMatchObject({
        fault: 'stop',
        message: `the proxy ${gone.name} cannot be reached (ECONNREFUSED)`,
      });
      expect(error.remedy).toMatch(/HTTPS_PROXY or HTTP_PROXY, or in the editor http\.proxy/);
    }
  });

  it('that breaks off, or speaks no HTTP, is told as the proxy', async () => {
    for (const say of ['', 'what?\r\n\r\n']) {
      const server = net.createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(say));
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      closing.push(() => new Promise((done) => server.close(() => done())));
      const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      for (const url of ['https://judge.test/v1', 'http://judge.test/v1']) {
        const error = await failure(url, { proxy: { http: name, https: name }, timeoutMs: 20_000 });
        expect(error.message, url).toContain(`the proxy ${name} `);
      }
    }
  });

  it('that says nothing is not waited for beyond the time, nor after a stop; nothing of it stays open', async () => {
    const proxy = await through({ silent: true });
    const settings = { http: proxy.name, https: proxy.name };
    for (const url of ['https://judge.test/v1', 'http://judge.test/v1']) {
      const error = await failure(url, { proxy: settings, timeoutMs: 200 });
      expect(error).toMatchObject({
        fault: 'again',
        message: expect.stringContaining(`through the proxy ${proxy.name}`) as string,
      });
      const stop = new AbortController();
      const asking = ask(url, { proxy: settings }, stop.signal);
      stop.abort(new Error('stopped'));
      await expect(asking).rejects.toThrow('stopped');
    }
    await expect.poll(() => proxy.open(), { timeout: 20_000 }).toBe(0);
  });
});

describe('the command line', () => {
  it('takes the proxy from the environment, and tells of it before anything is sent', async () => {
    const { readJudgeOptions, estimateLines } = await import('../../engine/src/cli/commands/preferJudge.ts');
    const values = {
      ...{ judge: 'https://judge.test/v1', 'judge-model': 'm', 'judge-language': 'auto', 'judge-max-tokens': '10' },
      ...{ 'judge-concurrency': '1', 'judge-attempts': '1', 'judge-temperature': '0', 'judge-timeout': '5' },
    };
    const asked = (environment: Record<string, string>) => unwrap(readJudgeOptions(values, environment));
    const proxyOf = (environment: Record<string, string>) => {
      const one = asked(environment);
      return one?.kind === 'http' ? one.judge.proxy : 'none asked';
    };
    const at = 'http://me:hunter2@proxy.test:3128';
    expect(proxyOf({ HTTPS_PROXY: at })).toBe('proxy.test:3128');
    expect(proxyOf({ https_proxy: at, NO_PROXY: 'localhost,.test' })).toBeUndefined();
    expect(proxyOf({ HTTP_PROXY: at })).toBeUndefined();
    const estimate = { questions: 2, cached: 0, promptTokens: 9, replyTokens: 20, counted: 'bytes' } as const;
    const lines = estimateLines({
      ...{ state: 'estimate', estimate, address: 'https://judge.test/v1/chat/completions', readable: false },
      proxy: proxyOf({ HTTPS_PROXY: at }),
    });
    expect(lines.join('\n')).toContain('through the proxy proxy.test:3128');
    expect(lines.join('\n')).not.toContain('hunter2');
    expect(readJudgeOptions(values, { HTTPS_PROXY: 'socks5://me:hunter2@proxy.test' })).toMatchObject({
      problem: {
        what: 'only http and https proxies are spoken to, not socks5',
        where: { name: 'socks5://(…)@proxy.test' },
      },
    });
  });
});
