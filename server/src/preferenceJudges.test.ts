import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { bad, ok, unwrap } from '../../engine/src/base/problem.ts';
import type { Context } from './context.ts';
import { judgeOf } from './preferenceJudges.ts';

it('a model without a template is told the rules before the question, from the first question on', async () => {
  const model = mkdtempSync(path.join(os.tmpdir(), 'judge-'));
  writeFileSync(path.join(model, 'config.json'), '{}');
  const put: { readonly prompt: string; readonly system?: string }[] = [];
  const host = {
    generate(params: { readonly prompt: string; readonly system?: string }) {
      put.push(params);
      // As the engine says it.
      if (params.system !== undefined)
        return Promise.resolve(bad('a text without a template has no place for a system text', undefined, 'Name one.'));
      return Promise.resolve(ok({ text: '[[A]]', reason: 'stop', promptTokens: 7, newTokens: 3 }));
    },
  };
  const settings = () => Promise.resolve({ engine: { backend: '' } });
  try {
    const judge = unwrap(await judgeOf({ host, settings } as unknown as Context, { kind: 'model', model }));
    const messages = [
      { role: 'system', content: 'rules' },
      { role: 'user', content: 'question' },
    ] as const;
    const ask = () => judge.ask(messages, new AbortController().signal);
    expect(await ask()).toEqual({ text: '[[A]]', finish: 'stop', promptTokens: 7, replyTokens: 3 });
    await ask();
    expect(put.map(({ prompt, system }) => [prompt, system])).toEqual([
      ['question', 'rules'],
      ['rules\n\nquestion\n\n', undefined],
      ['rules\n\nquestion\n\n', undefined],
    ]);
  } finally {
    rmSync(model, { recursive: true, force: true });
  }
});
