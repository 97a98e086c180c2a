import { describe, expect, it } from 'vitest';
import type { MetricRow } from '../protocol.ts';
import { metricColumns, metricsCsv as csv } from './metricColumns.ts';

const row = (step: number, more: Partial<MetricRow> = {}): MetricRow => ({
  step,
  tokens: step * 64,
  loss: 10 - step,
  gradNorm: 1.5,
  learningRate: 0.001,
  tokensPerSecond: 140,
  elapsed: step / 2,
  ...more,
});

describe('csv', () => {
  it('has a column for each value that occurs, numbers whole', () => {
    const rows = [row(1, { loss: 0.1 + 0.2, lossByLanguage: { ko: 3.5 } }), row(2, { bitsPerByte: 1.25 })];
    expect(csv(rows).split('\r\n')).toEqual([
      'step,tokens,elapsed,loss,gradNorm,learningRate,tokensPerSecond,bitsPerByte,loss_ko',
      '1,64,0.5,0.30000000000000004,1.5,0.001,140,,3.5',
      '2,128,1,8,1.5,0.001,140,1.25,',
      '',
    ]);
  });

  it('quotes a language whose name needs it', () => {
    expect(csv([row(1, { lossByLanguage: { 'a,"b"': 1 } })])).toContain('"loss_a,""b"""');
  });

  it('holds all that was measured, tasks and sources too', () => {
    const measured: Partial<MetricRow> = {
      sourceTokens: [40, 24],
      evaluationLoss: 2,
      evaluationLossByLanguage: { en: 2 },
      evaluationLossByKind: { new: 3 },
      evaluationBitsPerByte: 1,
      evaluation: { kobest_copa: { acc: 0.5, n: 8 } },
    };
    const names = metricColumns([row(1), row(2, measured)]).map(({ name }) => name);
    expect(names.slice(7)).toEqual([
      'evaluationLoss',
      'evaluationBitsPerByte',
      'evaluationLoss_en',
      'evaluationLoss_kind_new',
      'kobest_copa_acc',
      'kobest_copa_n',
      'sourceTokens_0',
      'sourceTokens_1',
    ]);
    expect(csv([row(1), row(2, measured)]).split('\r\n')[2]).toBe('2,128,1,8,1.5,0.001,140,2,1,2,3,0.5,8,40,24');
  });
});
