/** An evaluation that was stopped goes on where it was, and what was answered once is not asked again. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import type { InferenceSession } from '../model/sessions.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { type EvaluationOptions, evaluateTasks } from './evaluate.ts';
import { modelState } from '../generation/modelState.ts';
import { answersFile } from './keptAnswers.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'evaluate-kept-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A token a UTF-16 unit. */
const tokenizer = {
  encode: (text: string) => ({ ids: Int32Array.from(text, (c) => c.charCodeAt(0)) }),
  byteOf: () => undefined,
} as unknown as Tokenizer;

/** log P of a token is minus its share of the largest unit there is; a batch a row. */
class Model {
  readonly contextLength = 100;
  /** Rows asked for, as text. */
  readonly asked: string[] = [];
  onBatch: () => void = () => undefined;
  async *score(rows: Parameters<InferenceSession['score']>[0]): ReturnType<InferenceSession['score']> {
    for (const [i, { ids, scored }] of rows.entries()) {
      this.asked.push(String.fromCharCode(...Array.from(ids)));
      this.onBatch();
      const values = Float64Array.from(Array.from(ids).slice(ids.length - scored), (id) => -id / 0xffff);
      yield await Promise.resolve({ rows: [i], values: [values], share: (i + 1) / rows.length, bytes: 1000 + i });
    }
  }
}
const ask = (model: Model, options: EvaluationOptions, signal?: AbortSignal) =>
  evaluateTasks(options, model as unknown as InferenceSession, tokenizer, signal === undefined ? {} : { signal });

let data: string;
let options: EvaluationOptions;
beforeEach(() => {
  data = mkdtempSync(path.join(folder, 'data-'));
  mkdirSync(path.join(data, 'kobest/COPA'), { recursive: true });
  const rows = [
    ['ID', 'sentence', 'question', '1', '2', 'Answer'],
    ['1', '가', '결과', '라', '나', '2'],
    ['2', '가', '원인', '나', '라', '2'],
    ['3', '가', '결과', '나나나', '힣', '2'],
    ['4', '가', '결과', '라', '힣', '1'],
  ];
  writeFileSync(path.join(data, 'kobest/COPA/dev.tsv'), rows.map((row) => `${row.join('\t')}\r\n`).join(''));
  const model = path.join(data, 'model');
  mkdirSync(model);
  writeFileSync(path.join(model, 'model.safetensors'), 'weights');
  options = {
    model,
    tasks: ['kobest_copa'],
    data,
    out: path.join(data, 'out'),
    answersDirectory: path.join(data, 'kept'),
  };
});
const samples = (out: string) => readFileSync(path.join(out, 'samples-kobest_copa.jsonl'), 'utf8');
const scoring = (out: string) =>
  (
    JSON.parse(readFileSync(path.join(out, 'results.json'), 'utf8')) as {
      configs: { kobest_copa: { scoring: object } };
    }
  ).configs.kobest_copa.scoring;

describe('an evaluation', () => {
  it('asks equal requests once, and says what it computed', async () => {
    const model = new Model();
    unwrap(await ask(model, options));
    // Eight candidates, two of the fourth question asked before.
    expect(model.asked.length).toBe(6);
    expect(new Set(model.asked).size).toBe(6);
    expect(scoring(options.out)).toMatchObject({ requests: 8, distinct: 6, cached: 0, batch_bytes: 1005 });
    expect(existsSync(path.join(options.out, answersFile))).toBe(false);
  });

  it('that was stopped goes on in its directory, without the cache too, and ends in the same answers', async () => {
    const alone = { ...options, cache: false, out: path.join(data, 'alone') };
    unwrap(await ask(new Model(), alone));
    const stop = new AbortController();
    const first = new Model();
    first.onBatch = () => {
      if (first.asked.length === 4) stop.abort(new Error('stopped'));
    };
    const stopped = { ...options, cache: false };
    await expect(ask(first, stopped, stop.signal)).rejects.toThrow('stopped');
    expect(existsSync(path.join(options.out, 'results.json'))).toBe(false);
    expect(existsSync(path.join(options.out, answersFile))).toBe(true);
    const second = new Model();
    unwrap(await ask(second, stopped));
    // The batch under way was computed and kept; nothing was asked twice.
    expect([...first.asked, ...second.asked].length).toBe(6);
    expect(new Set([...first.asked, ...second.asked]).size).toBe(6);
    expect(samples(options.out)).toBe(samples(alone.out));
    expect(existsSync(path.join(options.out, answersFile))).toBe(false);
  });

  it('is refused where the weights are others than those that were read', async () => {
    const state = modelState(options);
    writeFileSync(path.join(options.model, 'notes.txt'), 'no matter');
    unwrap(await ask(new Model(), { ...options, state }));
    writeFileSync(path.join(options.model, 'model.safetensors'), 'other weights');
    const model = new Model();
    const refused = await ask(model, { ...options, state, out: path.join(data, 'after') });
    expect(refused.ok ? '' : refused.problem.what).toBe('the model has changed since it was read');
    expect([model.asked.length, existsSync(path.join(data, 'after'))]).toEqual([0, false]);
  });

  it('takes answers of the same model from earlier ones, unless it is told not to or the weights have changed', async () => {
    unwrap(await ask(new Model(), { ...options, limit: 2 }));
    const asked = async (out: string, more: Partial<EvaluationOptions> = {}) => {
      const model = new Model();
      unwrap(await ask(model, { ...options, ...more, out: path.join(data, out) }));
      return model.asked.length;
    };
    expect(await asked('more')).toBe(2);
    expect(scoring(path.join(data, 'more'))).toMatchObject({ distinct: 6, cached: 4 });
    expect(await asked('again')).toBe(0);
    expect(samples(path.join(data, 'again'))).toBe(samples(path.join(data, 'more')));
    expect(await asked('anew', { cache: false })).toBe(6);
    expect(await asked('other', { precision: 'bfloat16' })).toBe(6);
    writeFileSync(path.join(options.model, 'model.safetensors'), 'other weights');
    expect(await asked('trained')).toBe(6);
  });
});
