/** Scoring with a model whose probabilities can be worked out by hand, the files written, and what is refused. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { problemLine, unwrap } from '../base/problem.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type EvaluationOptions, evaluateTasks } from './evaluate.ts';
import { wilson } from '../base/statistics.ts';
import { prepareEvaluation } from './prepare.ts';
import { scoreRequests } from './requests.ts';
import { answerQuestions } from './score.ts';
import type { Question } from './task.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'evaluate-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A token a UTF-16 unit; 서 is spelled in a byte piece. */
const tokenizer = {
  byteOf: (id: number) => (id === '서'.charCodeAt(0) ? 0xec : undefined),
  encode: (text: string) => ({ ids: Int32Array.from(text, (c) => c.charCodeAt(0)) }),
} as unknown as Tokenizer;

const logP = (id: number) => -id / 0xffff;

/** log P of a token is minus its share of the largest unit there is, whatever stands before it. */
class Model implements InferenceSession {
  readonly vocabularySize = 0x10000;
  readonly rows: number[][] = [];
  constructor(readonly contextLength: number) {}
  logLikelihoods(rows: readonly ArrayLike<number>[]): Promise<Float64Array[]> {
    this.rows.push(...rows.map((row) => Array.from(row)));
    return Promise.resolve(rows.map((row) => Float64Array.from(Array.from(row).slice(1), logP)));
  }
  async *score(rows: Parameters<InferenceSession['score']>[0]): ReturnType<InferenceSession['score']> {
    for (const [i, { ids, scored }] of rows.entries()) {
      const [values] = await this.logLikelihoods([ids]);
      yield { rows: [i], values: [values!.slice(values!.length - scored)], share: (i + 1) / rows.length };
    }
  }
  readonly cacheBytesPerToken = 0;
  start(): never {
    throw new Error('evaluation needs no cache');
  }
  batch(): never {
    throw new Error('evaluation needs no cache');
  }
  dispose(): void {
    // holds nothing
  }
}

const copa = (rows: string[][]) =>
  [['ID', 'sentence', 'question', '1', '2', 'Answer'], ...rows].map((row) => `${row.join('\t')}\r\n`).join('');
const three = [
  ['1', '가', '결과', '라', '나', '2'],
  ['2', '가', '원인', '나', '라', '2'],
  ['3', '가', '결과', '나나나', '힣', '2'],
];
const logOf = (text: string) => Array.from(text).reduce((sum, c) => sum + logP(c.charCodeAt(0)), 0);

let data: string;
let options: EvaluationOptions;
beforeEach(() => {
  data = mkdtempSync(path.join(folder, 'data-'));
  mkdirSync(path.join(data, 'kobest/COPA'), { recursive: true });
  writeFileSync(path.join(data, 'kobest/COPA/dev.tsv'), copa(three));
  options = { model: 'm', tasks: ['kobest_copa'], data, out: path.join(data, 'out') };
});

