/** A judge behind an address: real HTTP on this machine, with the ways in which real servers fail. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemLine, unwrap } from '../../engine/src/base/problem.ts';
import { answersFile, createComparison, readComparison } from '../../engine/src/preference/directory.ts';
import { httpJudge, type HttpJudgeOptions } from '../../engine/src/preference/httpJudge.ts';
import { JudgeCache } from '../../engine/src/preference/judgeCache.ts';
import { estimateJudge, openQuestions } from '../../engine/src/preference/judgeWork.ts';
import { JsonLinesWriter } from '../../engine/src/preference/jsonLines.ts';
import { comparisonResult } from '../../engine/src/preference/result.ts';
import { runJudge, type RunJudgeOptions } from '../../engine/src/preference/runJudge.ts';
import { comparison, prompts } from '../../engine/src/preference/testing/comparisons.ts';
import type { ComparisonData, RaterResult } from '../../engine/src/preference/types.ts';
import { type Act, type Asked, firstShown, judgeServer, type JudgeServer, tokenFor } from './judgeServer.ts';

const key = 'sk-secret-0123456789';
let folder: string;
let directory: string;
let servers: JudgeServer[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'judge-'));
  directory = path.join(folder, 'comparison');
});
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
  rmSync(folder, { recursive: true, force: true });
});

/** Side a answers `A …`, and b `B …`, or as said. */
async function made(
  count: number,
  texts: Readonly<Record<'a' | 'b', string>> = { a: 'A', b: 'B' },
): Promise<ComparisonData> {
  unwrap(await createComparison(directory, comparison(count), prompts(count)));
  for (const side of ['a', 'b'] as const) {
    const writer = await JsonLinesWriter.open(answersFile(directory, side));
    for (const { id } of prompts(count)) await writer.append({ id, text: `${texts[side]} ${id}` });
    await writer.close();
  }
  return unwrap(await readComparison(directory));
}

async function serve(script: (asked: Asked, number: number) => Act | Promise<Act>): Promise<JudgeServer> {
  const server = await judgeServer(script);
  servers.push(server);
  return server;
}

/** Waits of a millisecond: what is tested is that they are made, not how long they are. */
const quick: RunJudgeOptions = { waitMs: 1, mostWaitMs: 2 };
const judgeOf = (server: JudgeServer, more: Partial<HttpJudgeOptions> = {}) =>
  unwrap(httpJudge({ url: server.url, model: 'judge-1', key, ...more }));

async function judged(server: JudgeServer, data: ComparisonData, more: Partial<HttpJudgeOptions> = {}) {
  const run = unwrap(await runJudge(data, judgeOf(server, more), quick));
  const after = unwrap(await readComparison(directory));
  return { run, after, rater: comparisonResult(after).raters[0]! };
}

const counts = ({ win, tie, lose, errors, pending }: RaterResult) => [
  win.count,
  tie.count,
  lose.count,
  errors,
  pending,
];

function filesIn(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(place, name))
    .filter((file) => statSync(file).isFile());
}

