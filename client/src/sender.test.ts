/** A page that is closed while an answer is under way is told nothing, and nothing is thrown; no page is told things in another way. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { sender } from './sender.ts';

/** A panel as the editor has it: once closed, it may not be touched. */
function panel() {
  const listeners: (() => unknown)[] = [];
  const told: unknown[] = [];
  let closed = false;
  const webview = {
    postMessage: (message: unknown) => {
      if (closed) throw new Error('Webview is disposed');
      told.push(message);
      return Promise.resolve(true);
    },
  };
  return {
    told,
    panel: { webview, onDidDispose: (listener: () => unknown) => listeners.push(listener) },
    close: () => {
      closed = true;
      for (const listener of listeners) listener();
    },
  };
}

it('tells a page what comes while it is open, and nothing afterwards', async () => {
  const page = panel();
  const send = sender(page.panel);
  let answer: (text: string) => void = () => undefined;
  const later = new Promise<string>((resolve) => (answer = resolve)).then((text) => {
    send({ text });
  });
  send({ text: 'first' });
  page.close();
  answer('late');
  await later;
  expect(page.told).toEqual([{ text: 'first' }]);
});

it('is the one way to speak to a page', () => {
  const speaking = readdirSync(import.meta.dirname).filter(
    (name) =>
      name.endsWith('.ts') &&
      !name.endsWith('.test.ts') &&
      readFileSync(path.join(import.meta.dirname, name), 'utf8').includes('.postMessage('),
  );
  expect(speaking).toEqual(['sender.ts']);
});