describe('evaluateTasks', () => {
  it('answers with figures and writes results and samples', async () => {
    const progress: number[] = [];
    const work = { onProgress: (p: { fraction?: number }) => void progress.push(p.fraction!) };
    const result = await evaluateTasks(options, new Model(100), tokenizer, work);
    expect(result.ok).toBe(true);
    if (!result.ok) return;
    // Predictions 나 (right), 나 (wrong), 힣 (right): gold 1, 1, 1; predictions 1, 0, 1.
    const { n, acc, macro_f1 } = result.value.results['kobest_copa']!;
    expect([n, acc]).toEqual([3, 2 / 3]);
    expect(macro_f1).toBeCloseTo((0.8 + 0) / 2, 12);
    expect(result.value.file).toBe(path.join(data, 'out/results.json'));
    const written = JSON.parse(readFileSync(result.value.file, 'utf8')) as Record<string, Record<string, unknown>>;
    // In the names of lm-evaluation-harness 0.4 too: its make_table prints `acc |± |0.3333` of these.
    const figures = { 'acc,none': 2 / 3, 'macro_f1,none': macro_f1, alias: 'kobest_copa' };
    const { acc: ofAcc, macro_f1: ofF1 } = (written['stderr'] as Record<string, Record<string, number>>)[
      'kobest_copa'
    ]!;
    expect(ofAcc).toBeCloseTo(1 / 3, 12);
    expect(written['results']).toEqual({
      kobest_copa: {
        ...result.value.results['kobest_copa'],
        ...figures,
        ...{ 'acc_stderr,none': ofAcc, 'macro_f1_stderr,none': ofF1 },
      },
    });
    expect(written['group_subtasks']).toEqual({ kobest_copa: [] });
    expect(written['n-samples']).toEqual({ kobest_copa: { original: 3, effective: 3 } });
    expect(written['config']).toMatchObject({
      model: 'bllossom',
      model_args: `pretrained=${path.resolve('m')}`,
      limit: null,
    });
    expect(written['configs']!['kobest_copa']).toMatchObject({ split: 'dev', num_fewshot: 0, headline: 'macro_f1' });
    expect(written['command']).toBe(
      `bllossom eval --model ${path.resolve('m')} --tasks kobest_copa --data ${data} --out ${data}/out`,
    );
    const second = { ...options, device: 'cuda:1', out: path.join(data, 'out2') };
    const again = unwrap(await evaluateTasks(second, new Model(100), tokenizer, {}));
    expect(readFileSync(again.file, 'utf8')).toContain(' --device cuda:1 ');
    const samples = readFileSync(path.join(data, 'out/samples-kobest_copa.jsonl'), 'utf8').trimEnd().split('\n');
    const first = JSON.parse(samples[0]!) as { arguments: string[][]; resps: number[][]; target: number };
    expect(first.arguments).toEqual([
      ['가 그래서', ' 라'],
      ['가 그래서', ' 나'],
    ]);
    expect(first.target).toBe(1);
    // hashlib.sha256('가 그래서'.encode()).hexdigest() and of '1', as the harness makes them.
    expect(first).toMatchObject({
      filter: 'none',
      metrics: ['acc'],
      filtered_resps: first.resps,
      prompt_hash: 'b51b5b691eadb3ada3169b2e8e820507a7d0318720e32e2987467ed44e3df7f2',
      target_hash: '6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',
    });
    expect(first.resps[0]![0]).toBeCloseTo(logOf(' 라'), 9);
    expect(first.resps[1]![0]).toBeCloseTo(logOf(' 나'), 9);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(1);
  });

  it('writes over no results that came while it computed', async () => {
    const model = new Model(100);
    const score = model.score.bind(model);
    const file = path.join(data, 'out/results.json');
    model.score = (rows) => {
      mkdirSync(path.join(data, 'out'), { recursive: true });
      writeFileSync(file, '{"results":{}}');
      return score(rows);
    };
    const result = await evaluateTasks(options, model, tokenizer, {});
    expect(result.ok ? '' : problemLine(result.problem)).toBe(
      `${data}/out: there are results here already. Choose another directory for these results.`,
    );
    expect(readFileSync(file, 'utf8')).toBe('{"results":{}}');
    expect(existsSync(path.join(data, 'out/samples-kobest_copa.jsonl'))).toBe(false);
  });

  it('claims no certainty where no resample could differ', async () => {
    const spreadOf = async (rows: string[][]) => {
      writeFileSync(path.join(data, 'kobest/COPA/dev.tsv'), copa(rows));
      const out = mkdtempSync(path.join(data, 'spread-'));
      const { file } = unwrap(await evaluateTasks({ ...options, out }, new Model(100), tokenizer, {}));
      return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, Record<string, unknown>>>;
    };
    const one = await spreadOf([three[0]!]);
    expect(one['intervals']).toEqual({ kobest_copa: { acc: wilson(1, 1) } });
    expect(one['stderr']).toEqual({ kobest_copa: {} });
    expect(one['results']!['kobest_copa']).toMatchObject({ 'acc_stderr,none': 'N/A', 'macro_f1_stderr,none': 'N/A' });
    const alike = await spreadOf([three[0]!, three[0]!, three[0]!]);
    expect(alike['intervals']).toEqual({ kobest_copa: { acc: wilson(3, 3) } });
    expect(alike['stderr']).toEqual({ kobest_copa: { acc: 0, macro_f1: 0 } });
  });

  it.skipIf(!existsSync('/proc/self'))('ends where no directory can be made', async () => {
    const result = await evaluateTasks({ ...options, out: '/proc/none/out' }, new Model(100), tokenizer, {});
    expect(result.ok ? '' : problemLine(result.problem)).toMatch(/^\/proc\/none\/out: /);
  });

  it('says of a task whether any of its prompts began after BOS', async () => {
    const task = {
      name: 'greeting',
      title: 'x',
      language: 'en',
      version: 1,
      files: { test: 'r.jsonl' },
      format: 'jsonLines',
    };
    const asks = { prompt: '{{q}}', candidates: ['aa', 'bb'], gold: { field: 'a' }, metrics: ['acc'], headline: 'acc' };
    writeFileSync(path.join(data, 'greeting.task.json'), JSON.stringify({ ...task, ...asks }));
    const bosOf = async (questions: string[], ids: { bosId?: number; eosId?: number }) => {
      writeFileSync(path.join(data, 'r.jsonl'), questions.map((q) => `${JSON.stringify({ q, a: 1 })}\n`).join(''));
      const out = mkdtempSync(path.join(data, 'bos-'));
      const asked = { ...options, tasks: [path.join(data, 'greeting.task.json')], out };
      unwrap(await evaluateTasks(asked, new Model(100), { ...tokenizer, ...ids }, {}));
      const written = JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as {
        configs: { greeting: { bos: boolean } };
      };
      return written.configs.greeting.bos;
    };
    expect(await bosOf(['가', ''], { bosId: 1, eosId: 2 })).toBe(true);
    expect(await bosOf(['가', '나'], { bosId: 1, eosId: 2 })).toBe(false);
    expect(await bosOf([''], { eosId: 2 })).toBe(false);
  });

  it('writes where each row stands, its tokens by kind, how sure the figures are, and hashes of all they depend on', async () => {
    const model = path.join(data, 'model');
    mkdirSync(model);
    // All that stands behind 나 was added.
    const files = { 'config.json': `{"base_vocab_size": ${'나'.charCodeAt(0) + 1}}`, 'tokenizer.model': 'x' };
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(model, name), text);
    const answer = unwrap(await evaluateTasks({ ...options, model }, new Model(100), tokenizer, {}));
    const written = JSON.parse(readFileSync(answer.file, 'utf8')) as Record<string, Record<string, object>>;
    expect(written['intervals']!['kobest_copa']).toMatchObject({ acc: wilson(2, 3) });
    const [low, high] = (written['intervals']!['kobest_copa'] as { macro_f1: [number, number] }).macro_f1;
    expect([low, high]).toEqual([0, 1]);
    expect((written['stderr']!['kobest_copa'] as { acc: number }).acc).toBeCloseTo(1 / 3, 12);
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const prompts = '["가 그래서"," 라"," 나"]\n["가 왜냐하면"," 나"," 라"]\n["가 그래서"," 나나나"," 힣"]\n';
    expect(written['configs']!['kobest_copa']).toMatchObject({
      prompts_sha256: sha256(prompts),
      data_sha256: { 'kobest/COPA/dev.tsv': sha256(copa(three)) },
    });
    expect(written['model_sha256']).toEqual({
      'config.json': sha256(files['config.json']),
      'tokenizer.model': sha256('x'),
    });
    expect(written['tokenizer_sha256']).toEqual({ 'tokenizer.model': sha256('x') });
    const samples = readFileSync(path.join(data, 'out/samples-kobest_copa.jsonl'), 'utf8').trimEnd().split('\n');
    const rows = samples.map((line) => JSON.parse(line) as { source: unknown; tokens: unknown });
    expect(rows.map((row) => row.source)).toEqual([2, 3, 4].map((line) => ({ file: 'kobest/COPA/dev.tsv', line })));
    expect(rows.map((row) => row.tokens)).toEqual([
      { context: 5, byte: 1, new: 2, candidates: [2, 2] }, // 래, 서
      { context: 6, byte: 0, new: 5, candidates: [2, 2] }, // 왜냐하면, 라
      { context: 5, byte: 1, new: 3, candidates: [4, 2] }, // 래, 서, 힣
    ]);
  });

  it('takes the test split where its file is there, the split asked for, and the first rows', async () => {
    writeFileSync(path.join(data, 'kobest/COPA/test.tsv'), copa(three.slice(0, 1)));
    const n = async (more: Partial<EvaluationOptions>) => {
      const prepared = await prepareEvaluation({ ...options, ...more });
      return prepared.ok ? prepared.value.map((one) => [one.split, one.questions.length, one.available]) : [];
    };
    expect(await n({})).toEqual([['test', 1, 1]]);
    expect(await n({ split: 'dev' })).toEqual([['dev', 3, 3]]);
    expect(await n({ split: 'dev', limit: 2 })).toEqual([['dev', 2, 3]]);
    expect(await n({ split: 'dev', tasks: ['kobest_copa', 'kobest_copa'] })).toEqual([['dev', 3, 3]]);
  });

  it('stands solved training rows before the question', async () => {
    writeFileSync(path.join(data, 'kobest/COPA/train.tsv'), copa([['1', '마', '결과', '바', '사', '1']]));
    const prepared = await prepareEvaluation({ ...options, shots: 1 });
    expect(prepared.ok && prepared.value[0]!.questions[1]!.context).toBe('마 그래서 바\n\n가 왜냐하면');
    expect(prepared.ok && Object.keys(prepared.value[0]!.dataHashes)).toEqual([
      'kobest/COPA/dev.tsv',
      'kobest/COPA/train.tsv',
    ]);
  });

  it('draws from the other rows where no training rows are published', async () => {
    mkdirSync(path.join(data, 'klue'));
    const rows = ['가', '나'].map((title, label) => JSON.stringify({ title, label }));
    writeFileSync(path.join(data, 'klue/ynat-v1.1_dev.jsonl'), rows.join('\n'));
    const prepared = await prepareEvaluation({ ...options, tasks: ['klue_ynat'], shots: 1, limit: 1 });
    expect(prepared.ok && prepared.value[0]!.questions.map((q) => q.context)).toEqual([
      '질문: 다음의 제목을 가지는 뉴스는 어느 분야의 뉴스인가요?\n제목: 나\n분야: 경제\n\n질문: 다음의 제목을 가지는 뉴스는 어느 분야의 뉴스인가요?\n제목: 가\n분야:',
    ]);
  });

  it('writes nothing when it is stopped', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(evaluateTasks(options, new Model(100), tokenizer, { signal: stop.signal })).rejects.toThrow('stopped');
    expect(existsSync(options.out)).toBe(false);
  });

  it('refuses a model that answers with no number', async () => {
    const broken = new Model(100);
    broken.logLikelihoods = (rows) => Promise.resolve(rows.map((row) => new Float64Array(row.length - 1).fill(NaN)));
    const result = await evaluateTasks(options, broken, tokenizer, {});
    expect(!result.ok && result.problem.what).toBe('the model answers with no number');
    expect(existsSync(options.out)).toBe(false);
  });

  it.each<[Partial<EvaluationOptions>, string]>([
    [{ tasks: [] }, 'no task is named'],
    [{ tasks: ['arc'] }, "there is no task 'arc'"],
    [{ limit: 0 }, 'the limit is 0, not a whole number of rows above 0'],
    [{ shots: -1 }, 'the number of shots is -1, not a whole number from 0'],
    [{ seed: 0.5 }, 'the seed is 0.5, not a whole number from 0'],
    [{ split: 'tset' }, "there is no split 'tset'"],
    [{ split: 'test' }, "kobest_copa's test rows are missing"],
    [{ shots: 1 }, "kobest_copa's train rows are missing"],
    [{ tasks: ['klue_nli'], split: 'test' }, "klue_nli has no split 'test'"],
    [{ data: '/nowhere' }, "kobest_copa's dev rows are missing"],
  ])('refuses %j', async (more, what) => {
    const result = await evaluateTasks({ ...options, ...more }, new Model(100), tokenizer, {});
    expect(result.ok ? '' : result.problem.what).toBe(what);
  });

  it('refuses a directory that holds results', async () => {
    expect((await evaluateTasks(options, new Model(100), tokenizer, {})).ok).toBe(true);
    const again = await evaluateTasks(options, new Model(100), tokenizer, {});
    expect(again.ok ? '' : problemLine(again.problem)).toBe(
      `${options.out}: there are results here already. Choose another directory for these results.`,
    );
  });
});

