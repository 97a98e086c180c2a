/** `bllossom prefer` with a tiny model, a file of answers, and a judge that speaks real HTTP on this machine. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { beginComparison } from '../../engine/src/preference/compare.ts';
import { comparisonResult, readComparison } from '../../engine/src/preference/index.ts';
import type { Answer, ComparisonResult } from '../../engine/src/preference/types.ts';
import { type JudgeServer, judgeServer } from '../preference/judgeServer.ts';
import { Workplace, root, tinyLlama } from './bllossom.ts';

const place = new Workplace();
const sample = path.join(root, 'client/sample');
const model = place.path('model');
const key = 'sk-secret-0123456789';
const count = 40;
const questions = Array.from({ length: count }, (_, i) => `${i}번째 질문입니다. 답해 주세요.`);
let prompts: string;
let given: string;
let judge: JudgeServer;

const answers = (directory: string, side: 'a' | 'b'): Answer[] =>
  readFileSync(path.join(directory, `answers-${side}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);

const lastLine = (text: string) => JSON.parse(text.trimEnd().split('\n').at(-1)!) as { done: number; total: number };

/** Answers by prompt, without how long they took. */
const texts = (directory: string) =>
  answers(directory, 'a')
    .map(({ id, text, tokens, finish }) => ({ id, text, tokens, finish }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));

const sides = () => ['--prompts', prompts, '--a', model, '--b', given, '--name-b', '다른 곳'];
const drawn = [
  '--max-tokens',
  '6',
  '--temperature',
  '0.9',
  '--seed',
  '7',
  '--template',
  'none',
  '--backend',
  'reference',
];

beforeAll(async () => {
  const korean = path.join(sample, 'texts/ko.txt');
  const tokenizer = place.path('base.model');
  const train = [
    'vocab',
    'train',
    '--type',
    'bpe',
    '--input',
    korean,
    '--size',
    '1100',
    '--byte-fallback',
    '--out',
    tokenizer,
  ];
  expect(await place.run(...train)).toMatchObject({ status: 0 });
  const config = JSON.parse(readFileSync(path.join(tinyLlama, 'config.json'), 'utf8')) as object;
  const file = place.write('config.json', JSON.stringify({ ...config, max_position_embeddings: 4096 }));
  const init = ['model', 'init', '--config', file, '--tokenizer', tokenizer, '--seed', '1', '--out', model];
  expect(await place.run(...init)).toMatchObject({ status: 0 });
  prompts = place.write(
    'prompts.jsonl',
    questions.map((prompt) => JSON.stringify({ prompt, language: 'ko' })).join('\n'),
  );
  // Made elsewhere: in another order, and one is missing.
  const rows = questions
    .slice(1)
    .reverse()
    .map((prompt) => JSON.stringify({ instruction: prompt, output: `네, ${prompt} 답입니다.` }));
  given = place.write('given.jsonl', rows.join('\n'));
  judge = await judgeServer((asked) => ({
    say: /<답변-A>\n네,/.test(asked.body.messages[1]!.content) ? '판정: [[A]]' : '판정: [[B]]',
  }));
});
afterAll(() => judge.close());

