import { describe, expect, it } from 'vitest';
import type { EvaluationInfo } from '../../../server/src/protocol.ts';
import { alone, everything, isSameTask, keptOf } from './_evaluationKept.ts';

describe('what an evaluation’s page keeps', () => {
  it('comes back as it was', () => {
    const kept = {
      task: 'kobest_boolq',
      other: '/e/other/results.json',
      query: {
        ...{ search: '벌은', outcome: 'wrong', gold: 0, prediction: 1, beside: 'onlyOther' },
        group: { by: 'bytes', from: 0.1, to: 0.3 },
        ...{ sort: 'difference', descending: true },
      },
      ...{ page: 12, open: 634, top: 1810 },
    };
    expect(keptOf(JSON.parse(JSON.stringify({ path: '/e/results.json', ...kept })))).toEqual(kept);
  });

  it('is the beginning where there is nothing, or what an older version kept', () => {
    const beginning = { task: '', query: everything, page: 0, top: 0 };
    expect(keptOf(undefined)).toEqual(beginning);
    expect(keptOf('?')).toEqual(beginning);
    expect(keptOf({ path: '/e', task: 'klue_nli' })).toEqual({ ...beginning, task: 'klue_nli' });
  });

  it('leaves out what cannot be meant', () => {
    const query = { search: 3, outcome: 'both', gold: -1, group: { by: 'bytes', from: null, to: 1 }, sort: 'hue' };
    expect(keptOf({ query, page: -2, open: 1.5, top: Number.NaN })).toEqual({
      ...{ task: '', query: everything, page: 0, top: 0 },
    });
  });

  it('means nothing of another evaluation once there is none beside', () => {
    expect(alone({ ...everything, search: 'a', beside: 'both', sort: 'difference', descending: true })).toEqual({
      ...{ search: 'a', sort: 'row', descending: true },
    });
    expect(alone({ ...everything, sort: 'length' })).toEqual({ ...everything, sort: 'length' });
  });
});

describe('a task that is read again', () => {
  const before: EvaluationInfo = {
    ...{ path: '/e/results.json', name: 'e', model: 'm', samples: ['a'] },
    results: { a: { acc: 0.5 }, b: { acc: 0.1 } },
    intervals: { a: { acc: [0.4, 0.6] } },
  };

  it('is the same whatever became of the others', () => {
    const now = { ...before, at: 3, results: { a: { acc: 0.5 }, c: { acc: 1 } } };
    expect(isSameTask(before, now, 'a')).toBe(true);
  });

  it('is another one with other figures, or with rows that were not there', () => {
    expect(isSameTask(before, { ...before, results: { a: { acc: 0.6 } } }, 'a')).toBe(false);
    expect(isSameTask(before, { ...before, samples: [] }, 'a')).toBe(false);
    expect(isSameTask(before, { ...before, conditions: { a: { shots: 5 } } }, 'a')).toBe(false);
  });
});
