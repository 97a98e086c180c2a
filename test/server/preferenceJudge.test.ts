/** Judges through the server: what a language model of the editor counts, and the way to an address through the editor's proxy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EditorCount, EditorJudge, JudgePlan, JudgePreference } from '../../server/src/protocol.ts';
import { judgeServer, tokenFor } from '../preference/judgeServer.ts';
import { proxyServer } from '../preference/proxyServer.ts';
import { comparisonFolder } from './comparisonFolder.ts';
import type { LanguageClient } from './languageClient.ts';
import { startInWorkspace } from './startInWorkspace.ts';
import type { TestWorkspace } from './workspace.ts';

const prompts = Array.from({ length: 4 }, (_, i) => ({
  id: `p${i}`,
  prompt: `달은 왜 밝은가요? ${i}`,
  language: 'ko',
}));
const answers = { a: prompts.map(() => 'A 햇빛을 되비추기 때문입니다.'), b: prompts.map(() => 'B It shines.') };

let workspace: TestWorkspace;
let client: LanguageClient;

beforeAll(async () => {
  // Verdicts of one test are not known to the next.
  ({ workspace, client } = await startInWorkspace({ env: { BLLOSSOM_STATE_DIR: '', BLLOSSOM_CACHE_DIR: '' } }));
});
afterAll(async () => {
  await client.stop();
  workspace.remove();
});

const make = (name: string) => comparisonFolder(workspace.folder, name, prompts, answers);

describe('a judge', () => {
  const judge = { kind: 'editor', id: 'scripted/one', name: 'Scripted One' } as const;

  it('of the editor counts as it does itself what it would read, all of it or in part, and what it has read', async () => {
    const at = await make('counted');
    client.connection.onRequest(EditorJudge.method, ({ messages }: EditorJudge.Params) => {
      const words = messages.map(({ content }) => content).join('\n');
      return { text: '[[C]]', finish: 'stop', promptTokens: words.length, replyTokens: 5 };
    });
    const counted: string[] = [];
    let known = Infinity;
    client.connection.onRequest(EditorCount.method, ({ texts }: EditorCount.Params): EditorCount.Answer => {
      counted.push(...texts);
      return { tokens: texts.slice(0, known).map((text) => text.length) };
    });
    const plan = await client.request(JudgePlan.type, { directory: at, judge });
    const texts = 2 * prompts.length;
    expect(plan).toMatchObject({ counted: 'model', requests: texts });
    expect(new Set(counted).size).toBe(counted.length);
    // Told of two texts alone, it takes the others to be like them.
    known = 2;
    const guessed = await client.request(JudgePlan.type, { directory: at, judge });
    expect(guessed.counted).toBe('model');
    expect(Math.abs(guessed.tokens / plan.tokens - 1)).toBeLessThan(0.5);
    known = 0;
    expect(await client.request(JudgePlan.type, { directory: at, judge })).toMatchObject({ counted: 'bytes' });
    const told = await client.request(JudgePreference.type, { directory: at, judge });
    // Each message has its role and its ends beside its text, and two stand one below the other.
    expect(told).toMatchObject({ verdicts: texts, tokens: plan.tokens - texts * 7, answerTokens: texts * 5 });
  });

  it('behind an address is reached through the proxy that the editor is set to, which is told before anything is sent', async () => {
    const at = await make('proxied');
    const server = await judgeServer((one) => ({ say: tokenFor(one, 'a') }));
    const proxy = await proxyServer({ port: Number(new URL(server.url).port) });
    try {
      const address = { kind: 'address', url: 'http://judge.invalid/v1', model: 'judge-1' } as const;
      client.http = { proxy: `http://me:hunter2@${proxy.name}`, noProxy: ['other.invalid'] };
      const plan = await client.request(JudgePlan.type, { directory: at, judge: address });
      expect(plan).toMatchObject({ requests: 8, counted: 'bytes', proxy: proxy.name });
      expect(proxy.seen).toEqual([]);
      expect(await client.request(JudgePreference.type, { directory: at, judge: address })).toMatchObject({
        ...{ verdicts: 8, errors: 0, tokens: 800, answerTokens: 80 },
      });
      expect(proxy.seen).toHaveLength(8);
      client.http = { ...client.http, noProxy: ['.invalid'] };
      const passing = { directory: at, judge: { ...address, model: 'judge-2' } };
      expect(await client.request(JudgePlan.type, passing)).not.toHaveProperty('proxy');
    } finally {
      client.http = {};
      await proxy.close();
      await server.close();
    }
  });
});