describe('answers to choose from', () => {
  const ask = (questions: Question[], more: object = {}) =>
    answerQuestions(questions, new Model(100), { ...tokenizer, ...more }, {});
  const question = (context: string, ...candidates: string[]) => ({ context, candidates, gold: 0 });

  it('stand behind BOS where the context is empty, so that each of their tokens counts', async () => {
    const [answer] = unwrap(await ask([question('', '가나', '나')], { bosId: 1 }));
    expect(answer!.logLikelihoods).toEqual([logP('가'.charCodeAt(0)) + logP('나'.charCodeAt(0)), logOf('나')]);
    expect(unwrap(await ask([question('', '가나', '나')], { eosId: 2 }))).toEqual([answer]);
  });

  it.each([
    ['a', '', 'candidate 2 of row 1 is empty'],
    ['', 'b', 'candidate 1 of row 1 has no token that stands behind another'],
  ])('are refused where nothing can be scored: %j before %j', async (context, second, what) => {
    const refused = await ask([question(context, 'x', second)]);
    expect(refused.ok ? '' : refused.problem.what).toBe(what);
  });

  it('are refused by the number of their row in the file where rows were chosen', async () => {
    const [first, second] = [question('a', 'x', 'y'), question('a', 'x', '')];
    const refused = await answerQuestions([first, second], new Model(100), tokenizer, { ids: [3, 57] });
    expect(refused.ok ? '' : refused.problem.what).toBe('candidate 2 of row 58 is empty');
  });

  it('are as long as they stand behind their context, with the space that parts them from it', async () => {
    // By 5 and 1 the first is likelier per character, by 6 and 2 the second.
    const [short, long] = [String.fromCharCode(5000), String.fromCharCode(4600)];
    const [answer] = unwrap(await ask([question('a', ` ${long.repeat(5)}`, ` ${short}`)]));
    const [first, second] = answer!.logLikelihoods as [number, number];
    expect(first / 5).toBeGreaterThan(second / 1);
    expect(first / 6).toBeLessThan(second / 2);
    expect(answer!.normalizedPrediction).toBe(1);
  });
});

describe('scoreRequests', () => {
  const one = (context: string, candidate: string, contextLength: number) => {
    const [request] = scoreRequests([{ context, candidates: [candidate], gold: 0 }], tokenizer, contextLength);
    return { text: String.fromCharCode(...request!.ids), scored: request!.scored, cut: request!.cut };
  };
  it('joins context and candidate', () => {
    expect(one('abcd', 'xy', 100)).toEqual({ text: 'abcdxy', scored: 2, cut: 0 });
  });
  it('keeps the last contextLength + 1 tokens', () => {
    expect(one('abcd', 'xy', 5)).toEqual({ text: 'abcdxy', scored: 2, cut: 0 });
    expect(one('abcd', 'xy', 4)).toEqual({ text: 'bcdxy', scored: 2, cut: 1 });
  });
  it('scores of a candidate that fills the window what has something before it', () => {
    expect(one('abcd', 'uvwxyz', 3)).toEqual({ text: 'wxyz', scored: 3, cut: 6 });
    expect(one('abcd', 'wxyz', 3)).toEqual({ text: 'wxyz', scored: 3, cut: 4 });
  });
});
