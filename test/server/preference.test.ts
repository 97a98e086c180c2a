/** Comparisons by preference through the server: listed, judged blind, and told with their figures. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import {
  Annotate,
  EditorJudge,
  EngineCommand,
  ExportPreference,
  JudgePlan,
  JudgePreference,
  ListPreferences,
  MakePreference,
  ReadPreference,
  ResumePreference,
} from '../../server/src/protocol.ts';
import type { PreferenceReport } from '../../server/src/protocol.ts';
import { appendVerdict } from '../../engine/src/preference/index.ts';
import type { VerdictLine } from '../../engine/src/preference/index.ts';
import { judgeServer, tokenFor } from '../preference/judgeServer.ts';
import { comparisonFolder } from './comparisonFolder.ts';
import { LanguageClient, bundle } from './languageClient.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const prompts = [
  { id: 'p0', prompt: '김치는 왜 시어지나요?', language: 'ko' },
  { id: 'p1', prompt: '달은 왜 밝은가요?', language: 'ko' },
  { id: 'p2', prompt: 'Why does ice float?', language: 'en' },
  { id: 'p3', prompt: '줄여 주세요.', input: '긴 글입니다.', language: 'ko' },
];
const readAll = async (from: LanguageClient, directory: string) =>
  (await from.request(ReadPreference.type, { directory })) as PreferenceReport;

/** Of side `b` one answer is in another language than its prompt. */
const answers = {
  a: [
    '유산균이 자라기 때문입니다.',
    '햇빛을 되비추기 때문입니다.',
    'Because it is lighter than water.',
    '짧은 글입니다.',
  ],
  b: ['Lactic acid bacteria keep growing in it.', '빛나서요.', 'It is less dense than liquid water.', '글.'],
};

/** Verdicts of one test are not known to the next. */
const withoutCache = { BLLOSSOM_STATE_DIR: '', BLLOSSOM_CACHE_DIR: '' };

let workspace: TestWorkspace;
let client: LanguageClient;
let directory: string;

