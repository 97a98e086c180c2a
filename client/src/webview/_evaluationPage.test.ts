/** The page of an evaluation as it is spoken to: what is kept of one task is not meant for another, and typing goes on while rows come. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EvaluationDetail } from '../../../server/src/protocol.ts';
import { EvaluationPage } from './_evaluationPage.ts';
import type { FromPage, Labels, ToPage } from './_evaluationProtocol.ts';
import { FakeElement, fakePage } from './_fakePage.ts';

/** A word of its own for each label, however deep it stands. */
const labels = new Proxy({}, { get: (_, name): unknown => (name === 'toString' ? () => '' : words(String(name))) });
const words = (name: string): unknown =>
  /^(sorts|values|groups|besideOutcomes|besideTexts|notComparable)$/.test(name) ? labels : name;

beforeEach(() => {
  vi.useFakeTimers();
  fakePage();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function open(state: object) {
  const said: FromPage[] = [];
  const editor = {
    getState: () => state,
    setState: () => undefined,
    postMessage: (message: FromPage) => void said.push(message),
  };
  const at = new FakeElement('main');
  // As much of an element as is used.
  const page = new EvaluationPage(at as unknown as HTMLElement, '/e/results.json', labels as Labels, editor);
  const hear = (message: ToPage) => page.hear(message);
  const evaluation = {
    ...{ path: '/e/results.json', name: 'e', model: 'm', samples: ['a', 'b'] },
    results: { a: { acc: 0.5 }, b: { acc: 0.1 } },
  };
  return {
    ...{ said, hear },
    evaluated: () => hear({ type: 'evaluation', evaluation, model: 'm', at: '', titles: {}, others: [] }),
    detailed: (task: string) => {
      const detail = { stamp: '1', kind: 'choice', rows: 900, right: 1, unread: 0, labels: ['x', 'y'] };
      const rest = { confusion: [], groups: [], calibration: undefined };
      hear({ type: 'detail', task, detail: { ...detail, ...rest } as unknown as EvaluationDetail.Answer });
    },
    asked: () => said.filter((message) => message.type === 'rows'),
    search: () => [...at.all()].find((one) => (one as { type?: string }).type === 'search')!,
  };
}

const kept = { path: '/e/results.json', task: 'a', query: { search: 'ab', gold: 1 }, page: 3, open: 170, top: 900 };

it('comes back to the task, the filters and the page of rows that were left', () => {
  const page = open(kept);
  page.evaluated();
  page.detailed('a');
  expect(page.asked()).toMatchObject([{ task: 'a', query: { search: 'ab', gold: 1 }, from: 150 }]);
});

it('shows another task that is asked for while it loads from the beginning', () => {
  const page = open(kept);
  page.hear({ type: 'show', task: 'b' });
  page.evaluated();
  page.detailed('b');
  expect(page.asked()).toMatchObject([{ task: 'b', query: { search: '', sort: 'row' }, from: 0 }]);
});

it('leaves the search box alone when the rows of what was typed before come', () => {
  const page = open({});
  page.evaluated();
  page.detailed('a');
  const box = page.search();
  const type = (text: string) => {
    box.value = text;
    box.dispatchEvent(new Event('input'));
  };
  type('수');
  vi.advanceTimersByTime(300);
  const { request } = page.asked().at(-1)!;
  type('수도');
  page.hear({ type: 'rows', request, answer: { stamp: '1', total: 0, rows: [] } });
  expect(box.value).toBe('수도');
  vi.advanceTimersByTime(300);
  expect(page.asked().at(-1)).toMatchObject({ query: { search: '수도' } });
});