describe('bllossom prefer', () => {
  it('lets a model answer beside a file of answers, and goes on after a kill as if there had been none', async () => {
    const whole = place.path('whole');
    const run = await place.run('prefer', ...sides(), ...drawn, '--out', whole, '--json');
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    const result = JSON.parse(run.stdout) as ComparisonResult;
    expect(result).toMatchObject({
      prompts: count,
      missing: { a: 0, b: 1 },
      raters: [],
      names: { a: path.basename(place.folder) + '/model', b: '다른 곳' },
    });
    expect(answers(whole, 'b')[0]).toMatchObject({ text: `네, ${questions[1]} 답입니다.`, language: 'Hangul' });

    const torn = place.path('torn');
    const { child, ended } = place.start('prefer', ...sides(), ...drawn, '--out', torn);
    const file = path.join(torn, 'answers-a.jsonl');
    while (!existsSync(file) || readFileSync(file, 'utf8').split('\n').length < 3) {
      expect(child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGKILL');
    await ended;
    const before = readFileSync(file, 'utf8').split('\n').length - 1;
    const [refused, other] = await Promise.all([
      place.run('prefer', ...sides(), ...drawn, '--out', torn),
      place.run('prefer', '--out', torn, '--resume', '--temperature', '0.5'),
    ]);
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('--resume') as string });
    expect(other).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--temperature: .*begun with another one: 0\.9/) as string,
    });
    const resumed = await place.run('prefer', '--out', torn, '--resume', '--json');
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(texts(torn)).toEqual(texts(whole));
    expect(answers(torn, 'a')).toHaveLength(count);
    expect(before).toBeGreaterThan(0);
  });

  const env = ['--judge-key-env', 'TEST_JUDGE_KEY'];
  const asks = () => [
    '--judge',
    judge.url,
    '--judge-model',
    'judge/one',
    ...env,
    '--judge-cache',
    place.path('cache.jsonl'),
  ];

  it('tells what a judge would cost, and sends on --yes alone; the figures and exports follow', async () => {
    place.env['TEST_JUDGE_KEY'] = key;
    const out = place.path('judged');
    const before = ['prefer', ...sides(), ...drawn, '--limit', '6', '--out', out, ...asks()];
    const estimate = await place.run(...before, '--price-in', '2', '--price-out', '8');
    expect(estimate.status).toBe(2);
    expect(estimate.stdout).toMatch(/10 questions would be sent to http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions/);
    expect(estimate.stdout).toMatch(/tokens received +10240 at most\ncost +0\.0[89] at most/);
    expect(judge.asked).toHaveLength(0);
    const sent = await place.run(
      'prefer',
      '--out',
      out,
      '--resume',
      ...asks(),
      '--yes',
      '--json',
      '--export',
      'csv,json',
      '--export',
      'svg',
    );
    expect(sent.status, sent.stderr).toBe(0);
    expect(judge.asked).toHaveLength(10);
    expect(judge.asked[0]!.authorization).toBe(`Bearer ${key}`);
    const result = JSON.parse(sent.stdout) as ComparisonResult;
    expect(result.raters).toMatchObject([
      {
        rater: { kind: 'judge', name: 'judge-one' },
        lose: { count: 5, n: 5 },
        errors: 0,
        pending: 0,
        flips: { count: 0, n: 5 },
      },
    ]);
    const csv = readFileSync(path.join(out, 'preference.csv'), 'utf8');
    expect(csv.split('\r\n')[0]).toMatch(/^\uFEFFid,prompt,.*,judge judge-one,judge judge-one ab,/);
    expect(csv.split('\r\n')).toHaveLength(6 + 2);
    expect(readFileSync(path.join(out, 'preference.svg'), 'utf8')).toContain('다른 곳 wins');
    const { rows } = JSON.parse(readFileSync(path.join(out, 'preference.json'), 'utf8')) as { rows: unknown[] };
    expect(rows).toHaveLength(6);
    for (const file of ['prefer.json', 'result.json', 'preference.json', 'verdicts/judge-judge-one.jsonl'])
      expect(readFileSync(path.join(out, file), 'utf8')).not.toContain(key);
    // In a directory of its own the same questions are known already.
    const again = await place.run(...before.map((word) => (word === out ? place.path('again') : word)));
    expect(again.status, again.stderr).toBe(0);
    expect(judge.asked).toHaveLength(10);
    const report = await place.run('prefer', 'report', out);
    expect(report.status).toBe(0);
    expect(report.stdout).toContain('B wins 100.0 % [56.6, 100.0]');
  });

  it('takes a model on this machine for a judge: what it says without sense is counted', async () => {
    const out = place.path('local');
    const local = ['--judge-model-dir', model, '--judge-max-tokens', '4', '--judge-cache', place.path('local.jsonl')];
    const ask = ['--prompts', prompts, '--a', given, '--b', given, '--limit', '2', '--out', out, ...local];
    const run = await place.run('prefer', ...ask, '--json');
    expect(run.status, run.stderr).toBe(1);
    expect(run.stderr).toMatch(
      /: no verdict came; 2 questions failed, most often \(\d\): the reply (says no verdict|was cut off before its verdict)\. .*--resume/,
    );
    expect(JSON.parse(run.stdout)).toMatchObject({
      names: { a: 'given (A)', b: 'given (B)' },
      raters: [{ rater: { kind: 'judge' }, errors: 1, win: { n: 0 } }],
      judged: { errors: 2, requests: 6, replyTokens: 6 * 4 },
    });
  });

  it.skipIf(process.platform === 'win32')('takes prompts from a pipe, all of them, whatever signs they hold', () => {
    const rows = [questions[1]!, ...Array.from({ length: 20_000 }, (_, i) => `what is \ufffd? ${i}`)];
    const out = place.path('from-pipe');
    const words = [process.execPath, place.bundle, 'prefer', '--prompts', '/dev/stdin', '--a', given, '--b', given];
    const line = `cat '${place.write('piped.jsonl', rows.map((prompt) => JSON.stringify({ prompt })).join('\n'))}' | ${[...words, '--out', out].map((word) => `'${word}'`).join(' ')}`;
    const { status, stderr } = spawnSync('sh', ['-c', line], { env: place.env, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const { prompts: kept } = JSON.parse(readFileSync(path.join(out, 'prefer.json'), 'utf8')) as {
      prompts: { count: number };
    };
    expect(kept.count).toBe(20_001);
  });

  it('lets people judge blind by keys, a verdict on the disk before the next is shown', async () => {
    const out = place.path('people');
    const request = { directory: out, prompts, limit: 5, sides: { a: given, b: given }, names: {}, generation: {} };
    unwrap(await beginComparison({ ...request, compute: {}, resume: false })).release();
    const type = async (typed: string) => {
      const { child, ended } = place.start('prefer', 'annotate', out, '--name', '김 철수', '--json');
      child.stdin!.end(typed);
      const { status, stdout, stderr } = await ended;
      expect(status, stderr).toBe(0);
      return { shown: [...stdout.matchAll(/━━ (\d) of 4/g)].map((match) => match[1]), ...lastLine(stdout) };
    };
    expect(await type('axBuㅜq')).toEqual({ shown: ['1', '2', '3', '2', '3'], done: 2, total: 4 });
    // What comes behind the last verdict is not waited for.
    expect(await type('ab')).toEqual({ shown: ['3', '4'], done: 4, total: 4 });
    expect(await type('u')).toMatchObject({ done: 3 });
    const verdicts = readFileSync(path.join(out, 'verdicts/people-김 철수.jsonl'), 'utf8').trimEnd().split('\n');
    expect(verdicts).toHaveLength(7);
    const { raters } = comparisonResult(unwrap(await readComparison(out)));
    expect(raters).toMatchObject([{ rater: { kind: 'person', name: '김 철수' }, pending: 1, tie: { count: 1, n: 3 } }]);
  });

  it('refuses in one line what cannot be compared, and leaves nothing behind', async () => {
    const refused: readonly (readonly [readonly string[], RegExp])[] = [
      [['--a', model, '--b', model], /--prompts is missing/],
      [['--prompts', prompts, '--a', 'nowhere', '--b', model], /nowhere, --a: there is no such model/],
      [
        [...sides(), '--judge', judge.url, '--judge-model', 'm', '--judge-key-env', 'NOT_SET'],
        /no environment variable NOT_SET/,
      ],
      [[...sides(), '--yes'], /--yes: there is no judge/],
      [[...sides(), '--judge-attempts', '6'], /--judge-attempts: there is no judge/],
      [
        [...sides(), '--judge-model-dir', model, '--judge-timeout', '9'],
        /--judge-timeout: this is for a judge behind an address/,
      ],
    ];
    const runs = await Promise.all(
      refused.map(([args]) => place.run('prefer', ...args, '--out', place.path('refused'))),
    );
    for (const [i, { status, stderr }] of runs.entries()) {
      expect(stderr).toMatch(refused[i]![1]);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(status).toBe(2);
    }
    expect(existsSync(place.path('refused'))).toBe(false);
  });

  it('asks a judge after a kill only what is open', async () => {
    const out = place.path('killed');
    let stall = true;
    let stalled!: () => void;
    const waiting = new Promise<void>((resolve) => (stalled = resolve));
    const slow = await judgeServer((_, number) => {
      if (!stall || number < 5) return { say: '[[C]]' };
      stalled();
      return 'silence';
    });
    const ask = ['--judge', slow.url, '--judge-model', 'slow', '--judge-cache', place.path('killed.jsonl'), '--yes'];
    const rows = questions.map((prompt) => JSON.stringify({ prompt, text: `아니요, ${prompt}` }));
    const other = place.write('other.jsonl', rows.join('\n'));
    const begin = ['prefer', '--prompts', prompts, '--a', given, '--b', other, '--limit', '7', '--out', out];
    const { child, ended } = place.start(...begin, ...ask, '--judge-concurrency', '1');
    await waiting;
    child.kill('SIGKILL');
    await ended;
    stall = false;
    const before = slow.asked.length;
    const run = await place.run('prefer', '--out', out, '--resume', ...ask, '--json');
    await slow.close();
    expect(run.status, run.stderr).toBe(0);
    expect(before).toBe(6);
    expect(JSON.parse(run.stdout)).toMatchObject({
      raters: [{ tie: { count: 6, n: 6 }, pending: 0 }],
      judged: { requests: 12 - 5, verdicts: 12 - 5 },
    });
  });

  it('stops at once while a judge is asked, and says how to go on', async () => {
    const out = place.path('asking');
    let asked!: () => void;
    const waiting = new Promise<void>((resolve) => (asked = resolve));
    let speaks = false;
    const silent = await judgeServer(() => {
      asked();
      return speaks ? { say: '[[C]]' } : 'silence';
    });
    const sidesOf = ['--prompts', prompts, '--a', given, '--b', given, '--limit', '5', '--out', out];
    const ask = ['--judge', silent.url, '--judge-model', 'silent', '--judge-cache', place.path('s.jsonl'), '--yes'];
    const { child, ended } = place.start('prefer', ...sidesOf, ...ask);
    await waiting;
    child.kill('SIGINT');
    const { status, stderr } = await ended;
    expect([status, stderr]).toEqual([
      130,
      'bllossom: stopped. What there is of it is kept: the same command goes on with --resume.\n',
    ]);
    speaks = true;
    const again = await place.run('prefer', ...sidesOf, ...ask, '--resume');
    await silent.close();
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining('judge silent (4 prompts)')]);
  });

  it('says that the work failed where not one verdict came, and counts what failed where some did', async () => {
    let speaks = false;
    const mute = await judgeServer((one) => ({
      say: speaks && one.body.messages.at(-1)!.content.includes(questions[1]!) ? '[[C]]' : 'Who knows.',
    }));
    const sidesOf = ['--prompts', prompts, '--a', given, '--b', given, '--limit', '3', '--out', place.path('mute')];
    const ask = ['--judge', mute.url, '--judge-model', 'mute', '--judge-cache', place.path('m.jsonl'), '--yes'];
    const failed = await place.run('prefer', ...sidesOf, ...ask);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(
      /mute: no verdict came; 4 questions failed, most often \(4\): the reply says no verdict\. /,
    );
    expect(failed.stdout).toContain('judge mute: 4 questions failed');
    speaks = true;
    const some = await place.run('prefer', ...sidesOf, ...ask, '--resume');
    await mute.close();
    expect([some.status, some.stdout]).toEqual([
      0,
      expect.stringContaining('judge mute: 2 questions failed, most often (2)'),
    ]);
  });

  it('says that the work failed where the judge does', async () => {
    const down = await judgeServer(() => ({ status: 401, body: `{"error":{"message":"no such key ${key}"}}` }));
    const asked = ['--judge', down.url, '--judge-model', 'x', ...env, '--judge-cache', place.path('c.jsonl'), '--yes'];
    const run = await place.run(
      'prefer',
      '--prompts',
      prompts,
      '--a',
      given,
      '--b',
      given,
      '--out',
      place.path('down'),
      ...asked,
    );
    await down.close();
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/answers 401: no such key \(key\)\. Give a key/);
  });
});