describe('a judge behind an address', () => {
  it('is asked in both orders, some at a time, and its verdicts go to the real sides', async () => {
    const data = await made(6);
    const server = await serve((asked) => ({ say: `Reasons.\n${tokenFor(asked, 'a')}` }));
    const { run, rater, after } = await judged(server, data, { concurrency: 3 });
    expect(run).toEqual({ verdicts: 12, cached: 0, errors: 0, requests: 12, promptTokens: 1200, replyTokens: 120 });
    expect(counts(rater)).toEqual([6, 0, 0, 0, 0]);
    expect(server.asked.filter((asked) => firstShown(asked) === 'a')).toHaveLength(6);
    expect(server.mostAtOnce()).toBeLessThanOrEqual(3);
    expect(server.asked[0]).toMatchObject({
      path: '/v1/chat/completions',
      authorization: `Bearer ${key}`,
      body: { model: 'judge-1', max_tokens: 1024, temperature: 0 },
    });
    expect(after.verdicts[0]!.lines[0]).toMatchObject({ reason: expect.stringContaining('Reasons.') as string });
  });

  it('that always takes the first is flipped everywhere: ties, and the bias is told', async () => {
    const { rater } = await judged(await serve(() => ({ say: '[[A]]' })), await made(4));
    expect(counts(rater)).toEqual([0, 4, 0, 0, 0]);
    expect(rater).toMatchObject({ flips: { count: 4, n: 4 }, reversed: 4, first: { share: 1 } });
  });

  it.each<[string, Act]>([
    [
      '429 with Retry-After',
      { status: 429, headers: { 'retry-after': '0' }, body: '{"error":{"message":"slow down"}}' },
    ],
    ['429 with a date that is over', { status: 429, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } }],
    ['429 without', { status: 429 }],
    ['500', { status: 500, body: 'oops' }],
    ['503 with a page', { status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>busy</h1>' }],
    ['a lost connection', 'reset'],
    ['half a body', 'half'],
    ['a torn JSON text', 'torn'],
    ['a page instead of JSON', 'page'],
    ['JSON that is no completion', 'other'],
    ['an empty body', { status: 200 }],
    ['nonsense', { say: 'As a language model I like both.' }],
    ['a reply that is cut off', { say: 'You want [[A]], [[B]] or [[C]]. Well,', finish: 'length' }],
  ])('is asked again after %s', async (_, act) => {
    const seen = new Set<string>();
    const server = await serve((asked) => {
      const text = asked.body.messages.at(-1)!.content;
      if (seen.has(text)) return { say: tokenFor(asked, 'b') };
      seen.add(text);
      return act;
    });
    const { run, rater } = await judged(server, await made(2));
    expect(counts(rater)).toEqual([0, 0, 2, 0, 0]);
    expect(run).toMatchObject({ verdicts: 4, requests: 8, errors: 0 });
  });

  it('that says nothing in time is asked again', async () => {
    const server = await serve((asked, number) => (number === 0 ? 'silence' : { say: tokenFor(asked, 'b') }));
    const { run } = await judged(server, await made(1), { timeoutMs: 300, concurrency: 1 });
    expect(run).toMatchObject({ verdicts: 2, errors: 0 });
    expect(run.requests).toBeGreaterThanOrEqual(3);
  });

  it('that stays nonsense is an error, counted and asked again by the next run alone', async () => {
    const data = await made(3);
    const stubborn = await serve((asked) =>
      asked.body.messages.at(-1)!.content.includes('A p1') ? { say: 'Hm.' } : { say: tokenFor(asked, 'a') },
    );
    const { run, rater, after } = await judged(stubborn, data);
    expect(run).toMatchObject({ verdicts: 4, errors: 2, requests: 4 + 2 * 3 });
    expect(counts(rater)).toEqual([2, 0, 0, 1, 0]);
    expect(after.verdicts[0]!.lines.filter((line) => line.error !== undefined)).toMatchObject([
      { id: 'p1', error: 'the reply says no verdict', reason: 'Hm.' },
      { id: 'p1' },
    ]);
    // The same judge (its address is part of it), now of another mind.
    const again = unwrap(httpJudge({ url: stubborn.url, model: 'judge-1', key }));
    const open = openQuestions(after, again, 'auto');
    expect(open.map(({ id, order }) => id + order)).toEqual(['p1ab', 'p1ba']);
  });

  it('that refuses one question leaves the others', async () => {
    const server = await serve((asked) =>
      asked.body.messages.at(-1)!.content.includes('A p0')
        ? {
            status: 400,
            body: '{"error":{"message":"maximum context length is 100 tokens","code":"context_length_exceeded"}}',
          }
        : { say: '[[C]]' },
    );
    const { run, rater } = await judged(server, await made(2));
    expect(run).toMatchObject({ verdicts: 2, errors: 2, requests: 4 });
    expect(counts(rater)).toEqual([0, 1, 0, 1, 0]);
  });

  it('that does not take a field is asked without it', async () => {
    const server = await serve(({ body }) =>
      'max_tokens' in body
        ? {
            status: 400,
            body: `{"error":{"message":"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.","param":"max_tokens"}}`,
          }
        : 'temperature' in body
          ? { status: 400, body: `{"error":{"message":"Unsupported value: 'temperature' does not support 0."}}` }
          : { say: '[[C]]', parts: true },
    );
    const { run } = await judged(server, await made(3));
    expect(run).toMatchObject({ verdicts: 6, errors: 0 });
    expect(server.asked.at(-1)!.body).toMatchObject({ max_completion_tokens: 1024 });
  });

  it.each<[string, Act, RegExp]>([
    [
      'a key that is refused',
      { status: 401, body: `{"error":{"message":"Incorrect API key provided: ${key}."}}` },
      /401: Incorrect API key provided: \(key\)\. Give a key/,
    ],
    [
      'a model that is not there',
      { status: 404, body: '{"error":{"message":"no such model"}}' },
      /404: no such model\. Is judge-1 the name/,
    ],
    [
      'an account that is used up',
      { status: 429, body: '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}' },
      /429: .*insufficient_quota.*--resume/,
    ],
    [
      'a redirection',
      { status: 307, headers: { location: 'http://192.0.2.1/v1' } },
      /sends elsewhere, and that is not followed/,
    ],
    ['a wait of an hour', { status: 429, headers: { 'retry-after': '3600' } }, /come back in 60 min.*--resume/],
    ['a server that is down', { status: 502 }, /answers 502\. What was judged is kept/],
    ['a server that never ends', 'endless', /more than 4 MB came, which no verdict has\. What was judged is kept/],
  ])('ends all at once for %s', async (_, act, told) => {
    const server = await serve(() => act);
    const result = await runJudge(await made(40), judgeOf(server), { ...quick, attempts: 2 });
    expect(result.ok ? '' : problemLine(result.problem)).toMatch(told);
    expect(result.ok ? '' : problemLine(result.problem)).not.toContain(key);
    expect(server.asked.length).toBeLessThan(20);
  });

  it('that nobody runs is told, and what was judged is kept for the next run', async () => {
    const data = await made(5);
    const server = await serve((asked, number) => (number < 4 ? { say: tokenFor(asked, 'a') } : 'reset'));
    const result = await runJudge(data, judgeOf(server, { concurrency: 1 }), { ...quick, attempts: 2 });
    expect(result).toMatchObject({
      ok: false,
      problem: { what: expect.stringMatching(/connection failed/) as string },
    });
    const after = unwrap(await readComparison(directory));
    const verdicts = after.verdicts[0]!.lines.filter((line) => line.verdict !== undefined);
    expect(verdicts).toHaveLength(4);
    expect(openQuestions(after, judgeOf(server), 'auto')).toHaveLength(6);
  });

  it('stops at once, in the midst of a reply and of a wait', async () => {
    for (const act of ['silence', { status: 429, headers: { 'retry-after': '300' } }] as const) {
      rmSync(directory, { recursive: true, force: true });
      const data = await made(3);
      const stop = new AbortController();
      const server = await serve((_, number) => {
        if (number === 1) setImmediate(() => stop.abort(new Error('stopped')));
        return act;
      });
      const began = performance.now();
      await expect(runJudge(data, judgeOf(server, { concurrency: 2 }), quick, { signal: stop.signal })).rejects.toThrow(
        'stopped',
      );
      expect(performance.now() - began).toBeLessThan(20_000);
    }
  });

  it('is asked by one process at a time about a comparison', async () => {
    const data = await made(1);
    const held: { go?: () => void } = {};
    const begun = new Promise<void>((resolve) => {
      void serve(async (asked) => {
        resolve();
        await new Promise<void>((go) => (held.go = go));
        return { say: tokenFor(asked, 'a') };
      });
    });
    while (servers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const judge = judgeOf(servers[0]!, { concurrency: 1 });
    const first = runJudge(data, judge, quick);
    await begun;
    const second = await runJudge(data, judge, quick);
    expect(second.ok ? '' : problemLine(second.problem)).toMatch(/another process \(pid \d+\) asks this judge/);
    const release = setInterval(() => held.go?.(), 1);
    expect(unwrap(await first)).toMatchObject({ verdicts: 2 });
    clearInterval(release);
    expect(unwrap(await runJudge(unwrap(await readComparison(directory)), judge, quick))).toMatchObject({
      requests: 0,
    });
  });

  it('is not asked what it has said before: in this directory, or in another one', async () => {
    const data = await made(3);
    const file = path.join(folder, 'cache/verdicts.jsonl');
    const server = await serve((asked) => ({ say: tokenFor(asked, 'a') }));
    const judge = judgeOf(server);
    const withCache = async (of: ComparisonData) => {
      const cache = await JudgeCache.open(file);
      const run = unwrap(await runJudge(of, judge, { ...quick, cache }));
      await cache.close();
      return run;
    };
    expect(await withCache(data)).toMatchObject({ requests: 6, verdicts: 6, cached: 0 });
    expect(await withCache(unwrap(await readComparison(directory)))).toMatchObject({ requests: 0, verdicts: 0 });
    rmSync(directory, { recursive: true });
    const other = await made(4);
    const cache = await JudgeCache.open(file);
    const options = {
      language: 'auto',
      maxTokens: 100,
      cached: (one: string) => cache.get(one) !== undefined,
    } as const;
    const estimate = estimateJudge(other, openQuestions(other, judge, 'auto'), {
      ...options,
      price: { prompt: 5, reply: 15 },
    });
    expect(estimate).toMatchObject({ questions: 2, cached: 6, replyTokens: 200, counted: 'bytes' });
    expect(estimate.cost).toBeCloseTo((estimate.promptTokens * 5 + 200 * 15) / 1e6, 12);
    await cache.close();
    expect(await withCache(other)).toMatchObject({ requests: 2, verdicts: 8, cached: 6 });
    const result = comparisonResult(unwrap(await readComparison(directory)));
    expect(counts(result.raters[0]!)).toEqual([4, 0, 0, 0, 0]);
    // The same answers as the sides of another comparison, the other way round.
    rmSync(directory, { recursive: true });
    expect(await withCache(await made(4, { a: 'B', b: 'A' }))).toMatchObject({ requests: 0, verdicts: 8 });
    expect(counts(comparisonResult(unwrap(await readComparison(directory))).raters[0]!)).toEqual([0, 0, 4, 0, 0]);
    // Another temperature is another judge.
    expect(openQuestions(other, judgeOf(server, { temperature: 1 }), 'auto')[0]!.key).not.toBe(
      openQuestions(other, judge, 'auto')[0]!.key,
    );
  });

  it('that is asked about two answers that are the same gives each place its due', async () => {
    const cache = await JudgeCache.open(path.join(folder, 'same.jsonl'));
    const server = await serve(() => ({ say: '[[A]]' }));
    const data = await made(2, { a: 'A', b: 'A' });
    const run = unwrap(await runJudge(data, judgeOf(server, { concurrency: 1 }), { ...quick, cache }));
    await cache.close();
    expect(run).toMatchObject({ requests: 2, cached: 2 });
    expect(counts(comparisonResult(unwrap(await readComparison(directory))).raters[0]!)).toEqual([0, 2, 0, 0, 0]);
  });

  it('gives verdicts also where they cannot be kept for other comparisons', async () => {
    const cache = await JudgeCache.open(path.join(folder, 'missing/verdicts.jsonl'));
    writeFileSync(path.join(folder, 'missing'), '');
    const server = await serve(() => ({ say: '[[C]]' }));
    const run = unwrap(await runJudge(await made(2), judgeOf(server), { ...quick, cache }));
    await cache.close();
    expect(run).toMatchObject({ verdicts: 4, errors: 0 });
  });

  it('gets the key in its header, and no file ever does', async () => {
    const server = await serve((asked, number) =>
      number % 3 === 0
        ? { status: 500, body: `{"error":{"message":"bad ${key} here"}}` }
        : { say: tokenFor(asked, 'a') },
    );
    const cache = await JudgeCache.open(path.join(folder, 'cache.jsonl'));
    await runJudge(await made(4), judgeOf(server), { ...quick, cache, attempts: 1 });
    await cache.close();
    const files = filesIn(folder);
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((file) => readFileSync(file, 'utf8').includes(key))).toEqual([]);
    expect(files.some((file) => readFileSync(file, 'utf8').includes('bad (key) here'))).toBe(true);
    expect(JSON.stringify(judgeOf(server))).not.toContain(key);
  });

  it.each<[string, Act]>([
    ['a reply', { say: `You sent ${key}.\n[[A]]` }],
    [
      'the end of a long message',
      { status: 401, body: JSON.stringify({ error: { message: `${'x '.repeat(145)}${key}` } }) },
    ],
    ['an address', { status: 401, body: `{"errors":["/v1?key=${key}"]}` }],
  ])('is not given away by %s', async (_, act) => {
    const server = await serve(() => act);
    for (const judge of [judgeOf(server), unwrap(httpJudge({ url: `${server.url}?key=${key}`, model: 'judge-1' }))]) {
      const run = await runJudge(await made(1), judge, quick);
      const told = run.ok ? '' : problemLine(run.problem);
      for (const text of [told, ...filesIn(directory).map((file) => readFileSync(file, 'utf8'))])
        expect(text).not.toContain(key.slice(0, 6));
      rmSync(directory, { recursive: true });
    }
  });
});

describe('an address', () => {
  const told = (url: string, more: Partial<HttpJudgeOptions> = {}) => {
    const judge = httpJudge({ url, model: 'm', ...more });
    return judge.ok ? judge.value.address : problemLine(judge.problem);
  };

  it('is the base of an interface, or the whole', () => {
    expect(told('https://api.example.org/v1')).toBe('https://api.example.org/v1/chat/completions');
    expect(told('https://api.example.org/v1/')).toBe('https://api.example.org/v1/chat/completions');
    expect(told('http://localhost:8000/x/chat/completions?api-version=1')).toBe(
      'http://localhost:8000/x/chat/completions',
    );
  });

  it('that is none is refused, without showing what may be secret', () => {
    expect(told('localhost:8000')).toMatch(/only http and https/);
    expect(told('no address')).toMatch(/not an address/);
    expect(told('https://me:hunter2@example.org/v1')).toMatch(/would be written down/);
    expect(told('https://me:hunter2@example.org/v1')).not.toContain('hunter2');
    for (const torn of ['https://me:hunter2/x@example.org', 'me:hunter2@example.org/v1'])
      expect(told(torn)).toMatch(/^(https:\/\/)?\(…\)@example\.org/);
    expect(told('https://example.org', { key: 'two\nlines' })).toMatch(/characters that no header can/);
  });

  it('to which a key would go unencrypted is known', () => {
    const readable = (url: string, given = true) =>
      unwrap(httpJudge({ url, model: 'm', ...(given ? { key } : {}) })).readable;
    expect(readable('http://judge.example.org/v1')).toBe(true);
    expect(readable('http://judge.example.org/v1', false)).toBe(false);
    expect(readable('https://judge.example.org/v1')).toBe(false);
    expect(readable('http://localhost:8000/v1')).toBe(false);
  });
});
