/**
 * Language models of the editor as judges, in the real editor: found among those of another extension, asked with the user's consent,
 * out of quota, without a verdict, and stopped in the midst of an answer; with pictures in test/output to look at.
 */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { unwrap } from '../../engine/src/base/problem.ts';
import { createComparison, readComparison } from '../../engine/src/preference/index.ts';
import type { VerdictLine } from '../../engine/src/preference/index.ts';
import { questionMessages } from '../../engine/src/preference/judgeWork.ts';
import { comparison } from '../../engine/src/preference/testing/comparisons.ts';
import { pick, startWorkbench, type Workbench } from './harness.ts';

const count = 4;
let workbench: Workbench;
let temporary: string;

beforeAll(async () => {
  workbench = await startWorkbench({
    ...inject('ready'),
    // Another publisher's extension, there before ours is installed.
    prepare: async (folder) => {
      temporary = folder;
      const models = path.join(import.meta.dirname, 'chatModels');
      const installed = path.join(folder, 'extensions/somebody-else.chat-models-0.0.1');
      await mkdir(installed, { recursive: true });
      await cp(path.join(models, 'package.json'), path.join(installed, 'package.json'));
      await build({
        ...{ entryPoints: [path.join(models, 'extension.ts')], outfile: path.join(installed, 'extension.cjs') },
        ...{ bundle: true, platform: 'node', format: 'cjs', external: ['vscode'], logLevel: 'warning' },
      });
    },
    // Nothing is known from before.
    env: { BLLOSSOM_STATE_DIR: '', BLLOSSOM_CACHE_DIR: '' },
  });
  for (const name of ['asked', 'short', 'wordless', 'stopped']) await make(name);
  await workbench.open({ files: ['reading.ko.md'] });
  // The extension is there once it counts.
  await workbench.page.locator('.statusbar-item', { hasText: /◇ .+ tok/ }).waitFor();
});
afterAll(() => workbench.close());

const directory = (name: string) => path.join(workbench.folder, 'preference', name);

/** A comparison whose side A answers at greater length everywhere. */
async function make(name: string): Promise<void> {
  const list = Array.from({ length: count }, (_, i) => ({
    id: `p${i}`,
    prompt: `달은 왜 밝은가요? ${i}`,
    language: 'ko',
  }));
  await mkdir(path.dirname(directory(name)), { recursive: true });
  unwrap(await createComparison(directory(name), comparison(count), list));
  const sides = { a: '햇빛을 되비추기 때문에 밝습니다.', b: '빛나서요.' };
  for (const [side, text] of Object.entries(sides)) {
    const lines = list.map(({ id }) => `${JSON.stringify({ id, text })}\n`);
    await writeFile(path.join(directory(name), `answers-${side}.jsonl`), lines.join(''));
  }
}

