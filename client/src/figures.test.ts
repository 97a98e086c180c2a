import { describe, expect, it } from 'vitest';
import { change, count, duration, figure, memory, metricsLine, percent, short } from './figures.ts';

describe('figures', () => {
  it('writes counts with thousands', () =>
    expect([count(0), count(214), count(39478)]).toEqual(['0', '214', '39,478']));

  it('writes shares', () => {
    expect(percent(0.422)).toBe('42.2 %');
    expect(percent(1 - 9 / 21)).toBe('57.1 %');
    expect(percent(0 / 0)).toBe('–');
  });

  it('writes what becomes of a count', () =>
    expect([change(214, 96), change(100, 103), change(7, 7), change(0, 3)]).toEqual(['−55 %', '+3 %', '±0 %', '±0 %']));

  it('writes losses with four digits', () => {
    expect([2.31449, 10.373491, 0.012345, 0, 12345.6, 3e-7, 1234567].map(figure)).toEqual([
      '2.314',
      '10.37',
      '0.01235',
      '0',
      '12,346',
      '3.00e-7',
      '1.23e+6',
    ]);
    expect([figure(undefined), figure(NaN), figure(Infinity)]).toEqual(['–', '–', '–']);
  });

  it('writes sizes short', () =>
    expect([260, 15_200, 15_191_712, 1.31e9].map(short)).toEqual(['260', '15.2 K', '15.2 M', '1.31 B']));

  it('writes memory as it is sold', () =>
    expect([3e5, 512 * 2 ** 20, 2 ** 30, 18.24 * 2 ** 30, 120.6 * 2 ** 30].map(memory)).toEqual([
      '1 MB',
      '512 MB',
      '1.00 GB',
      '18.2 GB',
      '121 GB',
    ]));

  it("writes an evaluation's figures, rows as a whole number", () =>
    expect(metricsLine({ acc: 0.5125, n: 337 })).toBe('acc 0.5125 · n 337'));

  it('writes spans of time', () => {
    const spans = [0.4, 45, 60, 200, 3599.6, 7500];
    expect(spans.map((span) => duration(span, 'en'))).toEqual([
      '0 s',
      '45 s',
      '1 min',
      '3 min 20 s',
      '1 h',
      '2 h 5 min',
    ]);
    expect(spans.map((span) => duration(span, 'ko'))).toEqual(['0초', '45초', '1분', '3분 20초', '1시간', '2시간 5분']);
  });
});
