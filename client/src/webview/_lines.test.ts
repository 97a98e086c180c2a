import { describe, expect, it } from 'vitest';
import type { MetricRow } from '../../../server/src/protocol.ts';
import { type Choices, defaultChoices, readChoices } from './_choices.ts';
import { joined, type LineLabels, linesOf } from './_lines.ts';

const row = (step: number, more: Partial<MetricRow> = {}): MetricRow => ({
  ...{ step, tokens: step * 64, loss: 10 - step, gradNorm: 1.5, learningRate: 0.001, tokensPerSecond: 140 },
  elapsed: step / 2,
  ...more,
});
const labels: LineLabels = {
  ...{
    loss: 'loss',
    smoothed: 'smoothed',
    evaluation: 'held-out',
    bitsPerByte: 'bits',
    heldOutBitsPerByte: 'held bits',
  },
  ...{ gradNorm: 'norm', learningRate: 'rate', speed: 'speed' },
  kinds: { old: 'old pieces', new: 'new pieces', byte: 'bytes' },
};
const rows = [
  row(1, { lossByLanguage: { ko: 3 }, lossByKind: { old: 2, byte: 4 }, bitsPerByte: 2 }),
  row(2, {
    ...{ lossByLanguage: { ko: 2, en: 1 }, lossByKind: { old: 1 }, bitsPerByte: 1 },
    ...{ evaluationLoss: 4, evaluationLossByLanguage: { en: 5 }, evaluationLossByKind: { old: 6 } },
    ...{ evaluationBitsPerByte: 3, evaluation: { kobest_copa: { acc: 0.5, macro_f1: 0.4, n: 8 } } },
  }),
  row(3),
];
const lines = (choices: Partial<Choices>, ...others: readonly (readonly MetricRow[])[]) =>
  linesOf(
    [rows, ...others].map((one, i) => ({ name: `run ${i}`, rows: one })),
    { ...defaultChoices, smoothing: 0, ...choices },
    labels,
  );
const told = (choices: Partial<Choices>, ...others: readonly (readonly MetricRow[])[]) =>
  lines(choices, ...others).map(({ label, xs, values }) => [label, xs, values]);
const all = [1, 2, 3];

describe('lines', () => {
  it('are the raw loss under the smoothed one, with what was held out where it was measured', () => {
    const [raw, smoothed, held] = lines({});
    expect([raw!.faint, smoothed!.faint, held!.marked]).toEqual([true, undefined, true]);
    expect(told({})).toEqual([
      ['loss', all, [9, 8, 7]],
      ['smoothed', all, [9, 8, 7]],
      ['held-out', [2], [4]],
    ]);
    expect(told({ heldOut: false })).toHaveLength(2);
  });

  it('tell languages and kinds apart, held-out ones too', () => {
    expect(told({ byLanguage: true, byKind: true, axis: 'tokens' }).slice(2)).toEqual([
      ['ko', [64, 128, 192], [3, 2, null]],
      ['en', [64, 128, 192], [null, 1, null]],
      ['old pieces', [64, 128, 192], [2, 1, null]],
      ['bytes', [64, 128, 192], [4, null, null]],
      ['held-out', [128], [4]],
      ['held-out: en', [128], [5]],
      ['held-out: old pieces', [128], [6]],
    ]);
  });

  it('show other quantities, and the figures of tasks', () => {
    expect(told({ quantity: 'bitsPerByte' }).map(([label, , values]) => [label, values])).toEqual([
      ['bits', [2, 1, null]],
      ['bits ≈', [2, 1, null]],
      ['held bits', [3]],
    ]);
    expect(told({ quantity: 'evaluation' })).toEqual([
      ['kobest_copa acc', [2], [0.5]],
      ['kobest_copa macro_f1', [2], [0.4]],
    ]);
    expect(told({ quantity: 'learningRate' }).map(([label]) => label)).toEqual(['rate']);
  });

  it('of runs beside it are smoothed curves of their own names', () => {
    const other = [row(2, { loss: 5 }), row(4, { loss: 3, evaluationLoss: 1 })];
    expect(told({}, other).slice(3)).toEqual([
      ['run 1', [2, 4], [5, 3]],
      ['run 1: held-out', [4], [1]],
    ]);
    const data = joined(lines({ heldOut: false }, other));
    expect(data).toEqual([
      [1, 2, 3, 4],
      [9, 8, 7, undefined],
      [9, 8, 7, undefined],
      [undefined, 5, undefined, 3],
    ]);
  });

  it('of nothing are nothing to draw', () => {
    expect(joined([])).toEqual([[]]);
    expect(joined(linesOf([{ name: '', rows: [] }], defaultChoices, labels))).toEqual([[], [], []]);
  });
});

describe('choices', () => {
  it('come back as they were kept; what is not known is as it is at first', () => {
    const kept: Choices = {
      ...{ axis: 'time', quantity: 'evaluation', logX: true, logY: true, smoothing: 0.5, byLanguage: true },
      ...{ byKind: true, heldOut: false, table: true, compared: ['/runs/a'] },
    };
    expect(readChoices(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    expect(readChoices({ directory: '/runs/a', scale: 'log' })).toEqual(defaultChoices);
    expect(readChoices(undefined)).toBeUndefined();
  });
});