interface Asked {
  readonly model: string;
  readonly text?: string;
  readonly cancelled?: true;
}
const linesOf = async <T>(file: string): Promise<T[]> =>
  (await readFile(file, 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
/** What the other extension was asked, and what was cancelled. */
const log = async (model: string) =>
  (await linesOf<Asked>(path.join(temporary, 'tmp/chat-models.jsonl'))).filter((line) => line.model === model);
const verdicts = (name: string, judge: string) =>
  linesOf<VerdictLine>(path.join(directory(name), 'verdicts', `judge-Scripted ${judge}.jsonl`));

const dialog = (text: string) => workbench.page.locator('.monaco-dialog-box', { hasText: text });
const press = (text: string, button: string) => dialog(text).locator('.monaco-button', { hasText: button }).click();
const message = (text: RegExp) =>
  workbench.page.locator('.notifications-toasts .notification-list-item', { hasText: text });

/** Up to the window that says what would be sent. */
async function ask(name: string, judge: string): Promise<void> {
  await workbench.command('Bllossom: Ask a Judge…', pick(name, 'Ask a Judge'), pick(`Scripted ${judge}`, 'who'));
  await dialog(`Have Scripted ${judge} judge?`).waitFor();
}
const send = (judge: string) => press(`Have Scripted ${judge} judge?`, 'Send');
const consent = 'wants to access the language models provided by Scripted Chat Models';
describe('a model of another extension', () => {
  let refused = false;

  it('is found, and its own count says what asking it would take', async () => {
    const data = unwrap(await readComparison(directory('asked')));
    const questions = data.prompts.flatMap((prompt) => [
      ...questionMessages(data, prompt, 'ab', 'auto'),
      ...questionMessages(data, prompt, 'ba', 'auto'),
    ]);
    const characters = questions.reduce((sum, { content }) => sum + content.length + 4, 0);
    await workbench.clear();
    await ask('asked', 'longer');
    await workbench.screenshot('judge-1-plan');
    const told = await dialog('Have Scripted').innerText();
    expect(told).toContain('4 prompts in both orders: 8 requests.');
    expect(told).toContain(`${(characters / 1000).toFixed(2)} K tokens to read by its own count`);
    expect(await log('longer')).toEqual([]);
  });

  it('whose use is not allowed is told once with what to do, and nothing is asked', async () => {
    await workbench.clear();
    await ask('asked', 'longer');
    await send('longer');
    await dialog(consent).waitFor();
    expect(await dialog(consent).innerText()).toContain('It judges which of two answers to a prompt is better.');
    await workbench.screenshot('judge-2-consent');
    await press(consent, 'Cancel');
    const told = message(/not allowed to use this model/);
    await told.waitFor();
    await workbench.screenshot('judge-3-denied');
    expect(await told.innerText()).toContain(
      'Scripted longer: Bllossom Workbench was not allowed to use this model. Ask again and choose Allow when the editor asks. ' +
        'What was judged is kept: ask again to go on.',
    );
    expect(await told.count()).toBe(1);
    expect(await dialog(consent).count()).toBe(0);
    expect(await log('longer')).toEqual([]);
    expect(await verdicts('asked', 'longer')).toEqual([]);
    refused = true;
  });

  it('is asked in both orders once it is allowed, from the message itself; the result shows, and what it took is told', async ({
    skip,
  }) => {
    skip(!refused, 'there is no such message');
    const again = message(/not allowed/).locator('.monaco-button', { hasText: 'Ask Again' });
    await workbench.ask(() => again.click(), pick('Scripted longer', 'who'));
    await send('longer');
    await press(consent, 'Allow');
    const result = await workbench.webview('.drawing svg', 'asked');
    await result.locator('td', { hasText: '100' }).first().waitFor();
    const told = message(/8 verdicts, 0 errors/);
    await told.waitFor();
    await workbench.screenshot('judge-4-judged');
    const lines = await verdicts('asked', 'longer');
    expect(lines.map(({ verdict }) => verdict)).toEqual(Array(8).fill('a'));
    expect(lines.filter(({ order }) => order === 'ab')).toHaveLength(4);
    const asked = await log('longer');
    expect(asked).toHaveLength(8);
    // The rules and a line's end stand before the question.
    const characters = asked.reduce((sum, { text = '' }) => sum + text.length, 0);
    const written = 8 * 'Counting letters.\n[[A]]'.length;
    expect((await told.innerText()).replaceAll(',', '')).toContain(`${characters} tokens read ${written} written.`);
  });

  it('that asks for no consent answers at once; a second judge stands beside the first', async () => {
    await workbench.clear();
    await ask('asked', 'first');
    await send('first');
    await message(/Scripted first: 8 verdicts/).waitFor();
    expect(await dialog(consent).count()).toBe(0);
    const result = await workbench.webview('.drawing svg', 'asked');
    await result.getByText('Scripted first').first().waitFor();
    const lines = await verdicts('asked', 'first');
    expect(lines.map(({ order, verdict }) => verdict === order[0])).toEqual(Array(8).fill(true));
  });

  it('whose quota is used up ends the work with what its provider says; verdicts before it are kept', async () => {
    await workbench.clear();
    await ask('short', 'quota');
    await send('quota');
    const told = message(/used up your premium requests/);
    await told.waitFor();
    await message(/Scripted quota judges/).waitFor({ state: 'detached' });
    await workbench.screenshot('judge-5-quota');
    expect(await told.innerText()).toContain(
      'You have used up your premium requests. See to the quota or the settings of Scripted quota. What was judged is kept',
    );
    // Two are asked at once: an answer that is under way when the other one ends the work may be lost.
    expect([2, 3]).toContain((await verdicts('short', 'quota')).length);
    expect((await log('quota')).length).toBeLessThanOrEqual(5);
  });

  it('that never gives a verdict is counted as errors, and may be asked again', async () => {
    await workbench.clear();
    await ask('wordless', 'nonsense');
    await send('nonsense');
    const told = message(/0 verdicts, 8 errors/);
    await told.waitFor();
    await workbench.screenshot('judge-6-nonsense');
    expect(await told.innerText()).toContain('8 errors (the reply says no verdict).');
    expect(await told.locator('.monaco-button', { hasText: 'Ask Again' }).count()).toBe(1);
    expect(await log('nonsense')).toHaveLength(24);
  });

  it('is stopped in the midst of its answer: the provider is told, and verdicts are kept', async () => {
    await workbench.clear();
    await ask('stopped', 'slow');
    await send('slow');
    await expect.poll(async () => (await log('slow')).length).toBeGreaterThanOrEqual(4);
    await workbench.screenshot('judge-7-slow');
    await message(/Scripted slow/)
      .locator('.monaco-button', { hasText: 'Cancel' })
      .click();
    await message(/3 verdicts, 0 errors.*Stopped/).waitFor();
    await workbench.screenshot('judge-8-stopped');
    expect(await verdicts('stopped', 'slow')).toHaveLength(3);
    const cancelled = async () => (await log('slow')).filter((line) => line.cancelled === true).length;
    await expect.poll(cancelled).toBeGreaterThanOrEqual(1);
  });
});
