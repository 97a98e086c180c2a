/** What the page of all results tells beside its table. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PublishedResults } from '../../../server/src/protocol.ts';
import { FakeElement, fakePage } from './_fakePage.ts';
import { ResultsPage } from './_resultsPage.ts';
import type { Labels, ToPage } from './_resultsProtocol.ts';

beforeEach(fakePage);
afterEach(() => {
  vi.unstubAllGlobals();
});

it('tells of evaluations that cannot be read, until they can', () => {
  const at = new FakeElement('main');
  const labels = new Proxy({}, { get: (_, name) => String(name) }) as Labels;
  const editor = { getState: () => undefined, setState: () => undefined, postMessage: () => undefined };
  const page = new ResultsPage(at as unknown as HTMLElement, labels, editor);
  const published: PublishedResults.Answer = {
    source: 's',
    size: '1B',
    harness: 'h',
    name: 'p',
    columns: [],
    models: [],
  };
  const hear = (unread: readonly string[]) => {
    const message: ToPage = { type: 'results', published, evaluations: [], unread, titles: {} };
    page.hear(message);
  };
  const alert = () => [...at.all()].find((one) => one.getAttribute('role') === 'alert');
  hear(['/e/a/results.json: this is <b>not</b> JSON.', '/e/b/results.json: nor is this.']);
  expect(alert()?.hidden).toBe(false);
  expect(alert()?.children.map(({ textContent }) => textContent)).toEqual([
    '/e/a/results.json: this is <b>not</b> JSON.',
    '/e/b/results.json: nor is this.',
  ]);
  hear([]);
  expect(alert()?.hidden).toBe(true);
});