beforeAll(async () => {
  await bundle();
  workspace = makeWorkspace();
  client = await LanguageClient.start({ folders: [workspace.folder], env: withoutCache });
  directory = await make('one');
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const make = (name: string) => comparisonFolder(workspace.folder, name, prompts, answers);

const annotate = (annotator: string, act: Annotate.Params['act'], at = directory) =>
  client.request(Annotate.type, { directory: at, annotator, act });

const lines = (annotator: string, at = directory): readonly VerdictLine[] =>
  readFileSync(path.join(at, 'verdicts', `people-${annotator}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as VerdictLine);

/** Which side a text is of. */
const sideOf = (text: string): 'a' | 'b' => (answers.a.includes(text) ? 'a' : 'b');

describe('the list', () => {
  it('names the sides, what is answered and who has judged; one that cannot be read with its problem', async () => {
    const broken = path.join(workspace.folder, 'preference/broken');
    mkdirSync(broken);
    writeFileSync(path.join(broken, 'prefer.json'), '{');
    const list = await client.request(ListPreferences.type, {});
    expect(list.find((info) => info.directory === directory)).toMatchObject({
      ...{ name: 'one', a: 'one', b: 'two', prompts: 4, answered: { a: 4, b: 4 }, raters: [] },
    });
    expect(list.find((info) => info.directory === broken)?.problem?.what).toMatch(/JSON/);
  });
});

describe('blind verdicts', () => {
  it('are given to places, and kept for sides', async () => {
    let step = await annotate('하나', { kind: 'show' });
    const chosen: string[] = [];
    const places = new Set<string>();
    while (step.item !== undefined) {
      const { left, right, index, prompt } = step.item;
      expect(step).toMatchObject({ total: 4, done: chosen.length });
      // What comes is texts and places: no id, no side, no name.
      expect(Object.keys(step.item).sort()).toEqual(
        ['index', 'language', 'left', 'prompt', 'right', ...(prompt === '줄여 주세요.' ? ['input'] : [])].sort(),
      );
      expect(JSON.stringify(step)).not.toMatch(/"(p\d|ab|ba|one|two)"/);
      places.add(sideOf(left));
      const choice = sideOf(left) === 'a' ? 'left' : 'right';
      chosen.push(choice === 'left' ? left : right);
      step = await annotate('하나', { kind: 'choose', index, choice });
    }
    expect([...places].sort()).toEqual(['a', 'b']);
    expect(step).toEqual({ total: 4, done: 4, canUndo: true });
    expect(lines('하나').map(({ verdict }) => verdict)).toEqual(['a', 'a', 'a', 'a']);
    expect(chosen.sort()).toEqual([...answers.a].sort());
  });

  it('can be taken back, go on where they stopped, and differ in order from person to person', async () => {
    const first = (await annotate('둘', { kind: 'show' })).item!;
    const second = await annotate('둘', { kind: 'choose', index: first.index, choice: 'neither' });
    expect(second).toMatchObject({ done: 1, canUndo: true });
    expect((await annotate('둘', { kind: 'show' })).item).toEqual(second.item);
    const back = await annotate('둘', { kind: 'undo' });
    expect(back).toMatchObject({ done: 0, item: { ...first, pressed: 'neither' } });
    expect(lines('둘').at(-1)).toMatchObject({ undone: true });
    const seen = async (name: string) => {
      const { item } = await annotate(name, { kind: 'show' });
      return [item?.prompt, item?.left];
    };
    const starts = await Promise.all(['셋', '넷', '다섯', '여섯', '일곱', '여덟'].map(seen));
    expect(new Set(starts.map(String)).size).toBeGreaterThan(1);
  });

  it('of two windows at once count for the item that was shown', async () => {
    const at = await make('twice');
    const { item } = await annotate('하나', { kind: 'show' }, at);
    const press = () => annotate('하나', { kind: 'choose', index: item!.index, choice: 'left' }, at);
    const steps = await Promise.all([press(), press(), press()]);
    expect(steps.map(({ done }) => done)).toEqual([1, 1, 1]);
    expect(lines('하나', at)).toHaveLength(1);
  });

  it('are refused where the request or the name is not as it should be, and nothing is written', async () => {
    const at = await make('refused');
    await expect(annotate('../x', { kind: 'show' }, at)).rejects.toMatchObject({
      data: { what: expect.stringContaining('no name for a file') as unknown },
    });
    for (const act of [{ kind: 'choose', index: 0, choice: 'a' }, { kind: 'drop' }, null])
      await expect(annotate('하나', act as never, at)).rejects.toMatchObject({
        data: { what: expect.stringContaining('"act" must be') as unknown },
      });
    await expect(annotate('하나', { kind: 'show' }, `${at}-none`)).rejects.toMatchObject({
      data: { where: { file: `${at}-none` } },
    });
    expect(existsSync(path.join(at, 'verdicts'))).toBe(false);
  });
});

describe('the result', () => {
  it('has the figures, each prompt with its verdicts, and answers in another language as findings at their lines', async () => {
    const judge = { kind: 'judge', name: 'scripted' } as const;
    const at = new Date(0).toISOString();
    const verdicts: readonly VerdictLine[] = [
      { id: 'p0', order: 'ab', verdict: 'a', at, reason: '더 자세하다' },
      { id: 'p0', order: 'ba', verdict: 'a', at },
      { id: 'p1', order: 'ab', verdict: 'a', at },
      { id: 'p1', order: 'ba', verdict: 'b', at },
      { id: 'p2', order: 'ab', error: 'HTTP 429', at },
    ];
    for (const line of verdicts) expect(await appendVerdict(directory, judge, line)).toMatchObject({ ok: true });
    const { info, result, rows } = await readAll(client, directory);
    const names = result.raters.map(({ rater }) => rater.name);
    const [person, machine] = [names.indexOf('하나'), names.indexOf('scripted')];
    expect(info.raters.map(({ name, verdicts: n }) => [name, n])).toContainEqual(['하나', 4]);
    expect(result.raters[person]).toMatchObject({ win: { count: 4, n: 4, share: 1 }, errors: 0, pending: 0 });
    expect(result.raters[machine]).toMatchObject({
      ...{ win: { count: 1, n: 2 }, tie: { count: 1 }, flips: { count: 1, n: 2 }, errors: 1, pending: 1 },
    });
    expect(rows.map(({ verdicts: all }) => all[person]?.outcome)).toEqual(['win', 'win', 'win', 'win']);
    expect(rows.map(({ verdicts: all }) => all[machine])).toEqual([
      { outcome: 'win', reason: '더 자세하다' },
      { outcome: 'tie', flipped: true },
      { outcome: 'error', reason: 'HTTP 429' },
      null,
    ]);
    expect(rows.map(({ a, b }) => [a?.finding, b?.finding])).toEqual([
      [undefined, { kind: 'other' }],
      ...[1, 2, 3].map(() => [undefined, undefined]),
    ]);
    expect(rows.map(({ b }) => b?.line)).toEqual([1, 2, 3, 4]);
  });

  it('goes out as a row a prompt, as JSON, and as a picture in the words that are given', async () => {
    const csv = await client.request(ExportPreference.type, { directory, format: 'csv' });
    const [head = '', ...table] = csv.split('\r\n');
    expect(head).toContain('id,prompt,input,language,a,b,');
    expect(head).toContain('judge scripted ab');
    expect(table.filter((line) => line !== '')).toHaveLength(4);
    const json = JSON.parse(await client.request(ExportPreference.type, { directory, format: 'json' })) as object;
    expect(json).toMatchObject({ result: { version: 1, prompts: 4, names: { a: 'one', b: 'two' } } });
    const words = {
      title: '제목',
      wins: '{0} 승',
      tie: '무승부',
      person: '사람',
      judge: '심판',
      counted: '{0}개, 오류 {1}건',
    };
    const svg = await client.request(ExportPreference.type, { directory, format: 'svg', words });
    for (const word of ['제목', 'one 승', '무승부', '하나', '4개, 오류 0건']) expect(svg).toContain(word);
    const counted = '{0} {0|prompt|prompts}, {1} {1|error|errors}';
    const english = await client.request(ExportPreference.type, {
      directory,
      format: 'svg',
      words: { ...words, counted },
    });
    expect(english).toContain('4 prompts, 0 errors');
  });
});

describe('a judge', () => {
  const judge = { kind: 'editor', id: 'scripted/one', name: 'Scripted One' } as const;
  const asked: EditorJudge.Params[] = [];
  let script: (params: EditorJudge.Params, n: number) => EditorJudge.Answer | Promise<EditorJudge.Answer>;
  /** The place of side A's answer in a question. */
  const firstIsA = ({ messages }: EditorJudge.Params) => {
    const text = messages.map(({ content }) => content).join('\n');
    const [a, b] = [answers.a, answers.b].map((all) => Math.max(...all.map((answer) => text.lastIndexOf(answer))));
    return a! < b!;
  };

  beforeAll(() => {
    client.connection.onRequest(EditorJudge.method, async (params: EditorJudge.Params): Promise<unknown> => {
      asked.push(params);
      return script(params, asked.length);
    });
  });
  beforeEach(() => {
    asked.length = 0;
  });

  it('of the editor is asked in both orders, after what it costs was told; what is known is not asked again', async () => {
    const at = await make('judged');
    script = (params) => ({ text: `좋은 이유.\n[[${firstIsA(params) ? 'A' : 'B'}]]` });
    const plan = await client.request(JudgePlan.type, { directory: at, judge });
    expect(plan).toMatchObject({ name: 'Scripted One', prompts: 4, requests: 8, cached: 0, answerTokens: 8 * 1024 });
    expect(plan.tokens).toBeGreaterThan(1000);
    expect(asked).toEqual([]);
    const told = await client.request(JudgePreference.type, { directory: at, judge, workDoneToken: 'judge' });
    expect(told).toEqual({ verdicts: 8, errors: 0, problems: [], stopped: false });
    expect(asked.filter(firstIsA)).toHaveLength(4);
    expect(asked.every(({ model }) => model === judge.id)).toBe(true);
    expect(client.told<{ kind: string }>('progress judge').map(({ kind }) => kind)).toContain('report');
    const { result } = await readAll(client, at);
    expect(result.raters[0]).toMatchObject({
      win: { count: 4, n: 4 },
      flips: { count: 0, n: 4 },
      first: { count: 4, n: 8 },
    });
    expect(await client.request(JudgePlan.type, { directory: at, judge })).toMatchObject({ requests: 0, cached: 8 });
    asked.length = 0;
    expect(await client.request(JudgePreference.type, { directory: at, judge })).toMatchObject({ verdicts: 0 });
    expect(asked).toEqual([]);
  });

  it('is not asked what it has said of the same answers in another comparison', async () => {
    const cache = path.join(workspace.folder, '.cache');
    const other = await LanguageClient.start({
      folders: [workspace.folder],
      env: { ...withoutCache, BLLOSSOM_CACHE_DIR: cache },
    });
    let questions = 0;
    other.connection.onRequest(EditorJudge.method, (params: EditorJudge.Params): unknown => {
      questions++;
      return { text: `[[${firstIsA(params) ? 'A' : 'B'}]]` };
    });
    try {
      const [one, two] = [await make('paid'), await make('paid-again')];
      expect(await other.request(JudgePreference.type, { directory: one, judge })).toMatchObject({ verdicts: 8 });
      const plan = await other.request(JudgePlan.type, { directory: two, judge });
      expect(plan).toMatchObject({ open: 8, requests: 0, cached: 8 });
      expect(await other.request(JudgePreference.type, { directory: two, judge })).toMatchObject({ verdicts: 8 });
      expect(questions).toBe(8);
      const { result } = await readAll(other, two);
      expect(result.raters[0]).toMatchObject({ win: { count: 4, n: 4 } });
      expect(existsSync(path.join(cache, 'verdicts.jsonl'))).toBe(true);
    } finally {
      await other.stop();
    }
  });

  it('whose provider refuses ends it at once, and says why; nonsense is an error of its prompt alone', async () => {
    const at = await make('refusing');
    script = () => ({ error: 'consent was not given', fault: 'stop', remedy: 'Give it.' });
    await expect(client.request(JudgePreference.type, { directory: at, judge })).rejects.toMatchObject({
      data: { what: 'consent was not given', remedy: 'Give it. What was judged is kept: ask again to go on.' },
    });
    expect(asked.length).toBeLessThan(4);
    script = (params) => ({
      text: params.messages.some(({ content }) => content.includes('달은')) ? '글쎄요' : '[[C]]',
    });
    const told = await client.request(JudgePreference.type, { directory: at, judge });
    expect(told).toMatchObject({ verdicts: 6, errors: 2, problems: [{ times: 2 }] });
    const { result, rows } = await readAll(client, at);
    expect(result.raters[0]).toMatchObject({ tie: { count: 3 }, errors: 1 });
    expect(rows[1]?.verdicts[0]).toMatchObject({ outcome: 'error' });
    // Errors are asked again, verdicts are not.
    expect(await client.request(JudgePlan.type, { directory: at, judge })).toMatchObject({ prompts: 1, requests: 2 });
  });

  it('is stopped in the middle: what was said is kept, and asking again goes on', async () => {
    const at = await make('stopped');
    const source = new CancellationTokenSource();
    script = (_, n) => {
      if (n < 4) return { text: '[[C]]' };
      source.cancel();
      return new Promise(() => undefined);
    };
    const params: JudgePreference.Params = { directory: at, judge };
    const told = await client.connection.sendRequest<JudgePreference.Answer>(
      JudgePreference.method,
      params,
      source.token,
    );
    expect(told).toMatchObject({ errors: 0, stopped: true });
    expect(told.verdicts).toBeGreaterThan(0);
    script = () => ({ text: '[[C]]' });
    const rest = await client.request(JudgePreference.type, { directory: at, judge });
    expect(rest).toMatchObject({ verdicts: 8 - told.verdicts, stopped: false });
  });

  it('behind an address gets the key in the header alone: it is written and told nowhere', async () => {
    const at = await make('address');
    const server = await judgeServer((one) => ({ say: `Reasons.\n${tokenFor(one, 'a')}` }));
    try {
      const key = 'sk-very-secret';
      const address = { kind: 'address', url: server.url, model: 'judge-1', key } as const;
      const plan = await client.request(JudgePlan.type, { directory: at, judge: address });
      expect(plan).toMatchObject({ name: 'judge-1', requests: 8 });
      expect(server.asked).toEqual([]);
      const told = await client.request(JudgePreference.type, { directory: at, judge: address });
      expect(told).toMatchObject({ verdicts: 8, errors: 0 });
      expect(server.asked.map(({ authorization }) => authorization)).toEqual(Array(8).fill(`Bearer ${key}`));
      const files = readdirSync(at, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      expect(files.length).toBeGreaterThan(4);
      for (const { parentPath, name } of files)
        expect(readFileSync(path.join(parentPath, name), 'utf8'), name).not.toContain(key);
      const wrong = client.request(JudgePlan.type, { directory: at, judge: { kind: 'address', key } as never });
      await expect(wrong).rejects.not.toThrow(key);
    } finally {
      await server.close();
    }
  });
});

describe('answers', () => {
  it('are made by a model and taken from a file, with progress; another comparison is not overwritten, and the same goes on', async () => {
    const sample = path.resolve(import.meta.dirname, '../../client/sample');
    const model = path.join(workspace.folder, 'models/tiny');
    const config = path.join(sample, 'model-config.json');
    const init = ['model', 'init', '--config', config, '--tokenizer', workspace.english, '--seed', '3', '--out', model];
    await client.request(EngineCommand.type, { args: init });
    const out = path.join(workspace.folder, 'preference/made');
    const params: MakePreference.Params = {
      ...{ prompts: path.join(sample, 'preference/prompts.jsonl'), limit: 3, maxTokens: 4, out },
      a: { kind: 'model', model, name: '작은 모델' },
      b: { kind: 'answers', file: path.join(sample, 'preference/answers-brief.jsonl') },
    };
    const info = await client.request(MakePreference.type, { ...params, workDoneToken: 'make' });
    expect(info).toMatchObject({ a: '작은 모델', b: 'answers-brief', prompts: 3, answered: { a: 3, b: 3 } });
    expect(client.told<{ kind: string }>('progress make').map(({ kind }) => kind)).toContain('report');
    const before = readFileSync(path.join(out, 'answers-a.jsonl'), 'utf8');
    // A kill in the middle: the last answer is lost, and made again as it was.
    const kept = before.trimEnd().split('\n').slice(0, -1).join('\n');
    writeFileSync(path.join(out, 'answers-a.jsonl'), `${kept}\n`);
    expect(await client.request(ListPreferences.type, {})).toContainEqual(
      expect.objectContaining({ directory: out, answered: { a: 2, b: 3 }, makeable: 1 }),
    );
    expect(await client.request(ResumePreference.type, { directory: out })).toMatchObject({ answered: { a: 3, b: 3 } });
    const texts = (lines: string) =>
      lines
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { text: string }).text);
    expect(texts(readFileSync(path.join(out, 'answers-a.jsonl'), 'utf8'))).toEqual(texts(before));
    // What a file of answers lacks cannot be made.
    const given = readFileSync(path.join(out, 'answers-b.jsonl'), 'utf8').trimEnd().split('\n');
    writeFileSync(path.join(out, 'answers-b.jsonl'), `${given.slice(0, 2).join('\n')}\n`);
    expect(await client.request(ListPreferences.type, {})).toContainEqual(
      expect.objectContaining({ directory: out, answered: { a: 3, b: 2 }, makeable: 0 }),
    );
    await expect(client.request(MakePreference.type, { ...params, limit: 2 })).rejects.toMatchObject({
      data: { what: expect.stringContaining('begun with another one') as unknown },
    });
    const gone = { ...params, out: `${out}-2`, prompts: path.join(sample, 'none.jsonl') };
    await expect(client.request(MakePreference.type, gone)).rejects.toMatchObject({
      data: { where: { file: gone.prompts } },
    });
  }, 60_000);
});
