/** Stretches of a text as lm-evaluation-harness's own test has them, and the figures by their definitions. */
import { describe, expect, it } from 'vitest';
import { unwrap } from '../base/problem.ts';
import { finish } from '../base/steps.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { rollingMetric, rollingRows, rollingSpreads, scoreRolling } from './rolling.ts';

const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe('rollingRows', () => {
  // The harness's test_get_rolling_token_windows_v1: 34 tokens, a window of 10, a context of 1, prefix -100.
  it('are the windows of the harness', () => {
    const gold: [number[], number[]][] = [
      [[-100, ...upTo(0, 9)], upTo(0, 10)],
      [upTo(9, 19), upTo(10, 20)],
      [upTo(19, 29), upTo(20, 30)],
      [upTo(23, 33), upTo(30, 34)],
    ];
    const rows = rollingRows(0, Int32Array.from(upTo(0, 34)), -100, 10);
    expect(rows.map(({ ids, scored }) => [ids.slice(0, -1), ids.slice(ids.length - scored)])).toEqual(gold);
  });
  it.each([1, 2, 9, 10, 11, 20, 21])('predict each of %i tokens once', (n) => {
    const rows = rollingRows(0, Int32Array.from(upTo(0, n)), -1, 10);
    expect(rows.flatMap(({ ids, scored }) => ids.slice(ids.length - scored))).toEqual(upTo(0, n));
    for (const { ids } of rows) expect(ids.length).toBeLessThanOrEqual(11);
    for (const { ids, scored } of rows) expect(ids.length).toBeGreaterThan(scored);
  });
  it('of no tokens are none', () => expect(rollingRows(0, new Int32Array(), 1, 10)).toEqual([]));
});

describe('scoreRolling', () => {
  const tokenizer = {
    bosId: 1,
    eosId: 2,
    encode: (text: string) => ({ ids: Int32Array.from(Array.from(text), (c) => c.codePointAt(0)!) }),
  } as unknown as Tokenizer;
  const rows: number[][] = [];
  const session = {
    contextLength: 4,
    // log P of a token is minus a hundredth of the one before it.
    logLikelihoods: (asked: readonly ArrayLike<number>[]) => {
      rows.push(...asked.map((row) => Array.from(row)));
      return Promise.resolve(asked.map((row) => Float64Array.from(Array.from(row).slice(0, -1), (id) => -id / 100)));
    },
  };
  it('sums what each token has before it, the first after BOS', async () => {
    const texts = ['abcdef', '가 b', ''];
    const answers = unwrap(await scoreRolling(texts, session, tokenizer, {}));
    const before = (text: string) => [1, ...Array.from(text, (c) => c.codePointAt(0)!)].slice(0, -1);
    for (const [i, text] of texts.slice(0, 2).entries())
      expect(answers[i]!.logLikelihood).toBeCloseTo(-before(text).reduce((a, b) => a + b) / 100, 9);
    expect(answers.map(({ tokens, bytes, words }) => [tokens, bytes, words])).toEqual([
      [6, 6, 1],
      [3, 5, 2],
      [0, 0, 1],
    ]);
    const nats = -answers[0]!.logLikelihood - answers[1]!.logLikelihood;
    const two = answers.slice(0, 2);
    expect(rollingMetric('word_perplexity', two)).toBeCloseTo(Math.exp(nats / 3), 6);
    expect(rollingMetric('byte_perplexity', two)).toBeCloseTo(Math.exp(nats / 11), 6);
    expect(rollingMetric('bits_per_byte', two)).toBeCloseTo(Math.log2(rollingMetric('byte_perplexity', two)), 9);
    const [low, high] = finish(rollingSpreads(['bits_per_byte'], two, 1))['bits_per_byte']!.interval;
    const alone = two.map((answer) => rollingMetric('bits_per_byte', [answer])).sort((a, b) => a - b);
    expect([low, high]).toEqual(alone);
    expect(finish(rollingSpreads(['bits_per_byte'], two.slice(1), 1))).toEqual({});
  });
  it('refuses a tokenizer without BOS and EOS, and a model without numbers', async () => {
    const bare = { ...tokenizer, bosId: undefined, eosId: undefined };
    const refused = await scoreRolling(['a'], session, bare, {});
    expect(refused.ok ? '' : refused.problem.what).toMatch(/neither BOS nor EOS/);
    const broken = { contextLength: 4, logLikelihoods: () => Promise.resolve([Float64Array.of(Number.NaN)]) };
    const nothing = await scoreRolling(['a'], broken, tokenizer, {});
    expect(nothing.ok ? '' : nothing.problem.what).toBe('the model answers with no number');
  });
});
